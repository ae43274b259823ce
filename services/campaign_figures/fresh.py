"""Figures that are up to date, or at worst a moment old."""

from __future__ import annotations

import logging

from services.campaign_figures import settle
from services.database import read_session, unit_of_work
from services.errors import StorageError

log = logging.getLogger(__name__)


def refresh() -> None:
    """Make the figures of what changed since somebody looked; a fraction of a millisecond when nothing did.

    A database that is too busy to be written to is no reason to show nothing: the figures stay as they are.
    """
    with read_session() as session:
        if not settle.unsettled(session):
            return
    try:
        with unit_of_work() as work:
            settle.settle(work.session)
            work.commit()
    except StorageError:
        log.warning("figures could not be brought up to date", exc_info=True)


def repair() -> int:
    """Make all figures anew, whatever state they are in; how many sessions they are of."""
    with unit_of_work() as work:
        count = settle.rebuild(work.session)
        work.commit()
        return count
