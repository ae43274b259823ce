"""The brand kit on a campaign's page, and its check where the variants are."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from services import sessions
from services.brand import load_kit, save_kit
from services.brand_kit import BrandKit
from services.people import Role
from tests.pages.conftest import Open, words
from tests.pages.seeds import session

CAMPAIGNS = "pages/campaigns.py"


def a_campaign() -> tuple[str, str]:
    """(campaign, session) with variants in it."""
    session_id = session()
    return sessions.load(session_id).campaign_id, session_id


def widget(app: AppTest, kind: str, starts: str) -> object:
    return next(each for each in getattr(app, kind) if str(each.key).startswith(starts))


def test_colours_and_words_are_set_on_the_campaign_s_page(open_page: Open) -> None:
    campaign, _ = a_campaign()
    app = open_page(CAMPAIGNS, campaign=campaign)
    assert "No colours yet" in words(app)
    app.button(key=f"brand_add_{campaign}").click().run()
    widget(app, "color_picker", "brand_colour").set_value("#c8102e").run()  # type: ignore[attr-defined]
    assert load_kit(campaign).colours == ("#c8102e",)
    save_kit(campaign, BrandKit(("#c8102e",), words_to_use=("cozy",), words_to_avoid=("cheap",)))
    app = open_page(CAMPAIGNS, campaign=campaign)
    widget(app, "multiselect", "brand_words_to_avoid").set_value([]).run()  # type: ignore[attr-defined]
    assert load_kit(campaign) == BrandKit(("#c8102e",), words_to_use=("cozy",))
    assert not app.exception


@pytest.mark.parametrize("sound", [True, False])
def test_a_logo_is_dropped_and_taken_away_again(open_page: Open, sound: bool) -> None:
    campaign, _ = a_campaign()
    app = open_page(CAMPAIGNS, campaign=campaign)
    data = io.BytesIO()
    Image.new("RGBA", (200, 80), (9, 90, 200, 255)).save(data, "PNG")
    drop = widget(app, "file_uploader", "brand_drop_logo")
    drop.upload("logo.png", data.getvalue() if sound else b"not a picture", "image/png").run()  # type: ignore[attr-defined]
    assert (load_kit(campaign).logo_sha256 is not None) == sound
    assert not app.exception
    if sound:
        app.button(key=f"brand_remove_logo_{campaign}").click().run()
        assert load_kit(campaign).logo_sha256 is None
    else:
        assert any("logo.png" in str(each.value) for each in app.warning)


def test_who_is_no_administrator_sees_the_kit_and_cannot_change_it(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, _ = a_campaign()
    save_kit(campaign, BrandKit(("#c8102e",), words_to_avoid=("cheap",)))
    refused: Callable[[Role], str] = lambda role: "Ask an admin." if role is Role.ADMIN else ""  # noqa: E731
    monkeypatch.setattr("ui.brand_panel.refusal", refused)
    app = open_page(CAMPAIGNS, campaign=campaign)
    assert widget(app, "color_picker", "brand_colour").disabled  # type: ignore[attr-defined]
    assert widget(app, "multiselect", "brand_words_to_avoid").disabled  # type: ignore[attr-defined]
    assert not any(str(each.key).startswith("brand_drop") for each in app.file_uploader)


@pytest.mark.parametrize("page", ["pages/sessions.py", "pages/studio.py"])
def test_what_does_not_keep_to_the_brand_is_told_with_its_variants(open_page: Open, page: str) -> None:
    campaign, session_id = a_campaign()
    assert "brand" not in words(open_page(page, s=session_id)).lower()
    topic = sessions.load(session_id).brief.topic.split()[-1]
    save_kit(campaign, BrandKit(words_to_avoid=(topic,)))
    app = open_page(page, s=session_id)
    assert any("keep to the brand" in each.label for each in app.expander)
    assert f"The topic says “{topic}”" in words(app)
    save_kit(campaign, BrandKit(words_to_avoid=("nowhere",)))
    assert "Keeps to the brand." in words(open_page(page, s=session_id))
