"""Comparing in a real browser: one zoom for all pictures, a line to slide, and a vote by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services import database
from services.settings import get_settings
from services.votes.standing import standing
from tests.browser.conftest import Studio, ready, running_studio, visit
from tests.pages import seeds

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def seeded(home: Any) -> Iterator[tuple[Studio, str]]:
    """A studio with a session of three variants; no worker: nothing runs."""
    session_id = seeds.session(variants=3)
    database.reset_database()
    with running_studio(home, worker="none") as studio:
        yield studio, session_id
    database.reset_database()
    get_settings.cache_clear()


def transforms(page: Any) -> list[str]:
    return [
        str(style)
        for style in page.locator(".frame img").evaluate_all("all => all.map(i => i.style.transform)")
    ]


def zoomed(page: Any) -> float:
    return float(page.locator(".stage").get_attribute("data-zoom"))


def test_zoom_is_one_for_all_the_line_slides_and_votes_need_no_mouse(
    seeded: tuple[Studio, str], page: Any
) -> None:
    studio, session_id = seeded
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, f"{studio.url}/compare?s={session_id}")
    page.locator(".frame img").nth(1).wait_for(timeout=15_000)
    _zoom(page)
    _slide(page)
    _vote(page, f"{studio.url}/compare?s={session_id}&vote=1", session_id)
    outside = [
        u for u in asked if not u.startswith((studio.url, studio.url.replace("http", "ws"), "data:", "blob:"))
    ]
    assert outside == []


def _zoom(page: Any) -> None:
    """By wheel, drag, keys and buttons; both pictures always look at the same spot."""
    box = page.locator(".frame").first.bounding_box()
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.4
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function("document.querySelector('.st-key-stage_comparing')")
    assert zoomed(page) > 1.3
    first, second = transforms(page)
    assert first == second
    page.mouse.down()
    page.mouse.move(x - 60, y - 30, steps=4)
    page.mouse.up()
    dragged = transforms(page)
    assert dragged[0] == dragged[1] != first
    page.locator(".panes").focus()
    page.keyboard.press("ArrowLeft")
    moved = transforms(page)
    assert moved[0] == moved[1] != dragged[0]
    before = zoomed(page)
    page.keyboard.press("+")
    assert zoomed(page) > before
    page.keyboard.press("0")
    assert zoomed(page) == 1.0
    page.get_by_role("button", name="Zoom in").click()
    assert zoomed(page) > 1.0
    page.get_by_role("button", name="Whole picture").click()
    assert zoomed(page) == 1.0


def _slide(page: Any) -> None:
    page.get_by_text("Slider", exact=True).click()
    line = page.get_by_role("slider", name="Where the second picture begins")
    line.wait_for(timeout=15_000)
    assert "view=wipe" in page.url
    assert line.get_attribute("aria-valuenow") == "50"
    handle = line.bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 80, y, steps=4)
    page.mouse.up()
    dragged = int(line.get_attribute("aria-valuenow"))
    assert 10 < dragged < 50
    left = line.evaluate("each => parseFloat(each.style.left)")
    clip = page.locator(".layer.upper").evaluate("each => each.style.clipPath")
    assert f"{left}px" in clip
    line.focus()
    page.keyboard.press("ArrowRight")
    assert int(line.get_attribute("aria-valuenow")) == dragged + 2
    page.keyboard.press("Home")
    assert line.get_attribute("aria-valuenow") == "0"


def _vote(page: Any, address: str, session_id: str) -> None:
    visit(page, address)
    page.locator(".frame img").nth(1).wait_for(timeout=15_000)
    for done, key in enumerate(("ArrowLeft", "0", "ArrowRight")):
        page.get_by_text(f"{done} of 3 pairs").wait_for(timeout=10_000)
        page.wait_for_timeout(600)  # as long as a glance
        page.keyboard.press(key)
    page.get_by_text("You judged every pair").wait_for(timeout=10_000)
    ready(page)
    assert standing(session_id).votes == 3
