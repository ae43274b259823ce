"""Which index a library of some size has, and when it is made anew. Figures: benchmarks/index_scale.py.

up to REBUILT_AT_ONCE   exact; made again by the next search after a change
up to FLAT_ROWS         exact; changes are searched beside it, made again in the background
above                   inverted lists of 8-bit codes (IVF, SQ8), the same; hits are scored by the rows

An index that is not of the library's present version is never wrong, only slower: `index_library` says why.
"""

from __future__ import annotations

import math

REBUILT_AT_ONCE = 20_000
"""Rows. Reading and writing 20,000 vectors of 768 takes half a second: nobody waits longer than that."""

FLAT_ROWS = 200_000
"""Rows of an exact index. It looks at every vector (0.1 s for 100,000 of 768 on one core) and takes 3 kB a
row; beyond this, lists answer a hundred times as fast from a quarter of the bytes, and lose 1 % of the hits,
which scoring by the rows cannot bring back."""

CHANGES = 30_000
"""Changed rows that are searched beside an index before it is made anew: 92 MB of 768, some ms a query."""

CHANGED_SHARE = 0.1
"""Or this share of the index's own rows, whichever is less."""

CHANGES_KEPT = 2 * CHANGES
"""Changed rows held in memory; while there are more (no index yet), each search reads them all."""

SAMPLE_PER_LIST = 40
"""Rows that train each list: FAISS asks for 39; more moved recall by less than its noise."""

ROUNDS = 10
"""Of k-means: the default of FAISS for lists."""

SEED = 20_240_229
"""The same rows give the same index."""

PROBES = (8, 16, 32, 64)
"""Lists looked at for each query: the first that finds enough, measured on the library's own rows."""

ENOUGH = 0.985
"""Share of the ten nearest rows found, of queries between two rows each (`index_build`)."""

CANDIDATES = 32
"""The least number of hits of an index of codes that are scored by their rows: 8 bits order nearly right."""

ALLOWED_BY_ROWS = 1_000
"""A filter that leaves no more is answered by reading those rows, exactly, without the index."""


def is_flat(rows: int) -> bool:
    return rows <= FLAT_ROWS


def lists_for(rows: int) -> int:
    """A power of two near twice the root: 1024 for 200,000 rows, 2048 for a million, 4096 for four."""
    return 1 << max(2, round(math.log2(2 * math.sqrt(max(rows, 1)))))


def changes_allowed(rows: int) -> int:
    """How many changed rows an index of `rows` may have beside it before it is made anew."""
    return min(CHANGES, int(CHANGED_SHARE * rows))
