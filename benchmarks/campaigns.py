"""How the Campaigns page, the Sessions page and the Overview grow with what is stored.

    python -m benchmarks.campaigns

One campaign with 200 sessions and 5,000 variants, against one with ten times as many, made over the same
four months. Times each service call, and each page whole (all its Python, through Home.py, without the
browser). Best of several rounds, because other programs run too; ratio 1 means independent of size.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks._filled import VARIANTS_EACH, filled_studio
from services import campaigns, sessions
from services.campaign_figures.fresh import refresh
from services.campaign_figures.load import FigureFilter, load_best, load_points, load_report, load_sessions
from services.domain import AimWeights

HOME = str(Path(__file__).resolve().parent.parent / "Home.py")
SESSIONS = 200
FACTOR = 10
ROUNDS, PAGE_ROUNDS = 21, 7
LIMIT_S, LIMIT_RATIO = 1.0, 2.0
PAGES = {
    "Campaigns page": ("pages/campaigns.py", {}),
    "Campaigns page, by session": ("pages/campaigns.py", {"by": "session"}),
    "Campaigns page, last 30 days": ("pages/campaigns.py", {"days": "30"}),
    "Campaigns page, approved alone": ("pages/campaigns.py", {"status": "approved"}),
    "Sessions page": ("pages/sessions.py", {}),
    "Overview": ("", {}),
}


def main() -> int:
    small, large = measure(SESSIONS), measure(SESSIONS * FACTOR)
    print(f"{SESSIONS} sessions with {SESSIONS * VARIANTS_EACH:,} variants, and {FACTOR} times as many")
    print(f"{'':34}{'small':>10}{'large':>10}{'ratio':>8}")
    failed = []
    for name, before in small.items():
        after = large[name]
        print(f"{name:34}{before * 1000:8.1f}ms{after * 1000:8.1f}ms{after / before:8.2f}")
        if name in PAGES and (after > LIMIT_S or after > LIMIT_RATIO * before):
            failed.append(name)
    print(f"too slow: {', '.join(failed)}" if failed else "every page: under a second, and less than twice")
    return bool(failed)


def measure(count: int) -> dict[str, float]:
    """Name -> best seconds, in a studio of its own with `count` sessions in one campaign."""
    with filled_studio(count) as ids:
        refresh()
        [campaign_id] = campaigns.names()
        times = {name: best(call, ROUNDS) for name, call in services(campaign_id).items()}
        for name, (page, params) in PAGES.items():
            named = {"campaign": campaign_id, **params} if page == "pages/campaigns.py" else params
            times[name] = page_seconds(page, named)
        times["one more score, then the report"] = best(lambda: rescored(ids[-1], campaign_id), ROUNDS)
        started = time.perf_counter()
        campaigns.set_weights(campaign_id, AimWeights(0.3, 0.3, 0.4))
        times["new weights, every score"] = time.perf_counter() - started
        return times


def services(campaign_id: str) -> dict[str, Callable[[], object]]:
    wanted = FigureFilter(campaign_id)
    month = FigureFilter(campaign_id, since=datetime.now(UTC).date() - timedelta(days=29))
    report = load_report(wanted)
    assert report.scale is not None
    scale = report.scale.id
    return {
        "report": lambda: load_report(wanted),
        "report, last 30 days": lambda: load_report(month),
        "report, approved alone": lambda: load_report(FigureFilter(campaign_id, status="approved")),
        "points": lambda: load_points(wanted, scale),
        "sessions side by side": lambda: load_sessions(wanted, scale),
        "best variants": lambda: load_best(wanted, scale),
        "cards of the Overview": lambda: campaigns.list_campaigns(6),
        "list of sessions": sessions.search,
    }


def rescored(session_id: str, campaign_id: str) -> None:
    """What a reader waits for after somebody scored a session."""
    view = sessions.load(session_id)
    scores = {v.id: v.score for v in view.variants if v.score}
    sessions.save_scores(session_id, scores, "t", "p", None)
    load_report(FigureFilter(campaign_id))


def best(call: Callable[[], object], rounds: int) -> float:
    call()
    return min(seconds(call) for _ in range(rounds))


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def page_seconds(page: str, params: dict[str, str]) -> float:
    """A page as Streamlit's own test harness runs it, after its first run."""
    app = opened(page, params)
    times = []
    for _ in range(PAGE_ROUNDS):
        times.append(seconds(app.run))
        if app.exception or app.error:
            raise RuntimeError(f"{page}: {[e.value for e in (*app.exception, *app.error)]}")
    return min(times)


def opened(page: str, params: dict[str, str]) -> Any:
    """The page after its first run."""
    from streamlit.testing.v1 import AppTest

    _remember_home()
    app = AppTest.from_file(HOME, default_timeout=60)
    if page:
        app.run()
        app.query_params.clear()
        app.switch_page(page)
    for name, value in params.items():
        app.query_params[name] = value
    return app.run()


def _remember_home() -> None:
    """A real server remembers that Home.py declared the pages; the harness forgets it at every run."""
    from streamlit.runtime.pages_manager import PagesManager

    start = PagesManager.__init__

    def started(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    if start.__name__ != started.__name__:
        PagesManager.__init__ = started  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
