"""An index made from the rows, in one pass and in flat memory: what it holds, and one piece of the rows.

Its version is the library's when the pass began. Rows written meanwhile have a later one, so whatever the
pass saw of them, a search looks at them beside the index (`index_library`). That is why no long transaction
is needed, which would hold up all writers' log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np

from services.errors import Cancelled, NotFound
from services.messages import N_
from services.parts import Progress, Vectors
from services.retrieval import index_policy as policy
from services.retrieval.index_faiss import Ids, Table, VectorIndex, norm_table
from services.retrieval.index_manifest import IndexTarget
from services.retrieval.index_rows import (
    PIECE,
    Best,
    changed_since,
    pieces,
    present_version,
)
from services.retrieval.vectors import unit

Stop = Callable[[], bool]

NEAREST = 10
"""Of each measuring query: the recall that is measured is recall@10."""

MEASURED = 64
"""Measuring queries: one hit of 640 is 0.2 %."""

AWAY = 0.5
"""How far a measuring query leans from its row to another. Words do not lie where pictures lie: a query in
the middle of a list would flatter the index."""

TRAINING = 0.3
"""Share of the time that training takes."""


@dataclass(frozen=True, slots=True)
class Built:
    """An index with the library's version that it stands for; `recall` is None for an exact one."""

    index: VectorIndex
    version: int
    probes: int = 1
    recall: float | None = None


class _Pass:
    """How far the work is, and whether it shall go on."""

    def __init__(self, progress: Progress | None, stop: Stop | None) -> None:
        self._progress, self._stop = progress, stop

    def at(self, share: float) -> None:
        """Raises Cancelled."""
        if self._stop is not None and self._stop():
            raise Cancelled(N_("Stopped. What was indexed so far is kept; start it again to go on."))
        if self._progress is not None:
            self._progress(share)


def build(target: IndexTarget, progress: Progress | None = None, stop: Stop | None = None) -> Built:
    """The index of all rows, of the kind that their number asks for.

    Raises NotFound (the library is gone), Cancelled, InvalidInput (a vector of another dimension, zero or
    not finite), StorageError.
    """
    version = present_version(target)
    if version is None:
        raise NotFound(N_("This library is no longer there. Choose another one."))
    ids, work = changed_since(target), _Pass(progress, stop)
    if policy.is_flat(len(ids)):
        exact = faiss.IndexIDMap2(faiss.IndexFlatIP(target.dim))
        return Built(VectorIndex(exact, _fill(exact, target, ids, work, 0.0)), version)
    sample = _sample(target, ids)
    index = _trained(sample, policy.lists_for(len(ids)), work)
    best = Best(_measuring_queries(sample), NEAREST)
    del sample
    table = _fill(index, target, ids, work, TRAINING, best)
    probes, recall = _enough_probes(VectorIndex(index, table), best)
    return Built(VectorIndex(index, table, probes), version, probes, recall)


def _fill(
    index: faiss.Index, target: IndexTarget, ids: Ids, work: _Pass, begun: float, best: Best | None = None
) -> Table:
    """Add the rows of `ids` piece by piece; their norms. `best` sees every row on its way."""
    known, lengths = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for place, rows in enumerate(pieces(target, ids)):
        if len(rows.ids):
            index.add_with_ids(rows.units, rows.ids)
        if best is not None:
            best.add(rows.ids, rows.units)
        known.append(rows.ids)
        lengths.append(rows.norms)
        work.at(begun + (1 - begun) * min(1.0, (place + 1) * PIECE / len(ids)))
    return norm_table(np.concatenate(known), np.concatenate(lengths))


def _sample(target: IndexTarget, ids: Ids) -> Vectors:
    """Unit vectors of a seeded sample: all that training needs, whatever the library's size."""
    count = min(len(ids), policy.SAMPLE_PER_LIST * policy.lists_for(len(ids)))
    drawn = np.random.default_rng(policy.SEED).choice(ids, count, replace=False, shuffle=False)
    sample = np.empty((count, target.dim), np.float32)
    filled = 0
    for rows in pieces(target, np.sort(drawn)):
        sample[filled : filled + len(rows.ids)] = rows.units
        filled += len(rows.ids)
    return sample[:filled]


def _trained(sample: Vectors, lists: int, work: _Pass) -> faiss.Index:
    """An empty IVF,SQ8 with its lists' centres. One round of k-means at a time, to be stopped between two."""
    dim, lists = sample.shape[1], min(lists, len(sample))
    centres = None
    for done in range(policy.ROUNDS):
        rounds = faiss.Kmeans(
            dim, lists, niter=1, spherical=True, seed=policy.SEED, min_points_per_centroid=1,
            max_points_per_centroid=len(sample),
        )  # fmt: skip
        rounds.train(sample, init_centroids=centres)
        centres = rounds.centroids
        work.at(TRAINING * (done + 1) / policy.ROUNDS)
    quantizer: Any = faiss.IndexFlatIP(dim)
    quantizer.add(centres)
    coded = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(quantizer, dim, lists, coded, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True  # the quantizer goes with the index, not with this function
    quantizer.this.disown()
    index.train(sample)  # the centres stay; this finds the range of the codes
    return index


def _measuring_queries(sample: Vectors) -> Vectors:
    drawn = np.random.default_rng(policy.SEED + 1).choice(len(sample), (2, min(MEASURED, len(sample))))
    return unit(sample[drawn[0]] + AWAY * sample[drawn[1]])


def _enough_probes(index: VectorIndex, best: Best) -> tuple[int, float]:
    """(lists to look at, recall@10 that they give): the first of the policy's numbers that finds enough."""
    nearest = [set(ids.tolist()) for ids, _ in best.hits()]
    total = sum(map(len, nearest))
    probes, recall = 1, 1.0
    for probes in policy.PROBES:
        index.probes = min(probes, index.faiss.nlist)
        found = index.search(best.queries, policy.CANDIDATES)
        recall = sum(
            len(true & set(ids.tolist())) for true, (ids, _) in zip(nearest, found, strict=True)
        ) / max(total, 1)
        if recall >= policy.ENOUGH:
            break
    return index.probes, recall
