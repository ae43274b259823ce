"""Is the studio able to work right now? For a load balancer, a container's health check, or a pager.

Answers within a second: it opens no model, walks no folder and waits for nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.errors import StudioError
from services.limits import LEAST_FREE_BYTES
from services.messages import N_, Message
from services.people import LOCAL, act_as
from services.settings import get_settings
from services.sizes import readable

STUCK_SECONDS = 600.0
"""A step that could be taken and has waited so long beside an idle worker is not being taken at all."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of health. `mend` says what to do where it is not `ok`."""

    name: str
    ok: bool
    detail: str
    mend: Message | None = None


def signs() -> list[Sign]:
    """Database, queue, workers, disk: in the order in which to mend them."""
    with act_as(LOCAL):
        found: list[Sign] = []
        for look in (_database, _queue, _disk):
            found.extend(_safely(look))
        return found


def _safely(look: Callable[[], Iterable[Sign]]) -> list[Sign]:
    try:
        return list(look())
    except StudioError as error:
        return [Sign(look.__name__.strip("_"), False, str(error), error.message)]
    except OSError as error:
        return [Sign(look.__name__.strip("_"), False, f"{type(error).__name__}: {error}")]


def _database() -> Iterable[Sign]:
    from sqlalchemy import text

    from services.database import read_session

    with read_session() as session:
        session.execute(text("SELECT 1"))
    yield Sign("database", True, "answers")


def _queue() -> Iterable[Sign]:
    """Work waits and nobody takes it: bad where the studio itself starts no worker."""
    from services.metrics import read_queue

    queue = read_queue()
    waiting = sum(queue.waiting.values())
    detail = f"{waiting} steps wait, the oldest for {queue.oldest_seconds:.0f} s; {queue.workers} workers"
    stuck = queue.oldest_seconds > STUCK_SECONDS and queue.idle_workers > 0
    alone = waiting > 0 and queue.workers == 0 and get_settings().worker != "subprocess"
    mend = None
    if alone:
        mend = Message(N_("Work waits and no worker takes it. Start one: python -m services.jobs"))
    elif stuck:
        mend = Message(N_("Work waits beside an idle worker. Read worker.log, then restart the worker."))
    yield Sign("queue", mend is None, detail, mend)


def _disk() -> Iterable[Sign]:
    free = shutil.disk_usage(get_settings().home).free
    mend = Message(N_("Free some space, or set AIM_STUDIO_HOME to a larger disk."))
    yield Sign("disk", free >= LEAST_FREE_BYTES, f"{readable(free)} free", mend)
