"""Writes batches of prepared pictures into a library: vectors, copies, rows, and news of known ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from db.repositories.ingest import IngestRepository
from db.repositories.libraries import LibraryRepository
from db.tables import Item, ItemVector, Library
from services.database import read_session, unit_of_work
from services.parts import Encoder, Vectors
from services.retrieval.encode import encode_captions, encode_pictures
from services.retrieval.known_files import News, confirm
from services.retrieval.library_rows import item_of, tell, vectors_of
from services.retrieval.near_copies import NearCopies, Twin
from services.retrieval.near_looks import look_at_the_unseen, remember, stored_looks
from services.retrieval.prepare import NOTHING_SEEN, Known, Outcome, Prepared, prepare
from services.retrieval.refusals import NotPrepared
from services.retrieval.seen import Seen
from services.retrieval.vectors import space_of, title_of
from services.storage.images import ImageStore
from services.storage.intake import Rejected


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a batch is worth encoding; `refused` names what is not, and why."""

    pictures: Sequence[Prepared]
    news: Sequence[News]
    refused: Sequence[Rejected]


@dataclass(frozen=True, slots=True)
class Encoded:
    """All that one transaction saves; nothing in it needs a model any more."""

    pictures: Sequence[Prepared]
    vectors: Vectors
    captions: Sequence[bytes | None]
    news: Sequence[News]
    new_captions: Sequence[bytes | None]
    refused: Sequence[Rejected]


class LibraryWriter:
    """One ingest into one library.

    `added`, `duplicates`, `seen` (pictures that the library had already) and `updated` (of those, whose
    words changed) count what was written so far.
    """

    def __init__(
        self, name: str, encoder: Encoder, store: ImageStore, built_in: bool = False, look: bool = True
    ) -> None:
        """`look` for near duplicates, which a drawn library has none of.

        Raises NotPrepared, EngineUnavailable.
        """
        self.encoder = space_of(encoder)
        self.added = self.duplicates = self.seen = self.updated = 0
        self.known = Seen()
        self._name, self._part, self._built_in, self._look = name, encoder, built_in, look
        self._store, self._prepared = store, False
        self._near = NearCopies(encoder.dim, stored_looks(self.encoder))
        self._read_library()

    def images(self) -> int:
        with read_session() as session:
            repository = LibraryRepository(session)
            library = repository.by_name(self._name)
            return repository.count(library.id) if library else 0

    def choose(self, outcomes: Sequence[Outcome]) -> Chosen:
        """Leave out what the library has. Known files that are not there after all are prepared."""
        news, again, refused = self._confirm([each for each in outcomes if isinstance(each, Known)])
        prepared = [each for each in outcomes if isinstance(each, Prepared)]
        rejected = [each for each in outcomes if isinstance(each, Rejected)]
        return Chosen(self._without_copies([*prepared, *again]), news, [*rejected, *refused])

    def encode(self, chosen: Chosen) -> Encoded:
        """All that needs the model. It may run beside `choose` and `save` of other batches."""
        fresh, vectors, refused = encode_pictures(self._part, chosen.pictures)
        changed = [each for each in chosen.news if each.about.caption != each.before.caption]
        return Encoded(
            fresh,
            vectors,
            self._captions(fresh),
            [*changed, *(each for each in chosen.news if each.about.caption == each.before.caption)],
            encode_captions(self._part, [each.about.caption for each in changed]),
            [*chosen.refused, *refused],
        )

    def save(self, batch: Encoded) -> list[Rejected]:
        """In one transaction, batches in their order; the pictures that could not be taken."""
        if batch.pictures or batch.news:
            twins = self._twins(batch.pictures, batch.vectors)
            self._count_added(batch, twins, self._save(batch, twins))
        return list(batch.refused)

    def _read_library(self) -> None:
        with read_session() as session:
            repository = LibraryRepository(session)
            library = repository.by_name(self._name)
            if library is None:
                return
            self._require_prepared(repository, library)
            self.known = Seen(IngestRepository(session).origins(library.id))
        if self._look:
            look_at_the_unseen(library.id, self._store)
            remember(self._near, library.id)

    def _confirm(self, known: Sequence[Known]) -> tuple[list[News], list[Prepared], list[Rejected]]:
        """What is new of known files; those that are not there after all are prepared like any other."""
        confirmed = confirm(self._name, known, self._store)
        self.seen += confirmed.seen
        self.duplicates += confirmed.renamed
        again: list[Prepared] = []
        rejected: list[Rejected] = []
        for entry in confirmed.missing:
            outcome = prepare(replace(entry.file, address=""), NOTHING_SEEN, self._store, self.encoder)
            if isinstance(outcome, Prepared):
                again.append(outcome)
            elif isinstance(outcome, Rejected):
                rejected.append(outcome)
        return confirmed.news, again, rejected

    def _without_copies(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Those whose stored picture the library does not have, each once."""
        with read_session() as session:
            repository = LibraryRepository(session)
            library = repository.by_name(self._name)
            keys = [picture.sha256 for picture in prepared]
            held = set(repository.ids_by_sha256(library.id, keys)) if library else set()
        fresh: list[Prepared] = []
        for picture in prepared:
            if picture.sha256 not in held:
                held.add(picture.sha256)
                fresh.append(picture)
        self._count_copies(len(prepared) - len(fresh))
        return fresh

    def _captions(self, pictures: Sequence[Prepared]) -> list[bytes | None]:
        """Of each picture's caption: what another library has, else what the encoder makes of it."""
        had: list[bytes | None] = [picture.vectors.get(self.encoder, (b"", None))[1] for picture in pictures]
        open_ones = [i for i, vector in enumerate(had) if vector is None]
        made = encode_captions(self._part, [pictures[i].about.caption for i in open_ones])
        for place, vector in zip(open_ones, made, strict=True):
            had[place] = vector
        return had

    def _twins(self, pictures: Sequence[Prepared], vectors: Vectors) -> list[Twin | None]:
        if not self._look or not pictures:
            return [None] * len(pictures)
        return self._near.twins([p.sha256 for p in pictures], [p.look for p in pictures], vectors)

    def _save(self, batch: Encoded, twins: Sequence[Twin | None]) -> dict[str, Item]:
        """Write the batch; the pictures that became rows."""
        with unit_of_work() as work:
            repository, more = LibraryRepository(work.session), IngestRepository(work.session)
            library = self._library(repository, more)
            # The batch before, or another ingest, may have added the same picture: the database decides.
            held = repository.ids_by_sha256(library.id, [p.sha256 for p in batch.pictures])
            items = {p.sha256: item_of(library.id, p) for p in batch.pictures if p.sha256 not in held}
            repository.add_items(list(items.values()))
            _mark(repository, library.id, batch.pictures, twins, items)
            repository.touch(library)
            rows: list[ItemVector] = []
            for picture, vector, caption in zip(batch.pictures, batch.vectors, batch.captions, strict=True):
                if item := items.get(picture.sha256):
                    rows += vectors_of(picture, self.encoder, vector, caption, item, library)
            repository.add_vectors(rows)
            tags = {items[p.sha256].id: p.about.tags for p in batch.pictures if p.sha256 in items}
            more.add_tags(tags)
            captions = [*batch.new_captions, *([None] * (len(batch.news) - len(batch.new_captions)))]
            for each, caption in zip(batch.news, captions, strict=True):
                tell(more, repository, each, self.encoder, caption, library.version)
            work.commit()
        return items

    def _count_added(self, batch: Encoded, twins: Sequence[Twin | None], items: dict[str, Item]) -> None:
        self.added += len(items)
        self.updated += len(batch.news)
        self._count_copies(len(batch.pictures) - len(items))
        originals: list[Prepared] = []
        for picture, twin in zip(batch.pictures, twins, strict=True):
            if picture.sha256 in items:
                self.duplicates += twin is not None
                if twin is None:
                    originals.append(picture)
        if self._look and originals:
            rows = [items[picture.sha256] for picture in originals]
            self._near.add(
                [row.id for row in rows],
                [row.look or b"" for row in rows],
                [r.width / r.height for r in rows],
            )

    def _count_copies(self, count: int) -> None:
        self.seen += count
        self.duplicates += count

    def _library(self, repository: LibraryRepository, more: IngestRepository) -> Library:
        library = more.library(self._name)
        if library is None:
            row = Library(name=self._name, encoder=self.encoder, built_in=self._built_in, version=0)
            return repository.add(row)
        self._require_prepared(repository, library)
        return library

    def _require_prepared(self, repository: LibraryRepository, library: Library) -> None:
        """What is added joins an index that is whole: its own, or another that was prepared. Looked at once,
        because counting takes longer the larger the library is."""
        if self._prepared or library.encoder == self.encoder:
            return
        missing = repository.count_without_vector(library.id, self.encoder)
        if missing:
            raise NotPrepared(self._name, title_of(self._part), missing, repository.count(library.id))
        self._prepared = True


def _mark(
    repository: LibraryRepository,
    library_id: int,
    pictures: Sequence[Prepared],
    twins: Sequence[Twin | None],
    items: dict[str, Item],
) -> None:
    """Point each copy to the original that it shows again, with their likeness."""
    keys = [twin.key for twin in twins if twin and isinstance(twin.key, str)]
    of_batch = repository.ids_by_sha256(library_id, keys)
    for picture, twin in zip(pictures, twins, strict=True):
        if twin is None or picture.sha256 not in items:
            continue
        original = of_batch.get(twin.key) if isinstance(twin.key, str) else twin.key
        row = items[picture.sha256]
        if original is not None and repository.by_ids([original]):  # it may be gone since
            row.duplicate_of, row.duplicate_similarity = original, min(1.0, twin.cosine)
