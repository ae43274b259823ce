"""Campaigns: what a team advertises, and how it does."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.repositories.campaigns import Best, CampaignRepository, Totals
from services.database import read_session, unit_of_work
from services.domain import AimWeights
from services.errors import Conflict, InvalidInput, NotFound
from services.limits import CAMPAIGN_NAME_CHARS
from services.messages import N_
from services.people import Role, require

DEFAULT_CAMPAIGN = "My first campaign"

TREND_SESSIONS = 20
"""As many points as a sparkline on a card can show."""


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """A campaign in figures. Finals are 0..100; `trend` is the best final of each scored session,
    oldest first. `mixed_scorers`: the figures come from different scorers and do not compare.
    """

    id: str
    name: str
    sessions: int
    variants: int
    best_final: float | None
    best_sha256: str | None
    median_final: float | None
    trend: tuple[float, ...]
    updated_at: datetime
    mixed_scorers: bool = False


def list_campaigns() -> list[CampaignCard]:
    """All campaigns, the one that changed last first, in a fixed number of queries."""
    with read_session() as session:
        repository = CampaignRepository(session)
        rows = repository.rows()
        totals, finals, bests = repository.totals(), repository.finals(), repository.bests()
        trends, scorers = repository.trends(TREND_SESSIONS), repository.scorers()
    cards = [
        _card(
            row,
            totals.get(row.id),
            bests.get(row.id),
            finals.get(row.id, []),
            trends.get(row.id, ()),
            scorers.get(row.id, 0) > 1,
        )
        for row in rows
    ]
    return sorted(cards, key=lambda card: card.updated_at, reverse=True)


def create(name: str) -> str:
    """Save a new campaign; its id. Raises InvalidInput, and Conflict when the name is taken."""
    require(Role.CREATOR)
    name = _checked(name)
    with unit_of_work() as work:
        if CampaignRepository(work.session).by_name(name) is not None:
            raise Conflict(N_("There is a campaign called {name} already. Choose another name."), name=name)
        row = CampaignRepository(work.session).add(tables.Campaign(name=name))
        work.commit()
        return row.id


def get_or_create(name: str) -> str:
    """The id of the campaign with that name, made when it is new. Raises InvalidInput."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        row = row_by_name(work.session, name)
        work.commit()
        return row.id


def aim_weights(campaign_id: str) -> AimWeights:
    """The campaign's shares of the three metrics, or the default. Raises NotFound."""
    with read_session() as session:
        return weights_of(session, campaign_id)


def weights_of(session: OrmSession, campaign_id: str) -> AimWeights:
    """As `aim_weights`, within the caller's transaction."""
    row = CampaignRepository(session).get(campaign_id)
    if row is None:
        raise NotFound(N_("There is no campaign {id}."), id=campaign_id)
    return AimWeights(**row.aim_weights) if row.aim_weights else AimWeights()


def row_by_name(session: OrmSession, name: str) -> tables.Campaign:
    """Within the caller's transaction: the campaign's row, added when it is new."""
    name = _checked(name)
    repository = CampaignRepository(session)
    return repository.by_name(name) or repository.add(tables.Campaign(name=name))


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(N_("The campaign needs a name."))
    if len(name) > CAMPAIGN_NAME_CHARS:
        raise InvalidInput(
            N_("The campaign's name has {count} characters. Shorten it to {limit} or fewer."),
            count=len(name),
            limit=CAMPAIGN_NAME_CHARS,
        )
    return name


def _card(
    row: tables.Campaign,
    totals: Totals | None,
    best: Best | None,
    finals: list[float],
    trend: tuple[float, ...],
    mixed: bool,
) -> CampaignCard:
    return CampaignCard(
        id=row.id,
        name=row.name,
        sessions=totals.sessions if totals else 0,
        variants=totals.variants if totals else 0,
        best_final=best.final if best else None,
        best_sha256=best.sha256 if best else None,
        median_final=statistics.median(finals) if finals else None,
        trend=trend,
        updated_at=totals.updated_at if totals else row.created_at,
        mixed_scorers=mixed,
    )
