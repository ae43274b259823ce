"""Photograph every page: `make screenshots`, or `python -m tests.browser.screenshots [FOLDER]`.

Makes the first-run example on a fresh home with a real worker, then takes each page at 1280 x 800 and
whole, light and dark, English and Korean, into screenshots/ (ignored by git), and docs/screenshot.png.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, ROOT, STEP_SECONDS, Studio, chromium, ready, running_studio, visit

SIZE = {"width": 1280, "height": 800}
TALLEST = 6000
"""Pixels: a page beyond that is cut in its picture."""
LOOKS = [("light", "en-US"), ("dark", "en-US"), ("light", "ko-KR"), ("dark", "ko-KR")]


def take(page: Any, folder: Path, name: str) -> None:
    """The window as one sees it first, and the whole page."""
    page.screenshot(path=folder / f"{name}.png")
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**SIZE, "height": min(max(height, SIZE["height"]), TALLEST)})
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"{name}_full.png")
    page.set_viewport_size(SIZE)


def make_example(studio: Studio, page: Any) -> str:
    """Press the first visit's button and wait for the ranked variants; the session's id."""
    visit(page, studio.url)
    page.get_by_role("button", name="Make an example").click()
    page.get_by_role("button", name="Pick").first.wait_for(timeout=4 * STEP_SECONDS * 1000)
    ready(page)
    found = re.search(r"[?&]s=(\w+)", page.url)
    if found is None:
        raise RuntimeError(f"no session in {page.url}")
    return found[1]


def pages_of(session_id: str) -> dict[str, str]:
    return {
        "overview": "/",
        "studio": f"/studio?s={session_id}",
        "studio_new": "/studio",
        "experiments": "/experiments",
        "experiment_new": "/experiments?new=1",
        "experiment_unknown": "/experiments?e=nosuchone",
        "sessions": "/sessions",
        "session": f"/sessions?s={session_id}",
        "session_made": f"/sessions?s={session_id}&tab=made",
        "session_discussion": f"/sessions?s={session_id}&tab=discussion",
        "session_export": f"/sessions?s={session_id}&tab=export",
        "session_review": f"/sessions?s={session_id}&review=1",
        "session_unknown": "/sessions?s=nosuchone",
        "compare": f"/compare?s={session_id}",
        "compare_slider": f"/compare?s={session_id}&view=wipe",
        "compare_none": "/compare",
        "vote": f"/compare?s={session_id}&vote=1",
        "sessions_none": "/sessions?q=nothing+like+it",
        "campaigns": "/campaigns",
        "campaigns_sessions": "/campaigns?by=session&shape=box",
        "campaigns_team": "/campaigns?team=1",
        "campaigns_none": "/campaigns?status=rejected",
        "libraries": "/libraries",
        "library": "/libraries?library=Studio+backdrops",
        "library_search": "/libraries?library=Studio+backdrops&q=warm+light+on+wood",
        "library_picture": "/libraries?library=Studio+backdrops&item=1",
        "library_map": f"/libraries?library=Studio+backdrops&tab=map&for={session_id}",
        "library_words": "/libraries?library=Studio+backdrops&tab=words",
        "library_duplicates": "/libraries?library=Studio+backdrops&tab=duplicates",
        "library_coverage": f"/libraries?library=Studio+backdrops&tab=coverage&for={session_id}",
        "library_unknown": "/libraries?library=nosuchone",
        "evaluate": "/evaluate",
        "evaluate_report": f"/evaluate?s={session_id}",
        "runs": "/runs",
        "settings": "/settings",
    }


def photograph(studio: Studio, browser: Any, folder: Path) -> None:
    first = browser.new_context(viewport=SIZE, locale="en-US").new_page()
    visit(first, studio.url)
    take(first, folder, "welcome_light_en")
    session_id = make_example(studio, first)
    first.mouse.move(0, 0)  # no row under the pointer
    first.wait_for_timeout(500)
    first.screenshot(path=ROOT / "docs" / "screenshot.png")
    for scheme, locale in LOOKS:
        page = browser.new_context(viewport=SIZE, color_scheme=scheme, locale=locale).new_page()
        for name, path in pages_of(session_id).items():
            visit(page, studio.url + path)
            take(page, folder, f"{name}_{scheme}_{locale[:2]}")


def main() -> int:
    path = chromium()
    if path is None:
        sys.stderr.write("Chromium is not installed: put it on the PATH, or name it in CHROMIUM.\n")
        return 2
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with running_studio(Path(home)) as studio:
            photograph(studio, browser, folder)
        browser.close()
    sys.stdout.write(f"{len(list(folder.iterdir()))} pictures in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
