"""Pictures that a library holds twice, found in the whole of it at a likeness that a person chooses.

The vectors give candidates (`near_pairs`), the pictures decide (`duplicates.alike`), as at an ingest. An item
that waits for its picture has its vector alone: it is marked at BLIND or closer, whatever was chosen below.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np

from db.repositories.duplicates import Candidate, DuplicateRepository
from db.tables import Library
from services.database import read_session, unit_of_work
from services.errors import Cancelled
from services.messages import N_
from services.parts import Progress, Vectors
from services.people import Role, require
from services.retrieval.duplicates import LOOK_BYTES, Look, alike, unpack_look
from services.retrieval.near_looks import look_at_the_unseen
from services.retrieval.near_pairs import NearPairs, near_pairs
from services.retrieval.refusals import no_library
from services.retrieval.vectors import unit, unpack
from services.storage.images import get_store

BLIND = 0.995
"""Cosine above which two vectors are of one picture even if nobody can look: in the original study's
library 82 pairs are equal to the last bit, the next is at 0.98, and there are 51 more down to 0.95."""

MEASURED = 0.999999
"""The most that is written of two vectors: 1.0 says that they are equal to the last bit."""

READ, COMPARED = 0.15, 0.75
"""Shares of the work: reading the vectors, comparing them; the rest is looking at pictures."""

BATCH, PIECE = 500, 1_000


@dataclass(frozen=True, slots=True)
class DedupeReport:
    """`looked` items were compared; `marked` of them are copies now, `lifted` marks were below the likeness
    chosen and are gone. `pairs` are marked in all."""

    library: str
    threshold: float
    looked: int
    marked: int
    lifted: int
    pairs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Mark:
    copy: int
    original: int
    similarity: float


@dataclass(slots=True)
class _Rows:
    """The items that are no copies: those with a picture first, the larger first: what stays comes first."""

    items: list[Candidate]
    units: Vectors


def dedupe(
    name: str,
    threshold: float,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DedupeReport:
    """Mark every item that shows again what another shows, at the cosine `threshold` or closer. Of two the
    larger stays, else the earlier.

    Items that a person kept are not marked again. Marks stay decisions to be made: nothing is removed.
    Raises NotFound, Cancelled (nothing new is marked then), StorageError.
    """
    require(Role.CREATOR)
    started = time.monotonic()
    tell = _Teller(progress, cancelled)
    look_at_the_unseen(_library(name).id, get_store())
    lifted = _lift(name, threshold)
    with tempfile.TemporaryFile() as file:
        rows = _read(name, file, tell)
        pairs = near_pairs(rows.units, threshold, lambda share: tell(READ + (COMPARED - READ) * share))
        marks = _decide(rows.items, pairs, tell)
    marked = sum(_mark(name, marks[start : start + BATCH]) for start in range(0, len(marks), BATCH))
    if progress is not None:
        progress(1.0)
    with read_session() as session:
        repository = DuplicateRepository(session)
        library = repository.library(name)
        total = repository.count(library.id) if library else 0
    return DedupeReport(name, threshold, len(rows.items), marked, lifted, total, time.monotonic() - started)


class _Teller:
    """Passes on the share done, and stops where that is asked for."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled = progress, cancelled

    def __call__(self, share: float) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled(N_("Stopped. No new duplicates were marked."))
        if self._progress is not None:
            self._progress(share)


def _read(name: str, file: IO[bytes], tell: _Teller) -> _Rows:
    """Unit vectors on disk, mapped: a million of 768 take 3 GB, and memory has better uses. Read piece by
    piece: a long read would hold up the clearing of the database's log."""
    library = _library(name)
    with read_session() as session:
        candidates = DuplicateRepository(session).originals(library.id, library.encoder)
    items: list[Candidate] = []
    units: Vectors = np.empty((0, 1), np.float32)
    for start in range(0, len(candidates), PIECE):
        piece = candidates[start : start + PIECE]
        with read_session() as session:
            images = DuplicateRepository(session).images([c.item_id for c in piece], library.encoder)
        there = [candidate for candidate in piece if candidate.item_id in images]
        if there and not items:
            dim = len(images[there[0].item_id]) // 4
            units = np.memmap(file, np.float32, "w+", shape=(len(candidates), dim))
        if there:
            rows = unpack([images[candidate.item_id] for candidate in there], units.shape[1])
            units[len(items) : len(items) + len(there)] = unit(rows)
            items += there
        tell(READ * (start + len(piece)) / len(candidates))
    return _Rows(items, units[: len(items)])


def _decide(items: Sequence[Candidate], pairs: NearPairs, tell: _Teller) -> list[_Mark]:
    """Per later row the closest earlier one that is the same picture and no copy itself."""
    copies, marks = set[int](), list[_Mark]()
    starts = np.flatnonzero(np.diff(pairs.second, prepend=-1))
    stops = np.append(starts, len(pairs.second))[1:]
    for begin in range(0, len(starts), PIECE):
        some = range(begin, min(begin + PIECE, len(starts)))
        looks = _looks(items, pairs, slice(starts[some[0]], stops[some[-1]]))
        for start, stop in zip(starts[some], stops[some], strict=True):
            second = int(pairs.second[start])
            nearest = start + np.argsort(-pairs.cosine[start:stop], kind="stable")
            for place in nearest.tolist() if not items[second].kept else ():
                first, cosine = int(pairs.first[place]), float(pairs.cosine[place])
                if first not in copies and _same(items[first], items[second], cosine, looks):
                    copies.add(second)
                    marks.append(_Mark(items[second].item_id, items[first].item_id, min(cosine, MEASURED)))
                    break
        tell(COMPARED + (0.99 - COMPARED) * (some[-1] + 1) / len(starts))
    return marks


def _same(one: Candidate, other: Candidate, cosine: float, looks: dict[int, Look]) -> bool:
    if not (one.pictured and other.pictured):
        return cosine >= BLIND
    if one.item_id not in looks or other.item_id not in looks:
        return False  # lost or damaged: nobody can say that it is the same
    return alike(looks[one.item_id], looks[other.item_id])


def _looks(items: Sequence[Candidate], pairs: NearPairs, some: slice) -> dict[int, Look]:
    """Item id -> what its picture looks like, of all that take part in `some` of the pairs."""
    rows = np.union1d(pairs.first[some], pairs.second[some]).tolist()
    with read_session() as session:
        stored = DuplicateRepository(session).looks([items[row].item_id for row in rows])
    return {
        item_id: unpack_look(look, width, height)
        for item_id, (look, width, height) in stored.items()
        if len(look) == LOOK_BYTES
    }


def _library(name: str) -> Library:
    with read_session() as session:
        library = DuplicateRepository(session).library(name)
    if library is None:
        raise no_library(name)
    return library


def _lift(name: str, threshold: float) -> int:
    """Take away marks of less likeness than is wanted now; those nobody measured stay."""
    with unit_of_work() as work:
        repository = DuplicateRepository(work.session)
        library = repository.library(name)
        if library is None:
            raise no_library(name)
        ids = repository.below(library.id, threshold)
        if not ids:
            return 0
        library.version += 1
        for item in repository.items(list(ids), library.id).values():
            item.duplicate_of = item.duplicate_similarity = None
        repository.renew(ids, library.version)
        work.commit()
        return len(ids)


def _mark(name: str, marks: Sequence[_Mark]) -> int:
    """One transaction. Whoever changed the library meanwhile was first: what does not fit is left out."""
    with unit_of_work() as work:
        repository = DuplicateRepository(work.session)
        library = repository.library(name)
        if library is None:
            raise no_library(name)
        library.version += 1
        ids = {mark.copy for mark in marks} | {mark.original for mark in marks}
        items, done = repository.items(ids, library.id), list[int]()
        for mark in marks:
            copy, original = items.get(mark.copy), items.get(mark.original)
            if copy is None or original is None or copy.kept or copy.duplicate_of or original.duplicate_of:
                continue
            copy.duplicate_of, copy.duplicate_similarity = original.id, mark.similarity
            for other in repository.copies_of([copy.id]):  # of a copy there is no copy
                other.duplicate_of = original.id
            done.append(copy.id)
        repository.renew(done, library.version)
        work.commit()
        return len(done)
