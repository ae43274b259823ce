"""Vectors that no index takes (of another dimension, zero, not a number): forgotten, to be made anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from db.repositories.index_rows import IndexRow, IndexRowRepository
from db.repositories.libraries import LibraryRepository
from services.database import read_session, unit_of_work
from services.people import Role, require
from services.retrieval.fusion import fuse
from services.retrieval.vectors import unpack, usable

PIECE = 2_000
"""Rows read at once."""


def forget_unsound(name: str, encoder: str, dim: int) -> int:
    """How many of the library's vectors of `encoder` were forgotten. Every one is read."""
    require(Role.CREATOR)
    with read_session() as session:
        library = LibraryRepository(session).by_name(name)
        ids = IndexRowRepository(session).changed(library.id, encoder, -1) if library else []
    if library is None:
        return 0
    bad: list[int] = []
    for start in range(0, len(ids), PIECE):
        with read_session() as session:
            rows = IndexRowRepository(session).rows(ids[start : start + PIECE], library.id, encoder)
        bad += _unsound(rows, dim)
    if bad:
        with unit_of_work() as work:
            IndexRowRepository(work.session).remove(bad, encoder)
            if (row := LibraryRepository(work.session).by_name(name)) is not None:
                LibraryRepository(work.session).touch(row)
            work.commit()
    return len(bad)


def _unsound(rows: list[IndexRow], dim: int) -> list[int]:
    length = 4 * dim
    fitting = [r for r in rows if len(r.image) == length and (r.caption is None or len(r.caption) == length)]
    bad = {row.item_id for row in rows} - {row.item_id for row in fitting}
    if fitting:
        with np.errstate(all="ignore"):  # that is what is looked for
            pictures = unpack([row.image for row in fitting], dim)
            good: NDArray[np.bool_] = usable(pictures) & usable(fuse(pictures, [r.caption for r in fitting]))
        bad |= {row.item_id for row, fine in zip(fitting, good, strict=True) if not fine}
    return sorted(bad)
