"""Campaign rows, their figures for cards, and the scores that their weights decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session as OrmSession

from db.repositories.figures import AnyRow
from db.tables import Campaign, PeriodFigures, PeriodScores, Score, ScorePoint, ScoreScale, Session, Variant

TOTAL = "total"
IDS_PER_QUERY = 500


class Changed(NamedTuple):
    """`updated_at` is the newest change of one of its sessions, None before the first one."""

    row: Campaign
    updated_at: datetime | None


class CampaignRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Campaign) -> Campaign:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, campaign_id: str, lock: bool = False) -> Campaign | None:
        return self._session.get(Campaign, campaign_id, with_for_update=lock or None)

    def by_name(self, name: str) -> Campaign | None:
        return self._session.scalars(select(Campaign).where(Campaign.name == name)).first()

    def names(self) -> dict[str, str]:
        """Id -> name, by name."""
        rows = self._session.execute(select(Campaign.id, Campaign.name).order_by(func.lower(Campaign.name)))
        return {row[0]: row[1] for row in rows}

    # --- for cards: a row a campaign, strategy, engine and scale, however many sessions there are ---

    def rows(self) -> Sequence[Changed]:
        newest = (
            select(func.max(Session.updated_at)).where(Session.campaign_id == Campaign.id).scalar_subquery()
        )
        return [Changed(row[0], row[1]) for row in self._session.execute(select(Campaign, newest))]

    def totals(self) -> dict[str, tuple[int, int]]:
        """Campaign id -> (sessions, variants)."""
        query = select(
            PeriodFigures.campaign_id, func.sum(PeriodFigures.sessions), func.sum(PeriodFigures.variants)
        )
        rows = self._session.execute(
            query.where(PeriodFigures.level == TOTAL).group_by(PeriodFigures.campaign_id)
        )
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}

    def scores(self, campaign_ids: Sequence[str]) -> Sequence[AnyRow]:
        """(campaign, scorer, best final, picture of the best, histogram), several rows a campaign."""
        query = (
            select(
                PeriodScores.campaign_id,
                ScoreScale.scorer,
                PeriodScores.best_final,
                ScorePoint.sha256,
                PeriodScores.histogram,
            )
            .join(ScoreScale, ScoreScale.id == PeriodScores.scale_id)
            .join(ScorePoint, ScorePoint.variant_id == PeriodScores.best_variant_id)
            .where(PeriodScores.level == TOTAL, PeriodScores.campaign_id.in_(campaign_ids))
            .order_by(PeriodScores.best_final.desc(), PeriodScores.best_variant_id)
        )
        return self._session.execute(query).all()

    def trend(self, campaign_id: str, length: int) -> tuple[float, ...]:
        """Best final of its latest `length` scored sessions, oldest first."""
        query = (
            select(Session.best_final)
            .where(Session.campaign_id == campaign_id, Session.best_final.is_not(None))
            .order_by(Session.created_at.desc(), Session.id)
            .limit(length)
        )
        return tuple(final for (final,) in self._session.execute(query) if final is not None)[::-1]

    # --- finals under other weights ---

    def sessions_by_weights(self, campaign_id: str) -> list[str]:
        """Its sessions that have no weights of their own."""
        query = select(Session.id, Session.aim_weights).where(Session.campaign_id == campaign_id)
        return [row[0] for row in self._session.execute(query) if row[1] is None]

    def scored_variants(self, session_ids: Sequence[str]) -> Sequence[AnyRow]:
        """What finals and ranks of these sessions' variants follow from."""
        query = (
            select(
                Variant.id,
                Variant.session_id,
                Variant.position,
                Score.id.label("score_id"),
                Score.scorer,
                Score.topic,
                Score.prompt,
                Score.reference_sha256,
                Score.is_reference,
                Score.clip_norm,
                Score.lpips_norm,
                Score.caption_norm,
            )
            .join(Score, Score.variant_id == Variant.id)
            .where(Variant.session_id.in_(session_ids))
        )
        return self._session.execute(query).all()

    def save_finals(self, weights: Mapping[str, float], rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows`: {key: variant, final}. All of them get `weights`."""
        scores: Any = Score.__table__
        self._many(
            update(scores).where(scores.c.variant_id == bindparam("key")).values(weights=dict(weights)), rows
        )

    def save_ranks(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows`: {key: variant, rank}."""
        self._many(update(Variant.__table__).where(Variant.id == bindparam("key")), rows)  # type: ignore[arg-type]

    def save_bests(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows`: {key: session, best_final, updated_at}."""
        self._many(update(Session.__table__).where(Session.id == bindparam("key")), rows)  # type: ignore[arg-type]

    def _many(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            names = [name for name in rows[0] if name != "key"]
            statement = statement.values({name: bindparam(f"new_{name}") for name in names})
            values = [{"key": row["key"], **{f"new_{name}": row[name] for name in names}} for row in rows]
            self._session.connection().execute(statement, values)
