"""How much of the queue one person takes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.repositories.shares import UNFINISHED
from db.tables import Run


def unfinished_of_person(session: Session, person_id: str | None, besides: Sequence[str]) -> int:
    """How many unfinished runs the person (None: whoever sits at this machine) has asked for.

    `besides`: kinds that do not count.
    """
    query = select(func.count(Run.id)).where(
        Run.state.in_(UNFINISHED), Run.person_id == person_id, Run.kind.not_in(besides)
    )
    return session.scalar(query) or 0
