"""Voting blind: which two variants a person sees next, and what they chose.

Scores and ranks stay out of sight, and the sides are shuffled, the same way at every look: a reload
must not tell anything.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from db.repositories.votes import Ballot, VoteRepository
from services import audit
from services.database import read_session, unit_of_work
from services.errors import InvalidInput
from services.messages import N_
from services.people import Role, actor_id, require
from services.sessions.load import require as session_row


@dataclass(frozen=True, slots=True)
class Pair:
    """Two variants of a session by id, as they are shown. `voted` of `pairs` are done by this person."""

    left: int
    right: int
    voted: int
    pairs: int


def next_pair(session_id: str) -> Pair | None:
    """The pair that the person who acts has not judged yet and that is known least; None: all are judged.

    Raises NotAllowed, NotFound.
    """
    person = require(Role.REVIEWER)
    with read_session() as session:
        session_row(session, session_id)
        repository = VoteRepository(session)
        variants, ballots = repository.variants(session_id), repository.of_session(session_id)
    pairs = list(combinations(sorted(variants), 2))
    mine = {(b.first_id, b.second_id) for b in ballots if b.person_id == person.id}
    open_pairs = [pair for pair in pairs if pair not in mine]
    if not open_pairs:
        return None
    first, second = min(open_pairs, key=lambda pair: (_known(pair, ballots), _hash(person.id, *pair)))
    left, right = (first, second) if _hash(person.id, first, second)[0] in "01234567" else (second, first)
    return Pair(left, right, voted=len(mine & set(pairs)), pairs=len(pairs))


def vote(session_id: str, one: int, other: int, winner: int | None) -> None:
    """Say which of two variants is better; `winner` None: no difference.

    A later vote of the same person on the same pair takes its place. Raises InvalidInput, NotAllowed,
    NotFound.
    """
    require(Role.REVIEWER)
    first, second = min(one, other), max(one, other)
    if first == second or winner not in (None, first, second):
        raise InvalidInput(N_("Choose one of the two variants, or say that there is no difference."))
    with unit_of_work() as work:
        session_row(work.session, session_id)
        repository = VoteRepository(work.session)
        if not {first, second} <= set(repository.variants(session_id)):
            raise InvalidInput(N_("These two variants are not of one session any more. Reload the page."))
        repository.put(session_id, first, second, winner, actor_id(work.session))
        audit.record(
            work.session, "vote.cast", session_id=session_id, first=first, second=second, winner=winner
        )
        work.commit()


def take_back(session_id: str, one: int, other: int) -> None:
    """Forget one's own vote on a pair, so that it is asked again. Raises NotAllowed, NotFound."""
    require(Role.REVIEWER)
    first, second = min(one, other), max(one, other)
    with unit_of_work() as work:
        session_row(work.session, session_id)
        VoteRepository(work.session).remove(first, second, actor_id(work.session))
        audit.record(work.session, "vote.taken_back", session_id=session_id, first=first, second=second)
        work.commit()


def _known(pair: tuple[int, int], ballots: Sequence[Ballot]) -> tuple[int, int]:
    """Votes on the pair itself, then on its two variants: fewer first, so that all are seen soon."""
    seen = Counter(variant for b in ballots for variant in (b.first_id, b.second_id))
    return sum((b.first_id, b.second_id) == pair for b in ballots), seen[pair[0]] + seen[pair[1]]


def _hash(person_id: str, first: int, second: int) -> str:
    return hashlib.sha256(f"{person_id}:{first}:{second}".encode()).hexdigest()
