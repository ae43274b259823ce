"""What a session's work took: tokens and money of language models, seconds of computing.

spend.record(session_id, "plan", plan.usage)
spend.total(session_id).cost
"""

from __future__ import annotations

from dataclasses import dataclass

from db import tables
from db.repositories.spend import SpendRepository
from services.choices import Usage
from services.database import read_session, unit_of_work
from services.sessions.load import require


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over pieces of work. `asked` counts those that called a service, `waited` their seconds;
    `seconds` are of our own computing. `cost` is in US dollars, None where no price is known; `unpriced`
    counts the pieces that called a service without one, which `cost` leaves out."""

    asked: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    unpriced: int = 0
    waited: float = 0.0
    seconds: float = 0.0


def record(session_id: str, step: str, usage: Usage) -> None:
    """Add a piece of work to the session. `step` is plan, retrieve, generate, score or explain.

    Work that is done again is added again: it was paid for twice. Raises NotFound.
    """
    with unit_of_work() as work:
        require(work.session, session_id)
        SpendRepository(work.session).add(
            tables.Spend(
                session_id=session_id,
                step=step,
                model_id=usage.model_id,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                cost=usage.cost,
                seconds=usage.seconds,
                calls=usage.calls,
            )
        )
        work.commit()


def of_session(session_id: str) -> tuple[tuple[str, Usage], ...]:
    """(step, usage) of each piece of work, oldest first."""
    with read_session() as session:
        rows = SpendRepository(session).of_session(session_id)
        return tuple((row.step, _usage(row)) for row in rows)


def total(session_id: str | None = None, step: str | None = None) -> Total:
    """Of one session or of all, of one step or of every one."""
    with read_session() as session:
        found = SpendRepository(session).total(session_id, step)
    return Total(
        asked=found.asked,
        calls=found.calls,
        tokens_in=found.tokens_in,
        tokens_out=found.tokens_out,
        cost=found.cost if found.asked > found.unpriced else None,
        unpriced=found.unpriced,
        waited=found.waited,
        seconds=found.seconds,
    )


def _usage(row: tables.Spend) -> Usage:
    return Usage(row.model_id, row.tokens_in, row.tokens_out, row.cost, row.seconds, row.calls)
