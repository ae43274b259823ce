"""What an export reads beside the session itself: marks of variants, rights of pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, Library, Rating, Run, Tag, Variant


class ExportRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def shortlisted(self, session_id: str) -> dict[int, bool]:
        """Variant id -> whether it is on the shortlist, for every variant of the session."""
        query = select(Variant.id, Variant.shortlisted).where(Variant.session_id == session_id)
        return {row[0]: row[1] for row in self._session.execute(query)}

    def stars(self, session_id: str) -> dict[int, tuple[float, int]]:
        """Variant id -> (mean of its stars, how many people gave some)."""
        query = (
            select(Rating.variant_id, func.avg(Rating.stars), func.count())
            .join(Variant, Variant.id == Rating.variant_id)
            .where(Variant.session_id == session_id)
            .group_by(Rating.variant_id)
        )
        return {row[0]: (float(row[1]), row[2]) for row in self._session.execute(query)}

    def tags(self, session_id: str) -> dict[int, list[str]]:
        """Variant id -> its tags in alphabetical order."""
        query = (
            select(Tag.variant_id, Tag.text)
            .join(Variant, Variant.id == Tag.variant_id)
            .where(Variant.session_id == session_id)
            .order_by(Tag.variant_id, Tag.text)
        )
        found: dict[int, list[str]] = defaultdict(list)
        for variant_id, text in self._session.execute(query):
            found[variant_id].append(text)
        return found

    def results(self, session_id: str, kind: str, limit: int) -> list[dict[str, Any]]:
        """What the session's finished runs of this kind said of themselves, newest first."""
        query = (
            select(Run.result)
            .where(Run.session_id == session_id, Run.kind == kind, Run.state == "done")
            .order_by(Run.created_at.desc(), Run.id)
            .limit(limit)
        )
        return [result for result in self._session.scalars(query) if result]

    def items(self, keys: Sequence[str]) -> Iterator[tuple[Item, Library]]:
        """Library items of these pictures with their libraries, the oldest first."""
        for some in pieces(keys):
            yield from self._rows(some)

    def _rows(self, keys: Sequence[str]) -> list[tuple[Item, Library]]:
        query = (
            select(Item, Library)
            .join(Library, Library.id == Item.library_id)
            .where(Item.sha256.in_(keys))
            .order_by(Item.id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]
