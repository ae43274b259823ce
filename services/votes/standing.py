"""What a session's votes say: the ranking, and whether the voters agree."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from db.repositories.votes import Ballot, VoteRepository
from services.database import read_session
from services.people import Role, require
from services.sessions.load import require as session_row
from services.votes.bradley_terry import Outcome, Strength, rank_by_votes
from services.votes.reliability import Agreement, agreement


@dataclass(frozen=True, slots=True)
class Standing:
    """`ranking` holds (variant id, its strength), best first; empty without votes."""

    ranking: tuple[tuple[int, Strength], ...]
    votes: int
    people: int
    agreement: Agreement


def standing(session_id: str) -> Standing:
    """Raises NotAllowed, NotFound."""
    require(Role.VIEWER)
    with read_session() as session:
        session_row(session, session_id)
        repository = VoteRepository(session)
        variants, ballots = repository.variants(session_id), repository.of_session(session_id)
    return Standing(
        ranking=tuple(strengths(variants, ballots)) if ballots else (),
        votes=len(ballots),
        people=len({ballot.person_id for ballot in ballots}),
        agreement=voters_agreement(ballots),
    )


def strengths(variants: list[int], ballots: list[Ballot]) -> list[tuple[int, Strength]]:
    """(variant id, strength), best first."""
    place = {variant: i for i, variant in enumerate(variants)}
    known = [b for b in ballots if b.first_id in place and b.second_id in place]
    ranking = rank_by_votes(len(variants), [_outcome(ballot, place) for ballot in known])
    return [(variants[strength.place], strength) for strength in ranking]


def voters_agreement(ballots: list[Ballot]) -> Agreement:
    """Alpha of who won each pair. Which of a pair counts as the first is drawn by lot.

    By age it would not do: where people like later variants better, every vote would read alike, and
    agreement beyond chance could not be told.
    """
    judgements: dict[str, dict[object, float]] = {}
    for b in ballots:
        favourite = (b.first_id, b.second_id)[zlib.crc32(f"{b.first_id}:{b.second_id}".encode()) % 2]
        value = 0.0 if b.winner_id is None else 1.0 if b.winner_id == favourite else -1.0
        judgements.setdefault(b.person_id, {})[b.first_id, b.second_id] = value
    return agreement(judgements, "nominal")


def _outcome(ballot: Ballot, place: dict[int, int]) -> Outcome:
    first, second = place[ballot.first_id], place[ballot.second_id]
    if ballot.winner_id is None:
        return Outcome(first, second, tie=True)
    return Outcome(first, second) if ballot.winner_id == ballot.first_id else Outcome(second, first)
