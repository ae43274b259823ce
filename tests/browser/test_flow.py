"""The whole flow as a person does it: type, drop photos, plan, references, variants, reload by URL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.browser.conftest import STEP_SECONDS, Studio, ready, visit

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(900)]
WAIT = STEP_SECONDS * 1000
TOPIC = "A cup of espresso on a wooden table"
TEXT = "A fresh cup of espresso stands on a warm wooden table. Soft morning light falls on linen."


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A photo that scikit-image ships, a second one drawn here, and a file that is no picture."""
    from skimage import data

    coffee, mug, notes = tmp_path / "coffee.jpg", tmp_path / "mug.png", tmp_path / "notes.png"
    Image.fromarray(data.coffee()).save(coffee, quality=92)
    image = Image.new("RGB", (640, 480), (236, 226, 208))
    pen = ImageDraw.Draw(image)
    pen.ellipse((180, 120, 460, 400), fill=(150, 52, 36))
    pen.ellipse((230, 150, 410, 260), fill=(60, 30, 18))
    image.save(mug)
    notes.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return [coffee, mug, notes]


def move(page: Any, label: str, next_label: str) -> None:
    """Press a step's button and wait for the next step's."""
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("button", name=next_label, exact=True).wait_for(timeout=WAIT)
    ready(page)


def test_from_a_brief_to_ranked_variants_and_back_by_url(
    studio: Studio, page: Any, photos: list[Path]
) -> None:
    visit(page, f"{studio.url}/studio")
    page.get_by_role("textbox", name="Topic").fill(TOPIC)
    page.get_by_role("textbox", name="Product text").fill(TEXT)
    page.locator("input[type=file]").set_input_files(photos)
    page.get_by_text("notes.png is in the format SVG").wait_for(timeout=30_000)
    page.get_by_role("button", name="Make main").wait_for()
    count = page.get_by_role("spinbutton", name="Variants")
    count.fill("3")
    count.press("Enter")
    ready(page)

    move(page, "Plan", "Find references")
    assert page.get_by_role("textbox", name="What to look for").count() >= 3
    move(page, "Find references", "Generate")
    assert page.get_by_text(re.compile(r"similarity 0\.\d\d")).count() >= 4
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_role("button", name="Pick").first.wait_for(timeout=WAIT)
    ready(page)
    assert page.get_by_text("#1", exact=True).is_visible()

    address = page.url
    assert re.search(r"[?&]s=\w+", address)
    shown = cards(page)
    assert len(shown) == 3
    scores = [float(text.split()[0]) for text in shown]
    assert scores == sorted(scores, reverse=True)

    visit(page, address)
    page.get_by_role("button", name="Pick").first.wait_for(timeout=30_000)
    ready(page)
    assert cards(page) == shown

    session = re.search(r"[?&]s=(\w+)", address)
    assert session
    visit(page, f"{studio.url}/sessions?s={session[1]}")
    assert page.get_by_role("heading", name=TOPIC).is_visible()
    page.get_by_role("tab", name="How it was made").click()
    ready(page)
    for words in ("coffee.jpg", "mug.png", "Planned by", "What the variants are made of", "Recipes"):
        page.get_by_text(words).locator("visible=true").first.wait_for(timeout=20_000)


def cards(page: Any) -> list[str]:
    """The score line of each variant card, in the order of the page."""
    lines = page.locator("[class*=st-key-card_variant_] .score")
    return [" ".join(text.split()) for text in lines.all_inner_texts()]
