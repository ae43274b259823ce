"""How much there is to compare AIM with: cheap, for pages that show it before anything is worked out."""

from __future__ import annotations

from dataclasses import dataclass

from db.repositories.votes import VoteRepository
from services.database import read_session
from services.people import Role, require


@dataclass(frozen=True, slots=True)
class Judgements:
    """`rated` variants have stars, `votes` were cast blind, by `people` in all."""

    rated: int
    votes: int
    people: int


def judgements(campaign_id: str | None = None) -> Judgements:
    """Of one campaign's sessions, or of all. Raises NotAllowed."""
    require(Role.VIEWER)
    with read_session() as session:
        return Judgements(*VoteRepository(session).totals(campaign_id))


def stamp(campaign_id: str | None = None) -> str:
    """Another text after any change to a rating, a vote or a score: the key under which results are kept.

    Raises NotAllowed.
    """
    require(Role.VIEWER)
    with read_session() as session:
        return repr(VoteRepository(session).newest(campaign_id))
