"""Rights of pictures that sessions took, kept beside the sessions: libraries come and go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import insert, pieces
from db.tables import Item, Library, Match, PictureRights

_FIELDS = ("library", "file_name", "licence", "attribution", "source_url")


class RightsRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def keep(self, keys: Sequence[str]) -> None:
        """Write down what libraries say of these pictures now; what none of them knows stays as it was."""
        best: dict[str, Item] = {}
        names: dict[int, str] = {}
        for some in pieces(list(dict.fromkeys(keys))):
            query = select(Item, Library.name).join(Library, Library.id == Item.library_id)
            for item, name in self._session.execute(query.where(Item.sha256.in_(some)).order_by(Item.id)):
                names[item.id] = name
                if item.sha256 not in best or (item.licence and not best[item.sha256].licence):
                    best[item.sha256] = item
        known = {row.sha256 for row in self.kept(list(best)) if row.licence or row.attribution}
        rows = [
            {
                "sha256": key, "library": names[item.id], "file_name": item.file_name,
                "licence": item.licence, "attribution": item.attribution, "source_url": item.source_url,
            }
            for key, item in best.items()
            if item.licence or item.attribution or key not in known
        ]  # fmt: skip
        if rows:
            statement = insert(self._session, PictureRights)
            news = {name: getattr(statement.excluded, name) for name in _FIELDS}
            self._session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=news), rows)

    def keep_used(self, library_id: int, ids: Sequence[int] | None = None) -> None:
        """Before items go (all of the library, or `ids`): the rights of those that a session took."""
        used = select(Item.sha256).where(Item.library_id == library_id, Item.sha256.in_(select(Match.sha256)))
        if ids is None:
            self.keep(self._session.scalars(used).all())
            return
        for some in pieces(ids):
            self.keep(self._session.scalars(used.where(Item.id.in_(some))).all())

    def kept(self, keys: Sequence[str]) -> list[PictureRights]:
        found: list[PictureRights] = []
        for some in pieces(list(dict.fromkeys(keys))):
            found += self._session.scalars(select(PictureRights).where(PictureRights.sha256.in_(some)))
        return found
