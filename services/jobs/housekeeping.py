"""What the queue forgets by itself, so that it stays small."""

from __future__ import annotations

from datetime import timedelta

from db.base import now
from db.repositories.run_lists import forget
from services.database import unit_of_work
from services.jobs.views import RunKind

SEARCHES_KEPT = timedelta(days=7)
"""An answer takes some 20 kB, and a slider that is moved asks many times."""


def forget_searches() -> int:
    """Delete what searches found long ago; how many. Nobody comes back to a search, but to its words."""
    with unit_of_work() as work:
        count = forget(work.session, (RunKind.SEARCH.value,), now() - SEARCHES_KEPT)
        work.commit()
        return count
