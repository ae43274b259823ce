"""An experiment's variants with their scores, read at once whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import selectinload

from db.tables import ExperimentCell, Session, Spend, Variant


class ExperimentRowRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def variants(self, experiment_id: str) -> Sequence[Variant]:
        """Of all cells and rounds, with their scores, as they were made."""
        cells = select(ExperimentCell.session_id).where(ExperimentCell.experiment_id == experiment_id)
        query = select(Variant).where(Variant.session_id.in_(cells)).options(selectinload(Variant.score))
        return self._session.scalars(query.order_by(Variant.session_id, Variant.position, Variant.id)).all()

    def changed(self, ids: Sequence[str]) -> dict[str, datetime]:
        """Experiment id -> when one of its sessions was changed last."""
        query = (
            select(ExperimentCell.experiment_id, func.max(Session.updated_at))
            .join(Session, Session.id == ExperimentCell.session_id)
            .where(ExperimentCell.experiment_id.in_(ids))
            .group_by(ExperimentCell.experiment_id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def pictures(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Experiment id -> the first picture of each strategy, of the first brief's first round."""
        query = (
            select(ExperimentCell.experiment_id, Variant.sha256)
            .join(Variant, Variant.session_id == ExperimentCell.session_id)
            .where(
                ExperimentCell.experiment_id.in_(ids),
                ExperimentCell.brief == 0,
                ExperimentCell.round == 0,
                Variant.position == 0,
            )
            .order_by(ExperimentCell.strategy, Variant.id)
        )
        found: dict[str, list[str]] = {}
        for experiment_id, sha256 in self._session.execute(query):
            found.setdefault(experiment_id, []).append(sha256)
        return found

    def sessions_outside(self, limit: int) -> Sequence[Session]:
        """The newest sessions from briefs that belong to no experiment."""
        query = (
            select(Session)
            .where(Session.kind == "studio", Session.id.not_in(select(ExperimentCell.session_id)))
            .order_by(Session.updated_at.desc(), Session.id)
            .limit(limit)
        )
        return self._session.scalars(query).all()

    def spent(self, engine: str, newest: int) -> tuple[float, int]:
        """What the `newest` sessions of this engine took whose work was timed: (seconds, variants)."""
        timed = select(Spend.session_id).where(Spend.step == "generate", Spend.model_id == "")
        query = (
            select(Session.id)
            .where(Session.engine == engine, Session.id.in_(timed))
            .order_by(Session.updated_at.desc())
            .limit(newest)
        )
        ids = list(self._session.scalars(query))
        seconds = select(func.coalesce(func.sum(Spend.seconds), 0.0)).where(
            Spend.session_id.in_(ids), Spend.model_id == "", Spend.step.in_(("generate", "score", "explain"))
        )
        count = select(func.count(Variant.id)).where(Variant.session_id.in_(ids))
        return float(self._session.scalar(seconds) or 0.0), self._session.scalar(count) or 0
