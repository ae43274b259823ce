"""The audit trail's rows: added and read, never changed. The database refuses the rest by triggers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as OrmSession

from db.tables import AuditEntry


class AuditRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: AuditEntry) -> AuditEntry:
        self._session.add(row)
        self._session.flush()
        return row

    def rows(
        self,
        session_id: str | None,
        variant_id: int | None,
        campaign_id: str | None,
        action: str | None,
        before: int | None,
        limit: int,
    ) -> Sequence[AuditEntry]:
        """Newest first; what is not None narrows. `before`: entries older than the one of this id."""
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
        for column, value in (
            (AuditEntry.session_id, session_id),
            (AuditEntry.variant_id, variant_id),
            (AuditEntry.campaign_id, campaign_id),
        ):
            if value is not None:
                query = query.where(column == value)
        if action is not None:
            query = query.where(AuditEntry.action.startswith(action, autoescape=True))
        if before is not None:
            query = query.where(AuditEntry.id < before)
        return self._session.scalars(query).all()
