"""Writes batches of prepared pictures into a library: vectors, duplicates, rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from db.repositories.libraries import LibraryRepository, SourceRow
from db.tables import Item, ItemVector, Library
from services.database import read_session, unit_of_work
from services.parts import Encoder, Vectors
from services.retrieval.duplicates import NearDuplicates
from services.retrieval.encode import encode_captions, encode_pictures
from services.retrieval.prepare import Known, Prepared
from services.retrieval.refusals import NotPrepared
from services.retrieval.vectors import pack, space_of, title_of, unpack
from services.storage.images import ImageStore
from services.storage.intake import Rejected


@dataclass(frozen=True, slots=True)
class _Batch:
    """All that one transaction saves; nothing in it needs a model any more."""

    pictures: Sequence[Prepared]
    vectors: Vectors
    captions: Sequence[bytes | None]
    twins: Sequence[str | None]
    """SHA-256 of the picture that each one shows again."""
    recaptioned: Sequence[Known]
    new_captions: Sequence[bytes | None]


class LibraryWriter:
    """One ingest into one library.

    `known` maps hashes of files, as they came, to what they became. `added`, `duplicates` and `seen`
    (pictures that the library had already) count what was written so far.
    """

    def __init__(
        self, name: str, encoder: Encoder, store: ImageStore, built_in: bool = False, look: bool = True
    ) -> None:
        """`look` for near duplicates, which a drawn library has none of.

        Raises NotPrepared, EngineUnavailable.
        """
        self.encoder = space_of(encoder)
        self.added = self.duplicates = self.seen = 0
        self.known: dict[str, SourceRow] = {}
        self._name, self._part, self._built_in, self._look = name, encoder, built_in, look
        self._near = NearDuplicates(encoder.dim, store.thumbnail)
        self._read_library()

    def images(self) -> int:
        with read_session() as session:
            repository = LibraryRepository(session)
            library = repository.by_name(self._name)
            return repository.count(library.id) if library else 0

    def write(self, prepared: Sequence[Prepared], known: Sequence[Known]) -> list[Rejected]:
        """Encode and save one batch in one transaction; the pictures that the encoder could not take."""
        self._count_known(known)
        fresh, vectors, rejected = encode_pictures(self._part, self._without_copies(prepared))
        recaptioned = [k for k in known if k.caption and k.caption != self.known[k.source_sha256].caption]
        batch = _Batch(
            fresh,
            vectors,
            encode_captions(self._part, [picture.caption for picture in fresh]),
            self._twins(fresh, vectors),
            recaptioned,
            encode_captions(self._part, [entry.caption for entry in recaptioned]),
        )
        if fresh or recaptioned:
            self._count_added(batch, self._save(batch))
        return rejected

    def _read_library(self) -> None:
        with read_session() as session:
            repository = LibraryRepository(session)
            library = repository.by_name(self._name)
            if library is None:
                return
            self._require_prepared(repository, library)
            self.known = repository.sources(library.id)
            rows = repository.vectors(library.id, self.encoder) if self._look else iter(())
            while piece := list(islice(rows, 1000)):
                vectors = unpack([row.image for row in piece], self._part.dim)
                self._near.add([row.sha256 for row in piece], vectors)

    def _count_known(self, known: Sequence[Known]) -> None:
        """The same file again is no news; the same bytes under another name are a duplicate."""
        self.seen += len(known)
        self.duplicates += sum(k.file_name != self.known[k.source_sha256].file_name for k in known)

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

    def _twins(self, pictures: Sequence[Prepared], vectors: Vectors) -> list[str | None]:
        """Per picture the earlier one that it shows again; originals are remembered for the next."""
        twins: list[str | None] = []
        for picture, vector in zip(pictures, vectors, strict=True):
            twin = self._near.twin(picture.sha256, vector) if self._look else None
            if twin is None and self._look:
                self._near.add([picture.sha256], vector[None])
            twins.append(twin)
        return twins

    def _save(self, batch: _Batch) -> set[str]:
        """Write the batch; the pictures that became rows."""
        with unit_of_work() as work:
            repository = LibraryRepository(work.session)
            library = self._library(repository)
            # Another ingest may have added the same picture since: the database decides.
            held = repository.ids_by_sha256(library.id, [p.sha256 for p in batch.pictures])
            items = {p.sha256: _item(library.id, p) for p in batch.pictures if p.sha256 not in held}
            repository.add_items(list(items.values()))
            originals = repository.ids_by_sha256(library.id, [twin for twin in batch.twins if twin])
            for picture, twin in zip(batch.pictures, batch.twins, strict=True):
                if twin and picture.sha256 in items:
                    items[picture.sha256].duplicate_of = originals.get(twin)
            repository.add_vectors(self._vector_rows(batch, items, library))
            self._recaption(repository, batch, library)
            repository.touch(library)
            work.commit()
        return set(items)

    def _vector_rows(self, batch: _Batch, items: dict[str, Item], library: Library) -> list[ItemVector]:
        return [
            ItemVector(
                item_id=items[picture.sha256].id,
                encoder=self.encoder,
                library_id=library.id,
                version=library.version + 1,  # `touch` counts this change below
                image=pack(vector),
                caption=caption,
            )
            for picture, vector, caption in zip(batch.pictures, batch.vectors, batch.captions, strict=True)
            if picture.sha256 in items
        ]

    def _recaption(self, repository: LibraryRepository, batch: _Batch, library: Library) -> None:
        """Captions that came, or changed, after their pictures."""
        for entry, vector in zip(batch.recaptioned, batch.new_captions, strict=True):
            source = self.known[entry.source_sha256]
            for row in repository.by_ids([source.item_id]).values():
                row.caption = entry.caption
            if (kept := repository.vector(source.item_id, self.encoder)) is not None:
                kept.caption, kept.version = vector, library.version + 1
            self.known[entry.source_sha256] = source._replace(caption=entry.caption)

    def _count_added(self, batch: _Batch, saved: set[str]) -> None:
        self.added += len(saved)
        self._count_copies(len(batch.pictures) - len(saved))
        pairs = zip(batch.pictures, batch.twins, strict=True)
        self.duplicates += sum(twin is not None and p.sha256 in saved for p, twin in pairs)

    def _count_copies(self, count: int) -> None:
        self.seen += count
        self.duplicates += count

    def _library(self, repository: LibraryRepository) -> Library:
        library = repository.by_name(self._name)
        if library is None:
            row = Library(name=self._name, encoder=self.encoder, built_in=self._built_in, version=0)
            return repository.add(row)
        self._require_prepared(repository, library)
        return library

    def _require_prepared(self, repository: LibraryRepository, library: Library) -> None:
        """What is added joins an index that is whole: its own, or another that was prepared."""
        missing = repository.count_without_vector(library.id, self.encoder)
        if missing and library.encoder != self.encoder:
            raise NotPrepared(self._name, title_of(self._part), missing, repository.count(library.id))


def _item(library_id: int, picture: Prepared) -> Item:
    return Item(
        library_id=library_id,
        sha256=picture.sha256,
        source_sha256=picture.source_sha256,
        file_name=picture.file_name,
        caption=picture.caption,
        width=picture.width,
        height=picture.height,
    )
