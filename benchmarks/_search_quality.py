"""Measures of a ranking, and the photos' queries, for `benchmarks.library_search`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.parts import Encoder, Vectors

TOP = 10
HERE = Path(__file__).resolve().parent
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stored:
    """A library's vectors as the database holds them; a caption's row is zero where there is none."""

    names: list[str]
    pictures: Vectors
    captions: Vectors

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.names + other.names,
            np.concatenate([self.pictures, other.pictures]),
            np.concatenate([self.captions, other.captions]),
        )


@dataclass(frozen=True)
class Queries:
    """Texts, and for each the names of the pictures that answer it."""

    texts: list[str]
    relevant: list[frozenset[str]]

    def __len__(self) -> int:
        return len(self.texts)

    def matrix(self, names: Sequence[str]) -> NDArray[np.bool_]:
        return np.array([[name in wanted for name in names] for wanted in self.relevant])


def read_queries(path: Path, names: Sequence[str]) -> Queries:
    """Those of {query: [names]} that something among `names` answers."""
    known = frozenset(names)
    data = {q: frozenset(wanted) & known for q, wanted in json.loads(path.read_text()).items()}
    data = {q: wanted for q, wanted in data.items() if wanted}
    return Queries(list(data), list(data.values()))


def quality(lists: Sequence[Sequence[str]], queries: Queries, top: int = TOP) -> Floats:
    """(3, queries): recall@top (of at most `top` that can be found), hit@1, nDCG@top; 0..1."""
    rows = []
    for names, wanted in zip(lists, queries.relevant, strict=True):
        gain = np.array([name in wanted for name in names[:top]] + [False] * (top - len(names)), float)
        worth = 1 / np.log2(np.arange(2, top + 2))
        most = min(len(wanted), top)
        rows.append([gain.sum() / most, gain[0], (gain * worth).sum() / worth[:most].sum()])
    return np.array(rows).T


def rank_names(queries: Vectors, pictures: Vectors, names: Sequence[str], top: int = TOP) -> list[list[str]]:
    """Names of the closest, best first: what the product finds, without its database."""
    order = np.argsort(-(queries @ pictures.T), axis=1, kind="stable")[:, :top]
    return [[names[place] for place in row] for row in order]


def row(label: str, values: Sequence[float] | Floats, note: str = "") -> None:
    print(f"  {label:44}", *(f"{value:9.3f}" for value in values), f"  {note}", flush=True)


def head(title: str, *columns: str) -> None:
    print(f"\n{title:46}", *(f"{column:>9}" for column in columns), flush=True)


def stored(name: str, encoder: Encoder) -> Stored:
    from db.repositories.libraries import LibraryRepository
    from services.database import read_session
    from services.retrieval.vectors import encoder_key, unpack

    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        assert library is not None
        items = {item.id: Path(item.file_name).stem for item in repository.items(library.id, 0, 10_000)}
        rows = list(repository.vectors(library.id, encoder_key(encoder.ref)))
    nothing = bytes(4 * encoder.dim)
    return Stored(
        [items[r.item_id] for r in rows],
        unpack([r.image for r in rows], encoder.dim),
        unpack([r.caption or nothing for r in rows], encoder.dim),
    )


def unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
