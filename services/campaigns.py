"""Campaigns: what a team advertises, and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.repositories.campaigns import CampaignRepository, Changed
from db.repositories.figures import AnyRow
from services import audit
from services.aim.weights import check_weights
from services.campaign_figures.fresh import refresh
from services.campaign_figures.histogram import merge, quantile
from services.campaign_figures.settle import settle
from services.campaign_weights import reweigh_sessions
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
    """A campaign in figures. Finals are 0..100; `trend` is the best final of each scored session, oldest
    first. `median_final` is right to within half a point. `mixed_scorers`: the figures come from different
    scorers and do not compare.
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


def list_campaigns(limit: int | None = None) -> list[CampaignCard]:
    """The campaigns that changed last, newest change first; read from kept figures, never from variants."""
    refresh()
    with read_session() as session:
        repository = CampaignRepository(session)
        rows = sorted(repository.rows(), key=lambda c: c.updated_at or c.row.created_at, reverse=True)[:limit]
        totals = repository.totals()
        scores: dict[str, list[AnyRow]] = {}
        for score in repository.scores([changed.row.id for changed in rows]):
            scores.setdefault(score.campaign_id, []).append(score)
        return [
            _card(
                changed,
                totals.get(changed.row.id, (0, 0)),
                scores.get(changed.row.id, []),
                repository.trend(changed.row.id, TREND_SESSIONS),
            )
            for changed in rows
        ]


def names() -> dict[str, str]:
    """Id -> name of every campaign, by name."""
    with read_session() as session:
        return CampaignRepository(session).names()


def create(name: str) -> str:
    """Save a new campaign; its id. Raises InvalidInput, NotAllowed, and Conflict when the name is taken."""
    require(Role.CREATOR)
    name = _checked(name)
    with unit_of_work() as work:
        _free(work.session, name)
        row = CampaignRepository(work.session).add(tables.Campaign(name=name))
        audit.record(work.session, "campaign.created", campaign_id=row.id, name=name)
        work.commit()
        return row.id


def rename(campaign_id: str, name: str) -> None:
    """Raises InvalidInput, NotAllowed, NotFound, and Conflict when another campaign has that name."""
    require(Role.CREATOR)
    name = _checked(name)
    with unit_of_work() as work:
        row = _required(work.session, campaign_id)
        if row.name == name:
            return
        _free(work.session, name)
        audit.record(work.session, "campaign.renamed", campaign_id=row.id, before=row.name, after=name)
        row.name = name
        work.commit()


def get_or_create(name: str) -> str:
    """The id of the campaign with that name, made when it is new. Raises InvalidInput, NotAllowed."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        row = row_by_name(work.session, name)
        work.commit()
        return row.id


def set_weights(campaign_id: str, weights: AimWeights | None) -> int:
    """Give the campaign score weights of its own; None: the default. Returns how many scores changed.

    Finals and ranks of all its sessions follow at once, but for sessions with weights of their own; nothing
    is measured again. One transaction: a reader sees all old finals or all new ones. Raises InvalidInput,
    NotAllowed, NotFound.
    """
    require(Role.ADMIN)
    if weights is not None:
        check_weights(weights)
    with unit_of_work() as work:
        row = _required(work.session, campaign_id, lock=True)
        before, after = row.aim_weights, asdict(weights) if weights is not None else None
        row.aim_weights = after
        changed = reweigh_sessions(work.session, campaign_id, weights or AimWeights())
        audit.record(work.session, "campaign.weights", campaign_id=row.id, before=before, after=after)
        settle(work.session)  # here, and not when somebody looks next: it may be thousands of variants
        work.commit()
        return changed


def aim_weights(campaign_id: str) -> AimWeights:
    """The campaign's shares of the three metrics, or the default. Raises NotFound."""
    with read_session() as session:
        return weights_of(session, campaign_id)


def weights_of(session: OrmSession, campaign_id: str) -> AimWeights:
    """As `aim_weights`, within the caller's transaction."""
    row = _required(session, campaign_id)
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


def _required(session: OrmSession, campaign_id: str, lock: bool = False) -> tables.Campaign:
    row = CampaignRepository(session).get(campaign_id, lock)
    if row is None:
        raise NotFound(N_("There is no campaign {id}."), id=campaign_id)
    return row


def _free(session: OrmSession, name: str) -> None:
    if CampaignRepository(session).by_name(name) is not None:
        raise Conflict(N_("There is a campaign called {name} already. Choose another name."), name=name)


def _card(
    changed: Changed, totals: tuple[int, int], scores: Sequence[AnyRow], trend: tuple[float, ...]
) -> CampaignCard:
    """`scores` are those of every strategy, engine and scale, the best final first."""
    best = scores[0] if scores else None
    return CampaignCard(
        id=changed.row.id,
        name=changed.row.name,
        sessions=totals[0],
        variants=totals[1],
        best_final=best.best_final if best else None,
        best_sha256=best.sha256 if best else None,
        median_final=quantile(merge(score.histogram for score in scores)[0], 0.5),
        trend=trend,
        updated_at=changed.updated_at or changed.row.created_at,
        mixed_scorers=len({score.scorer for score in scores}) > 1,
    )
