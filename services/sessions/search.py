"""The list of sessions: five queries a page, however many sessions there are."""

from __future__ import annotations

from datetime import datetime

from db.repositories.sessions import SessionFilter, SessionRepository
from db.repositories.variants import VariantRepository
from services.database import read_session
from services.sessions.views import THUMBNAILS_PER_CARD, SessionCard, SessionPage


def search(
    text: str = "",
    campaign_id: str | None = None,
    status: str | None = None,
    engine: str | None = None,
    since: datetime | None = None,
    page: int = 1,
    per_page: int = 24,
    *,
    person_id: str | None = None,
    tag: str | None = None,
) -> SessionPage:
    """Sessions that have every word of `text` in topic, product text or headline, newest first.

    `since` is compared with when they were created; `person_id` made, reviewed or decided them; `tag` is
    on one of their variants. A page past the end has no cards.
    """
    wanted = SessionFilter(text, campaign_id, status, engine, since, person_id, tag)
    with read_session() as session:
        sessions, variants = SessionRepository(session), VariantRepository(session)
        total = sessions.count(wanted)
        rows = sessions.page(wanted, offset=(max(page, 1) - 1) * per_page, limit=per_page)
        ids = [row.id for row, _ in rows]
        heroes, counts = sessions.heroes(ids), variants.counts(ids)
        best = variants.best(ids, THUMBNAILS_PER_CARD)
    cards = tuple(
        SessionCard(
            id=row.id,
            topic=row.topic,
            campaign_id=row.campaign_id,
            campaign=campaign,
            status=row.status,
            stage=row.stage,
            engine=row.engine,
            created_at=row.created_at,
            updated_at=row.updated_at,
            variants=counts.get(row.id, 0),
            best_final=row.best_final,
            thumbnails=best.get(row.id, ()),
            hero_sha256=heroes.get(row.id),
            kind=row.kind,
        )
        for row, campaign in rows
    )
    return SessionPage(cards, total)
