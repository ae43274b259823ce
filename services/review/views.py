"""What is read of a review: marks on each variant, remarks in threads, and where the session stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.domain import Decision
from services.sessions import SessionStatus


@dataclass(frozen=True, slots=True)
class Marks:
    """What people said about one variant.

    `stars` is the mean of all persons' (1..5, None: nobody's yet), `raters` how many gave any, `own` those
    of who looks. `after` tells that the variant was made after the session was approved or rejected, so
    that the word does not cover it.
    """

    stars: float | None = None
    raters: int = 0
    own: int | None = None
    decision: Decision | None = None
    shortlisted: bool = False
    tags: tuple[str, ...] = ()
    comments: int = 0
    after: bool = False


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment with its answers, oldest first. `variant_id` None: about the session as a whole."""

    id: int
    person_id: str
    person: str
    text: str
    at: datetime
    variant_id: int | None = None
    answers: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionReview:
    """All that people said about a session.

    `decided_by` and `decided_at` are of a status that a person set; None where it came by itself.
    `made_by` is None for sessions older than people. `people` are all who took part, by name.
    `version` grows with every deed: a page that holds an older one is out of date.
    """

    session_id: str
    status: SessionStatus
    decided_by: str | None
    decided_at: datetime | None
    made_by: str | None
    people: tuple[str, ...]
    marks: Mapping[int, Marks] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    version: int = 0

    def of(self, variant_id: int) -> Marks:
        return self.marks.get(variant_id, NO_MARKS)

    @property
    def made_after(self) -> int:
        """How many variants the approval or rejection does not cover."""
        return sum(marks.after for marks in self.marks.values())
