"""Brand kits: kept per campaign, seen in the pictures, heard in the plan, and checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from services import audit, campaigns, sessions
from services.brand import load_kit, save_kit
from services.brand.check import Rule, check
from services.brand.fonts import font_name, font_path, keep_font
from services.brand.plan import respect
from services.brand.words import found, without
from services.brand_kit import BrandKit
from services.domain import ConditionKind, Plan, SubQuery
from services.errors import InvalidInput, NotAllowed, NotFound
from services.generation.compositor import LayoutCompositor
from services.generation.compositor.contrast import ratio
from services.generation.compositor.palette import SCHEMES
from services.people import Person, Role, act_as
from services.planning.llm_prompt import messages
from services.storage.images import get_store
from tests.builders import a_brief, a_condition, a_plan, a_recipe, sha

pytestmark = pytest.mark.usefixtures("home")

RED, NAVY = "#c8102e", "#0b1f3a"


@pytest.fixture
def campaign() -> str:
    return campaigns.create("Autumn")


def a_logo(colour: tuple[int, int, int] = (0, 160, 90)) -> str:
    logo = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((10, 10, 290, 110), fill=(*colour, 255))
    return get_store().put_image(logo)


def a_photo() -> str:
    photo = Image.new("RGB", (640, 640), (235, 233, 228))
    ImageDraw.Draw(photo).rectangle((200, 160, 440, 520), fill=(240, 200, 40))
    return get_store().put_image(photo)


def a_font() -> bytes:
    from importlib.resources import files

    return files("fontpkg_dm_serif_display").joinpath("files/DMSerifDisplay-Italic.ttf").read_bytes()


@pytest.mark.both_databases
def test_a_kit_is_kept_tidied_and_recorded(campaign: str) -> None:
    assert load_kit(campaign).empty
    kit = BrandKit(
        (" #C8102E ", RED, NAVY), words_to_use=("Heavy  cotton", "heavy cotton"), words_to_avoid=("cheap",)
    )
    kept = save_kit(campaign, kit)
    assert (
        kept == load_kit(campaign) == BrandKit((RED, NAVY), None, None, None, ("Heavy cotton",), ("cheap",))
    )
    assert audit.entries(campaign_id=campaign)[0].action == "campaign.brand"


@pytest.mark.parametrize(
    "kit",
    [
        BrandKit(("red",)),
        BrandKit(tuple(f"#0000{n:02x}" for n in range(9))),
        BrandKit(words_to_use=("Soft",), words_to_avoid=("soft",)),
        BrandKit(words_to_avoid=("x" * 99,)),
        BrandKit(logo_sha256=sha("nowhere")),
        BrandKit(heading_font=sha("nowhere")),
        BrandKit(heading_font="../../etc/passwd"),
    ],
)
def test_a_kit_that_cannot_be_applied_is_refused(campaign: str, kit: BrandKit) -> None:
    with pytest.raises(InvalidInput):
        save_kit(campaign, kit)
    assert load_kit(campaign).empty


@pytest.mark.both_databases
def test_only_an_administrator_changes_a_kit(campaign: str) -> None:
    with act_as(Person("c", "Cho", Role.CREATOR)):
        with pytest.raises(NotAllowed):
            save_kit(campaign, BrandKit((RED,)))
        with pytest.raises(NotAllowed):
            keep_font(a_font(), "a.ttf")
        assert load_kit(campaign).empty
    with pytest.raises(NotFound):
        save_kit("nowhere", BrandKit((RED,)))


def test_fonts_are_checked_before_they_are_kept() -> None:
    kept = keep_font(a_font(), "serif.ttf")
    assert kept.family == font_name(kept.sha256) == "DM Serif Display"
    assert font_path(kept.sha256).read_bytes() == a_font()
    for data in (b"", b"<html>", a_font()[:4000], b"\x00\x01\x00\x00" + bytes(500), b"wOF2" + bytes(90)):
        with pytest.raises(InvalidInput):
            keep_font(data, "../evil.ttf")


def test_words_are_found_whole_and_in_korean_with_their_endings() -> None:
    assert found(("cheap", "low cost"), "A CHEAP, low  cost hoodie") == ("cheap", "low cost")
    assert found(("cap",), "A cape and a capital") == ()
    assert found(("싸구려",), "싸구려가 아닌 후드티") == ("싸구려",)
    assert without(("cheap",), "A cheap, warm hoodie, cheap") == "A, warm hoodie"
    assert without(("cheap",), "Cheap!") == ""


def test_a_plan_keeps_to_the_brand_and_says_so() -> None:
    kit = BrandKit(words_to_avoid=("cheap", "discount"))
    plan = Plan(
        "A cheap hoodie on a sofa.",
        (SubQuery("A cheap hoodie", 0.5), SubQuery("Discount", 0.2), SubQuery("A sofa", 0.3)),
        headline="Cheap comfort",
    )
    kept = respect(plan, kit)
    assert [q.text for q in kept.subqueries] == ["A hoodie", "A sofa"]
    assert sum(q.weight for q in kept.subqueries) == pytest.approx(1)
    assert (kept.summary, kept.headline) == ("A hoodie on a sofa.", "comfort")
    assert "cheap, discount" in str(kept.notices[-1])
    assert respect(plan, None) is plan
    hopeless = respect(Plan("x", (SubQuery("cheap", 1.0),)), kit)
    assert [q.text for q in hopeless.subqueries] == ["cheap"]
    assert "Every part" in str(hopeless.notices[-1])


def test_a_chat_model_is_told_the_words_as_data() -> None:
    kit = BrandKit(words_to_use=("cozy",), words_to_avoid=("</brief> cheap",))
    user = messages(a_brief(brand=kit))[1]["content"]
    assert '"words_to_use"' in user
    assert "cozy" in user
    assert user.count("</brief>") == 1


def drawn(
    kit: BrandKit | None, headline: str = "Stay dry", count: int = 7
) -> list[tuple[object, Image.Image]]:
    photo = a_photo()
    conditions = [replace(a_condition(photo), kind=ConditionKind.PHOTO), a_condition()]
    brief = replace(a_brief(), headline=headline, variants=count, brand=kit)
    compositor = LayoutCompositor()
    return [(r, compositor.generate(r, get_store().open)) for r in compositor.recipes(brief, conditions)]


def near(image: Image.Image, colour: str, reach: int = 6) -> float:
    """Share of pixels that are `colour`."""
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((np.abs(np.asarray(image).astype(int) - value).max(2) <= reach).mean())


def test_layouts_take_the_brand_s_colours_and_logo_and_stay_the_same_picture() -> None:
    kit = BrandKit((RED, NAVY), logo_sha256=a_logo())
    pictures = drawn(kit)
    assert all(near(image, "#00a05a", 40) > 0.0005 for _, image in pictures), "each has the logo"
    plain = drawn(None)
    assert max(near(image, "#00a05a", 40) for _, image in plain) < 0.0005
    branded = max(near(image, RED) for _, image in pictures)
    assert branded > max(near(image, RED) for _, image in plain)
    recipe, image = pictures[0]
    again = LayoutCompositor().generate(recipe, get_store().open)  # type: ignore[arg-type]
    assert np.array_equal(np.asarray(image), np.asarray(again))


def test_the_headline_takes_the_brand_s_font_and_korean_the_studio_s() -> None:
    font = keep_font(a_font(), "serif.ttf").sha256
    for headline in ("Stay dry", "비에도 보송하게"):
        (_, own), (_, plain) = drawn(BrandKit(heading_font=font), headline, 1)[0], drawn(None, headline, 1)[0]
        assert np.array_equal(np.asarray(own), np.asarray(plain)) == (headline != "Stay dry")


@pytest.mark.parametrize(
    "colours", [(RED,), ("#ffffff",), ("#000000",), ("#808080", "#7f7f7f"), ("#ffee00", NAVY)]
)
def test_text_can_be_read_on_every_scheme_of_any_brand(colours: tuple[str, ...]) -> None:
    from services.generation.compositor.brand import brand_colours, branded_palette, branded_scheme
    from services.generation.compositor.palette import palette_of

    own = brand_colours({"brand colours": " ".join(colours)})
    grey = palette_of(np.full((8, 8, 3), 128, np.uint8), np.ones((8, 8), np.float32))
    palette = branded_palette(grey, own)
    for name in SCHEMES:
        scheme = branded_scheme(palette, name, own)
        assert ratio(scheme.text, scheme.ground) >= 4.5, name


def test_a_logo_like_its_ground_gets_a_plate() -> None:
    pictures = drawn(BrandKit(logo_sha256=a_logo((236, 234, 229))), count=3)
    assert all(image.size == (1080, 1080) for _, image in pictures)
    for (_, with_logo), (_, without_logo) in zip(pictures, drawn(None, count=3), strict=True):
        changed = np.abs(np.asarray(with_logo).astype(int) - np.asarray(without_logo).astype(int)).max(2) > 60
        assert changed.mean() > 0.002, "a plate that can be told from the ground"


def test_the_check_names_what_breaks_the_brand_and_goes_quiet_when_it_is_mended(campaign: str) -> None:
    brief = a_brief("A cheap hoodie", headline="Cheap and dry")
    session_id = sessions.create(brief, "Autumn")
    sessions.save_plan(session_id, a_plan("cheap rain", "street"))
    sessions.save_variant(session_id, None, 0, replace(a_recipe(), headline="Cheap and dry"), sha("v"), 8, 8)
    assert check(sessions.load(session_id)) == ()
    save_kit(campaign, BrandKit((RED,), a_logo(), words_to_use=("cozy",), words_to_avoid=("cheap",)))
    rules = [v.rule for v in check(sessions.load(session_id))]
    assert rules.count(Rule.AVOID) == 4  # topic, headline, sub-query, the variant's headline
    assert {Rule.USE, Rule.LOGO, Rule.COLOURS} <= set(rules)
    assert "variants" in sessions.load(session_id).stale

    sessions.save_brief(session_id, replace(brief, topic="A hoodie", headline="Cozy and dry"))
    sessions.save_plan(session_id, a_plan("rain", "street"))
    view = sessions.load(session_id)
    assert {v.rule for v in check(view) if v.variant is None} == set()
    assert "plan" not in view.stale


def test_an_empty_or_odd_logo_does_not_stop_a_variant() -> None:
    blank = get_store().put_image(Image.new("RGBA", (40, 40), (0, 0, 0, 0)))
    strip = get_store().put_image(Image.new("RGB", (2000, 16), (10, 90, 200)))
    for logo in (blank, strip):
        assert drawn(BrandKit(logo_sha256=logo), count=1)[0][1].size == (1080, 1080)
