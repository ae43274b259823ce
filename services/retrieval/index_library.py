"""A library's index as a search sees it: the FAISS index, what changed since it was made, and the rows.

What is searched is the index and, beside it, the rows written after the index's version. Every hit is then
looked up: its row may be gone (deleted), a duplicate now, or another's (ids are used again), and its
similarity is taken from the row as it is now. So an index that is old, coarse (8-bit codes) or not yet
verified may miss a picture or be slower, but a hit is always there and its figure is exact.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.parts import Vectors
from services.retrieval import index_policy as policy
from services.retrieval.index_faiss import Hits, Ids, VectorIndex
from services.retrieval.index_manifest import IndexTarget
from services.retrieval.index_rows import (
    Best,
    Rows,
    changed_since,
    fetch,
    present_version,
    search_rows,
)
from services.retrieval.vectors import wrong_dimension

KEPT_BYTES = 16 * 2**20
"""Of unit vectors of hits: ranking and variety look at them again."""


@dataclass(frozen=True, slots=True)
class Main:
    """An index as it was opened. `sound` tells whether its files are verified to the last byte by now."""

    index: VectorIndex
    version: int
    sound: Callable[[], bool] = lambda: True


class Changes:
    """Rows written after the version `since`, up to `version`; in memory while they are few."""

    def __init__(
        self, target: IndexTarget, since: int, version: int, ids: Ids, units: Vectors | None
    ) -> None:
        self._target, self.since, self.version, self._ids, self._units = target, since, version, ids, units

    @classmethod
    def load(cls, target: IndexTarget, since: int, before: Changes | None = None) -> Changes:
        """All of them; those that `before` holds are read again only where they changed once more."""
        known = before if before is not None and before.since == since and before._units is not None else None
        version = present_version(target) or 0  # before the rows: what comes in between is read twice
        fresh = changed_since(target, known.version if known else since)
        if len(fresh) + (len(known) if known else 0) > policy.CHANGES_KEPT:
            return cls(target, since, version, changed_since(target, since), None)
        rows = fetch(target, fresh)
        ids, units = rows.ids, rows.units
        if known is not None and known._units is not None:
            same = ~np.isin(known._ids, fresh)
            ids = np.concatenate([known._ids[same], ids])
            units = np.concatenate([known._units[same], units])
        return cls(target, since, version, ids, units)

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, queries: Vectors, count: int, allowed: Ids | None) -> list[Hits]:
        chosen = slice(None) if allowed is None else np.isin(self._ids, allowed)
        if self._units is None:
            return search_rows(self._target, self._ids[chosen], queries, count)
        best = Best(queries, count)
        best.add(self._ids[chosen], self._units[chosen])
        return best.hits()


class LibraryIndex:
    """Cosine search over a library as it is at `version`. Threads may search it at the same time."""

    def __init__(self, target: IndexTarget, main: Main | None, changes: Changes | None) -> None:
        self._target, self._main, self._changes = target, main, changes
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, tuple[Vectors, float, int]] = OrderedDict()
        self._room = max(1, KEPT_BYTES // (4 * target.dim))
        self.version = changes.version if changes is not None else main.version if main is not None else 0
        self.thin = False
        """Most of what the index found was gone: it should be made anew."""

    @property
    def dim(self) -> int:
        return self._target.dim

    @property
    def current(self) -> bool:
        """The index itself knows every row."""
        return self._main is not None and self._changes is None

    @property
    def _plain(self) -> VectorIndex | None:
        """The index, where it alone is exact: then no row is read."""
        main = self._main
        if main is None or not (self.current and main.index.flat and main.sound()):
            return None
        return main.index

    def __len__(self) -> int:
        """How many pictures can be found; counted from the rows where the index is not alone."""
        if (plain := self._plain) is not None:
            return len(plain)
        return len(changed_since(self._target))

    def __contains__(self, item_id: int) -> bool:
        plain = self._plain
        return item_id in plain if plain is not None else item_id in self._rows([item_id])

    def norm(self, item_id: int) -> float:
        """The length that the vector has at the encoder's own scale. Raises KeyError."""
        plain = self._plain
        return plain.norm(item_id) if plain is not None else self._rows([item_id])[item_id][1]

    def units(self, ids: Sequence[int] | Ids) -> Vectors:
        """The exact unit vectors of `ids`, shape (n, dim); zeros for one that was deleted this moment."""
        if (plain := self._plain) is not None:
            return plain.units(ids)
        wanted = [int(item_id) for item_id in ids]
        rows = self._rows(wanted)
        vectors = np.zeros((len(wanted), self.dim), np.float32)
        for place, item_id in enumerate(wanted):
            if item_id in rows:
                vectors[place] = rows[item_id][0]
        return vectors

    def search(self, queries: Vectors, count: int, allowed: Sequence[int] | Ids | None = None) -> list[Hits]:
        """Per unit query (ids, exact cosines), best first; at most `count`, fewer only when there are fewer.

        `allowed`: ids of the items that may be found.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise wrong_dimension(self.dim)
        chosen = None if allowed is None else np.unique(np.asarray(allowed, dtype=np.int64))
        if count < 1 or not len(queries) or (chosen is not None and not len(chosen)):
            return [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
        if (plain := self._plain) is not None:
            return plain.search(queries, count, chosen)
        if chosen is not None and len(chosen) <= policy.ALLOWED_BY_ROWS:
            return search_rows(self._target, chosen, queries, count)
        return self._merged(queries, count, chosen)

    def _merged(self, queries: Vectors, count: int, allowed: Ids | None) -> list[Hits]:
        changed = (
            self._changes.search(queries, count, allowed) if self._changes else [_NOTHING] * len(queries)
        )
        results: list[Hits] = [_NOTHING] * len(queries)
        width = max(count, policy.CANDIDATES) + (max(16, count // 4) if self._changes is not None else 0)
        places = list(range(len(queries)))
        while places:
            main = self._main.index.search(queries[places], width, allowed) if self._main else []
            old = [ids for ids, _ in main] or [_NOTHING[0]] * len(places)
            wanted = np.unique(np.concatenate([*old, *(changed[place][0] for place in places)]))
            rows = self._rows(wanted.tolist())
            again = []
            for place, ids in zip(places, old, strict=True):
                alive = sum(self._is_of_main(rows.get(int(i))) for i in ids)
                results[place] = _scored(np.union1d(ids, changed[place][0]), rows, queries[place], count)
                if len(ids) == width and alive < count:  # what the dead crowded out lies further down
                    again.append(place)
                    self.thin = self.thin or alive < len(ids) // 2
            places, width = again, width * 4
        return results

    def _is_of_main(self, row: tuple[Vectors, float, int] | None) -> bool:
        """The row is still the one that the index holds."""
        return row is not None and self._main is not None and row[2] <= self._main.version

    def _rows(self, ids: Sequence[int]) -> dict[int, tuple[Vectors, float, int]]:
        """Item id -> (unit vector, norm, version), of those of `ids` that are there."""
        with self._lock:
            found = {item_id: self._kept[item_id] for item_id in ids if item_id in self._kept}
        if lacking := sorted({item_id for item_id in ids if item_id not in found}):
            read = _by_id(fetch(self._target, np.asarray(lacking, dtype=np.int64)))
            found |= read
            with self._lock:
                self._kept.update(read)
                while len(self._kept) > self._room:
                    self._kept.popitem(last=False)
        return found


_NOTHING: Hits = (np.empty(0, np.int64), np.empty(0, np.float32))


def _by_id(rows: Rows) -> dict[int, tuple[Vectors, float, int]]:
    columns = zip(rows.ids.tolist(), rows.units, rows.norms.tolist(), rows.versions.tolist(), strict=True)
    return {item_id: (units, norm, version) for item_id, units, norm, version in columns}


def _scored(ids: Ids, rows: dict[int, tuple[Vectors, float, int]], query: Vectors, count: int) -> Hits:
    """Of `ids` those with a row, by their cosine to `query`, the first `count`."""
    known = np.array([i for i in ids.tolist() if i in rows], dtype=np.int64)
    if not len(known):
        return _NOTHING
    cosines = np.stack([rows[i][0] for i in known.tolist()]) @ query
    order = np.lexsort((known, -cosines))[:count]
    return known[order], cosines[order].astype(np.float32)
