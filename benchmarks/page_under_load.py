"""How quickly the studio's pages answer while a run uses every core, beside how quickly they do at rest.

    python -m benchmarks.page_under_load

A real studio with its worker, driven in Chromium: the time from a click in the menu to the page's heading
with nothing left to run, and from asking for an address anew, the whole application included.
Skips without Chromium. The browser itself runs on the same cores.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, chromium, ready, running_studio

LOADS = 6
"""Of each page: enough for a median and a worst case."""

MENU = ("Sessions", "Campaigns", "Libraries", "Runs")

VARIANTS = 24


def main() -> int:
    path = chromium()
    if path is None:
        print("skipped: Chromium is not installed")
        return 0
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"AIM_STUDIO_HOME": home, "AIM_STUDIO_WORKER": "subprocess"}
        with running_studio(Path(home)) as studio:
            _measure(studio.url, path)
    return 0


def _measure(url: str, path: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        ready(page)
        session = _example()
        addresses = ["", "sessions", f"sessions?s={session}", "campaigns", "libraries"]
        pages = [f"{url}/{address}" for address in addresses]
        _wait(lambda: not _running())
        for address in pages:  # each once: modules are imported at the first visit
            _load(page, address)
        rest = [_load(page, address) for address in pages]
        rest_clicks = [_click(page, name) for _ in range(LOADS) for name in MENU]
        run, cores = _long_run(session)
        with cores:
            load_clicks = [_click(page, name) for _ in range(LOADS) for name in MENU]
            load = [_load(page, address) for address in pages]
            still = _running()
        browser.close()
    print(f"{len(pages)} pages, {LOADS} times each, {os.cpu_count()} cores, run {run}")
    figures = {
        "click, at rest": rest_clicks,
        "click, under load": load_clicks,
        "address, at rest": rest,
        "address, under load": load,
    }
    for name, seconds in figures.items():
        worst = sorted(seconds)[int(0.95 * len(seconds))]
        print(f"{name:<20} median {statistics.median(seconds):.2f} s   p95 {worst:.2f} s")
    ratio = statistics.median(load_clicks) / statistics.median(rest_clicks)
    print(f"clicks under load / at rest: {ratio:.2f}")
    told = "still at work" if still else "done too early: the figures say little"
    print(f"processor used meanwhile {cores.share:.0%} of all cores; the run was {told}")


def _load(page: Any, address: str) -> float:
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_selector("h1, h2", timeout=60_000)
    return time.perf_counter() - started


def _click(page: Any, name: str) -> float:
    """From the click in the menu to the page that it names, whole."""
    started = time.perf_counter()
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_role("heading", name=name, exact=True).first.wait_for(timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    return time.perf_counter() - started


def _example() -> str:
    from services.example import start_example

    session, _ = start_example()
    return session


def _running() -> bool:
    from services.jobs import queue

    return bool(queue.active())


def _wait(done: Callable[[], bool], seconds: float = 600.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            sys.exit("the run did not end")
        time.sleep(0.5)


def _long_run(session: str) -> tuple[str, Cores]:
    """Several runs of many variants behind each other: the worker has work for minutes."""
    from dataclasses import replace

    from services import sessions, studio

    brief = sessions.load(session).brief
    runs = []
    for seed in range(10):
        other = sessions.create(replace(brief, variants=VARIANTS, seed=100 + seed))
        runs.append(studio.start_complete(other))
    time.sleep(5)
    return runs[0], Cores()


class Cores:
    """The share of all cores that was used while the block ran."""

    share = 0.0

    def __enter__(self) -> Cores:
        import psutil

        psutil.cpu_percent()
        self._seen: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        import psutil

        while not self._ended.wait(1.0):
            self._seen.append(psutil.cpu_percent() / 100)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.share = statistics.mean(self._seen) if self._seen else 0.0


if __name__ == "__main__":
    sys.exit(main())
