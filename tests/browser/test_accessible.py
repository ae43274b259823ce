"""axe finds nothing serious on any page, in both themes; nothing outside the machine is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import database
from services.domain import Decision
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.jobs.worker import Worker
from services.settings import get_settings
from tests.browser.conftest import Studio, go_on, ready, running_studio, settled, visit
from tests.pages import experiment_seeds, seeds

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


SEEDED: dict[str, str] = {}
"""Ids of what the fixture made beside the session, for the paths of pages."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, str]]:
    """A studio with sessions in every state, and the id of a finished one. No worker: nothing runs."""
    home = tmp_path_factory.mktemp("seeded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIM_STUDIO_HOME", str(home))
        _forget()
        from services import review, sessions

        finished = seeds.session()
        seeds.library()
        SEEDED["experiment"] = experiment_seeds.experiment(experiment_seeds.spec("none", "critique", count=2))
        for stage in ("brief", "plan", "references"):
            seeds.session(f"A session at {stage}", upto=stage)
        review.decide(sessions.load(finished).variants[0].id, Decision.PICKED)
        _runs()
        _forget()
    with running_studio(Path(home), worker="none") as studio:
        yield studio, finished
    _forget()


def _runs() -> None:
    """One that is done, and one of a kind that no worker knows: it failed."""
    for name, kind in (("Winter", "known"), ("Autumn", "unknown")):
        queue.submit(RunKind.LIBRARY, payload={"library": name}, steps=[StepSpec(kind)])
    Worker({"known": lambda context: None}).run_until_idle()


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()


GROUND = """wanted => {
  const app = document.querySelector('[data-testid=stApp]');
  const [red] = (app ? getComputedStyle(app).backgroundColor : '').match(/\\d+/) ?? [];
  return red !== undefined && (red > 127 ? 'lighter' : 'darker') === wanted;
}"""


@pytest.fixture(scope="module")
def one_page(seeded: tuple[Studio, str], browser: Any) -> Iterator[Any]:
    """One window for all paths, as a person's."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    page.goto(seeded[0].url)
    yield page
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/studio",
        "/studio?s={id}",
        "/sessions",
        "/sessions?s={id}",
        "/sessions?s={id}&tab=made",
        "/sessions?s={id}&tab=discussion",
        "/sessions?s={id}&tab=export",
        "/sessions?s={id}&review=1",
        "/experiments",
        "/experiments?new=1",
        "/experiments?e={experiment}",
        "/compare?s={id}",
        "/compare?s={id}&view=wipe",
        "/compare?s={id}&vote=1",
        "/libraries",
        "/libraries?library=Autumn+shoot&tab=words",
        "/libraries?library=Autumn+shoot&item=1",
        "/campaigns",
        "/evaluate",
        "/evaluate?s={id}",
        "/evaluate?s={id}&v=1",
        "/runs",
        "/settings",
    ],
)
def test_nothing_serious(seeded: tuple[Studio, str], one_page: Any, path: str) -> None:
    """The page follows the reader's colours at once, so that one visit shows both themes."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: make test"
    )
    _, session_id = seeded
    page = one_page
    for scheme, ground, rules in (("light", "lighter", {}), ("dark", "darker", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(GROUND, arg=ground, timeout=60_000)
        if scheme == "light":
            go_on(page, path.format(id=session_id, **SEEDED))
        ready(page)
        settled(page)
        found = axe.Axe().run(page, context=LOOKED_AT, options=rules).response["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        told = (f"{scheme}: {v['id']}: {v['help']}: {v['nodes'][0]['html'][:300]}" for v in serious)
        assert not serious, "\n".join(told)
    assert page.locator("[data-testid=stAlertContentError]").all_inner_texts() == []


CONTRAST = {"runOnly": ["color-contrast"]}
"""The only rule that a theme can break by itself."""

LOOKED_AT = {"exclude": [["[data-testid=stMetricChart]"]]}
"""All but the sparkline that Streamlit draws in a metric: its marks have a role and no name. The figure and
its label beside it say what it shows."""


def test_nothing_leaves_the_machine(seeded: tuple[Studio, str], page: Any) -> None:
    studio, session_id = seeded
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", f"/studio?s={session_id}", "/settings"):
        visit(page, studio.url + path)
    outside = [
        u for u in asked if not u.startswith((studio.url, studio.url.replace("http", "ws"), "data:", "blob:"))
    ]
    assert outside == []


def test_a_point_opens_its_variant_and_back_keeps_the_filters(seeded: tuple[Studio, str], page: Any) -> None:
    studio, session_id = seeded
    visit(page, f"{studio.url}/campaigns?days=30")
    settled(page)
    points = page.locator(".js-plotly-plot").first.locator("g.points path.point")
    points.first.scroll_into_view_if_needed()
    best = max((points.nth(n).bounding_box() for n in range(points.count())), key=lambda box: box["x"])
    page.mouse.click(best["x"] + best["width"] / 2, best["y"] + best["height"] / 2)
    page.get_by_role("dialog").get_by_text("#1").first.wait_for(timeout=30_000)
    assert f"s={session_id}" in page.url
    page.go_back()
    page.get_by_role("heading", name="Campaigns").wait_for(timeout=20_000)
    page.wait_for_url("**/campaigns?days=30", timeout=20_000)


def test_keyboard_opens_a_step(seeded: tuple[Studio, str], page: Any) -> None:
    studio, session_id = seeded
    visit(page, f"{studio.url}/studio?s={session_id}")
    page.locator("[class*=st-key-open_brief] summary").focus()
    page.keyboard.press("Enter")
    ready(page)
    page.get_by_role("textbox", name="Product text").wait_for(timeout=10_000)


def test_a_session_is_reviewed_by_keyboard_alone(seeded: tuple[Studio, str], page: Any) -> None:
    studio, session_id = seeded
    visit(page, f"{studio.url}/sessions?s={session_id}&review=1")
    settled(page)
    for key, then in (("ArrowRight", "2 of 4"), ("ArrowRight", "3 of 4"), ("ArrowLeft", "2 of 4")):
        page.keyboard.press(key)
        page.get_by_text(then).wait_for(timeout=20_000)
        settled(page)  # a key in the middle of a redraw may be lost
    page.keyboard.press("4")
    page.locator("[class*=st-key-star_lit_4]").wait_for(timeout=20_000)
    settled(page)
    for key, button in (("s", "Shortlisted"), ("p", "Unpick"), ("x", "Restore")):
        page.keyboard.press(key)
        page.get_by_role("button", name=button).wait_for(timeout=20_000)
        settled(page)
    assert page.locator("[class*=st-key-star_lit_]").count() == 4
    page.get_by_role("textbox", name="Your comment").focus()
    page.keyboard.type("4 spx")  # in a field keys are letters
    page.wait_for_timeout(500)
    assert page.get_by_text("2 of 4").is_visible()
    assert page.get_by_role("button", name="Restore").is_visible()
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("g")
    page.get_by_role("button", name="Review one by one").wait_for(timeout=10_000)
    assert "review=" not in page.url


def test_a_click_in_the_lineage_lights_the_path(seeded: tuple[Studio, str], page: Any) -> None:
    studio, session_id = seeded
    visit(page, f"{studio.url}/sessions?s={session_id}&tab=made")
    page.get_by_role("button", name="Variant 3").click()
    page.wait_for_url("**path=*", timeout=10_000)
    lit = page.locator("[data-variant].lit")
    assert lit.count() == 1
    assert lit.get_attribute("aria-pressed") == "true"
    assert "Variant 3" in (lit.get_attribute("aria-label") or "")
    settled(page)  # what is drawn anew loses the focus
    page.get_by_role("button", name="Variant 4").focus()
    page.keyboard.press("Enter")
    page.locator('[data-variant].lit[aria-label^="Variant 4"]').wait_for(timeout=20_000)


def test_a_language_chosen_once_stays(seeded: tuple[Studio, str], page: Any) -> None:
    studio, _id = seeded
    visit(page, studio.url)
    page.get_by_role("radio", name="한국어").or_(page.get_by_text("한국어")).first.click()
    page.get_by_role("heading", name="최근 세션").wait_for(timeout=20_000)
    assert "lang=ko" in page.url
    page.get_by_role("link", name="라이브러리").first.click()
    page.get_by_role("heading", name="라이브러리").first.wait_for(timeout=20_000)
    page.reload()
    ready(page)
    assert page.get_by_role("heading", name="라이브러리").first.is_visible()
