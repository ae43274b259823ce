"""A real studio with a real worker on a home of its own, and Chromium to drive it."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STEP_SECONDS = 240.0
"""A step of a run may take this long: the first one loads the models, on a machine that is busy."""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True, slots=True)
class Studio:
    url: str
    home: Path


NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
"""The first is the same engine without a window to draw: two thirds of the processor."""


def chromium() -> str | None:
    """Chromium's path, from CHROMIUM or the system."""
    wish = os.environ.get("CHROMIUM")
    names = [wish] if wish else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def running_studio(
    home: Path, worker: str = "subprocess", settings: dict[str, str] | None = None
) -> Iterator[Studio]:
    """`streamlit run Home.py` on a free port, until the block ends; `settings` join its environment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "AIM_STUDIO_HOME": str(home), "AIM_STUDIO_WORKER": worker}
    environment["STREAMLIT_SECRETS_FILES"] = str(home / "none.toml")  # a developer's own are none of ours
    environment.update(settings or {})
    command = [sys.executable, "-m", "streamlit", "run", "Home.py"]
    options = ["--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield Studio(f"http://127.0.0.1:{port}", home)
    finally:
        process.terminate()
        process.wait(20)
        _stop_worker(home)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the studio ended with {process.returncode}")
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(f"no answer from {url} in {START_SECONDS:.0f} s")


def _stop_worker(home: Path) -> None:
    """The worker outlives the studio by design; a test's worker must not."""
    database = home / "studio.db"
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection:
        pids = [pid for (pid,) in connection.execute("SELECT pid FROM workers")]
    workers = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            workers.append(psutil.Process(pid))
            workers[-1].terminate()
    for late in psutil.wait_procs(workers, timeout=20)[1]:  # else it writes into a home that is being removed
        late.kill()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture(scope="module")  # while it lives, its event loop runs in this process
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: put it on the PATH, or name it in CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh window of 1280 x 800 that speaks English."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    yield context.new_page()
    context.close()


def ready(page: Any) -> None:
    """Wait until the page has drawn what it was asked for."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(400)


def visit(page: Any, url: str) -> None:
    page.goto(url)
    ready(page)


GO_ON = """path => new Promise((gone, failed) => {
  const app = document.querySelector('[data-testid=stApp]');
  const seen = new MutationObserver(() => {
    if (app.dataset.testScriptState === 'running') { seen.disconnect(); gone(); }
  });
  seen.observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
  setTimeout(() => failed(new Error(`nothing ran for ${path}`)), 30000);
  history.pushState({}, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
})"""


def go_on(page: Any, path: str) -> None:
    """To another address as by a click in the studio: half the work of loading its scripts anew."""
    ready(page)
    page.evaluate(GO_ON, path)
    ready(page)


CALM = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const fading = document.getAnimations().some(a =>
    a.playState === 'running' && a.effect?.getComputedTiming().iterations !== Infinity);
  const calm = app?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale="true"]') && !fading;
  if (!calm) { window.calmSince = undefined; return false; }
  window.calmSince ??= performance.now();
  return performance.now() - window.calmSince > 500;
}"""


def settled(page: Any) -> None:
    """Wait until nothing fades or is drawn anew: what is half faded in has too little contrast."""
    page.wait_for_function(CALM, polling=100, timeout=60_000)
