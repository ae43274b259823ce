"""Files that a library seems to hold: whether it does, and what is said of them that is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from db.repositories.ingest import IngestRepository
from db.repositories.libraries import LibraryRepository
from db.tables import Item
from services.database import read_session
from services.retrieval.about import TAGS_EACH, About
from services.retrieval.prepare import Known
from services.storage.images import ImageStore


@dataclass(frozen=True, slots=True)
class News:
    """What is said of an item: `before`, and now."""

    item_id: int
    before: About
    about: About


@dataclass(slots=True)
class Confirmed:
    """`renamed` of the `seen` came under another name. `missing` ones are to be read after all."""

    news: list[News] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    seen: int = 0
    renamed: int = 0


def confirm(name: str, known: Sequence[Known], store: ImageStore) -> Confirmed:
    """Look the files up. One whose picture is gone from the store is missing, as is one that is not there."""
    found = Confirmed()
    if not known:
        return found
    with read_session() as session:
        library = LibraryRepository(session).by_name(name)
        repository = IngestRepository(session)
        files = [entry.source_sha256 for entry in known if entry.source_sha256]
        addresses = [entry.file.address for entry in known if not entry.source_sha256]
        by_file = repository.by_source(library.id, files) if library and files else {}
        by_address = repository.by_address(library.id, addresses) if library and addresses else {}
        tags = repository.tags([row.id for row in (*by_file.values(), *by_address.values())])
    for entry in known:
        row = by_file.get(entry.source_sha256) or by_address.get(entry.file.address)
        if row is None or not store.exists(row.sha256):
            found.missing.append(entry)
            continue
        found.seen += 1
        found.renamed += row.file_name != entry.file.name and not entry.file.address
        before = _about(row, tags.get(row.id, ()))
        after = entry.file.about.over(before)
        words = tuple(sorted({*before.tags, *after.tags}))[:TAGS_EACH]
        after = replace(after, tags=words if len(before.tags) < TAGS_EACH else before.tags)
        if after != before:
            found.news.append(News(row.id, before, after))
    return found


def _about(row: Item, tags: tuple[str, ...]) -> About:
    return About(row.caption, tags, row.licence or "", row.attribution or "", row.source_url or "")
