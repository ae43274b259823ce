"""A map of a library: its pictures on a plane, those that are alike close together, and where words fall in.

The worker draws it, once for each version of the library, search model and layout; the finished run keeps
it. Above `MOST` pictures an even sample is drawn, and the map says so.

Words are not projected: in a CLIP space texts lie in a region of their own, and a projected text would
stand far from every picture that answers it. A text stands among its closest pictures instead, at their
mean, weighted by similarity: see `place`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from db.repositories.library_vectors import LibraryVectorRepository
from db.tables import Library
from services.database import read_session
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.messages import N_
from services.parts import Encoder, Vectors
from services.retrieval.groups import find_groups, name_groups
from services.retrieval.projection import Layout, project
from services.retrieval.refusals import no_library

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

__all__ = ["MOST", "Layout", "LibraryMap", "Placed", "ask", "ask_places", "place", "read", "read_places"]

MOST = 5_000
"""More points than this overlap on any screen, and take t-SNE minutes."""

CLOSEST = 5
"""Pictures that a text stands among."""

MOST_TEXTS = 40


@dataclass(frozen=True, slots=True)
class LibraryMap:
    """`ids` and their `places`, shape (n, 2) in -1..1; `groups` numbers of `names`, where "" has no name.

    `total` pictures are in the library's index; fewer are shown where there are more than `MOST`.
    """

    ids: NDArray[np.int64]
    places: NDArray[np.float32]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    total: int

    @property
    def sampled(self) -> bool:
        return self.total > len(self.ids)


@dataclass(frozen=True, slots=True)
class Placed:
    """A text and the pictures of the map that are closest to it: (item id, cosine), best first."""

    text: str
    closest: tuple[tuple[int, float], ...]


# --- asking, from a page -------------------------------------------------------------------------


def ask(name: str, layout: Layout) -> str:
    """The id of the run that has drawn, or draws, the map of the library as it is now. Raises NotFound."""
    return _asked("map", {**_state_of(name), "layout": layout.value})


def ask_places(name: str, texts: Sequence[str]) -> str:
    """The id of the run that finds, or found, the pictures of the map closest to each text.

    Raises NotFound, InvalidInput.
    """
    return _asked("map_texts", {**_state_of(name), "texts": checked_texts(texts)})


def checked_texts(texts: Sequence[str]) -> list[str]:
    """Without blanks and repeats. Raises InvalidInput when none is left, or too many."""
    clean = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not clean:
        raise InvalidInput(N_("There is nothing to look for yet. Type a text, or choose a session."))
    if len(clean) > MOST_TEXTS:
        raise InvalidInput(N_("At most {limit} texts at a time. Take some away."), limit=MOST_TEXTS)
    return clean


def read(run: RunView) -> LibraryMap:
    """The map of a finished run."""
    kept = (run.result or {})["map"]
    places = _unpacked(kept["places"], "<f4").reshape(-1, 2)
    ids, groups = _unpacked(kept["ids"], "<i8"), _unpacked(kept["groups"], "<u1").astype(np.int64)
    return LibraryMap(ids, places, groups, tuple(kept["names"]), kept["total"])


def read_places(run: RunView) -> list[Placed]:
    """The placed texts of a finished run."""
    rows = (run.result or {})["texts"]
    return [Placed(row["text"], tuple((item, cosine) for item, cosine in row["closest"])) for row in rows]


def place(drawn: LibraryMap, text: Placed) -> tuple[float, float] | None:
    """Where `text` stands: the mean of its closest pictures, weighted by how much closer each is than none.

    None when the map shows none of them.
    """
    found = {int(item): spot for spot, item in enumerate(drawn.ids)}
    shown = [(found[item], cosine) for item, cosine in text.closest if item in found]
    if not shown:
        return None
    weights = np.array([max(cosine, 1e-3) for _spot, cosine in shown])
    middle = weights @ drawn.places[[spot for spot, _cosine in shown]] / weights.sum()
    return float(middle[0]), float(middle[1])


def _asked(step: str, payload: dict[str, Any]) -> str:
    key = f"{step}:{json.dumps(payload, sort_keys=True)}"
    with read_session() as session:
        made = LibraryVectorRepository(session).finished_run(RunKind.SEARCH.value, key)
    if made is not None:
        return made
    return queue.submit(RunKind.SEARCH, payload=payload, steps=[StepSpec(step, payload)], dedupe_key=key)


def _state_of(name: str) -> dict[str, Any]:
    """What a map depends on, but for its layout."""
    from services.library_spaces import encoder_for
    from services.retrieval.vectors import encoder_key

    library = _library(name)
    return {
        "library": name,
        "made": library.created_at.isoformat(),
        "version": library.version,
        "encoder": encoder_key(encoder_for(name).ref),
    }


def _library(name: str) -> Library:
    with read_session() as session:
        library = LibraryRepository(session).by_name(name)
        if library is None:
            raise no_library(name)
        return library


# --- working, in the worker ----------------------------------------------------------------------


def map_step(context: StepContext) -> None:
    """The worker's step: project, group, name."""
    from services.library_spaces import encoder_for

    encoder = encoder_for(context.payload["library"])
    drawn = draw(context.payload["library"], Layout(context.payload["layout"]), encoder)
    context.set_result(
        {
            "map": {
                "ids": _packed(drawn.ids, "<i8"),
                "places": _packed(drawn.places, "<f4"),
                "groups": _packed(drawn.groups, "<u1"),
                "names": list(drawn.names),
                "total": drawn.total,
            }
        }
    )


def texts_step(context: StepContext) -> None:
    """The worker's step: the pictures of the map that are closest to each text."""
    from services.library_spaces import encoder_for
    from services.retrieval.vectors import encode_queries

    name, texts = context.payload["library"], context.payload["texts"]
    encoder = encoder_for(name)
    ids, units, _captions, _total = _sample(name, encoder)
    rows = []
    for text, query in zip(texts, encode_queries(encoder, texts), strict=True):
        cosines = units @ query
        best = np.argsort(-cosines, kind="stable")[:CLOSEST]
        rows.append({"text": text, "closest": [[int(ids[i]), round(float(cosines[i]), 4)] for i in best]})
    context.set_result({"texts": rows})


def draw(name: str, layout: Layout, encoder: Encoder) -> LibraryMap:
    """The map of the library `name` in the space of `encoder`. Raises NotFound, NotPrepared."""
    ids, units, captions, total = _sample(name, encoder)
    if not len(ids):
        return LibraryMap(ids, np.zeros((0, 2), np.float32), np.zeros(0, np.int64), (), 0)
    groups = find_groups(units)
    names = name_groups(units, groups, _tags(ids), captions, _labels_of(encoder))
    return LibraryMap(ids, project(units, layout), groups, tuple(names), total)


def _sample(name: str, encoder: Encoder) -> tuple[NDArray[np.int64], Vectors, list[str], int]:
    """(item ids, their unit search vectors, their captions, how many there are in all)."""
    from services.retrieval.fusion import fuse
    from services.retrieval.search import indexed_library
    from services.retrieval.vectors import encoder_key, unit, unpack

    library, key = indexed_library(name, encoder), encoder_key(encoder.ref)
    with read_session() as session:
        repository = LibraryVectorRepository(session)
        every = repository.ids(library.id, key)
        rows = repository.rows(spread(every, MOST), key)
    vectors = fuse(unpack([row.image for row in rows], encoder.dim), [row.caption for row in rows])
    ids = np.array([row.item_id for row in rows], np.int64)
    return ids, unit(vectors) if len(ids) else vectors, [row.text for row in rows], len(every)


def spread(values: Sequence[int], most: int) -> list[int]:
    """All of `values`, or `most` of them from first to last at even steps."""
    if len(values) <= most:
        return list(values)
    return [values[round(step)] for step in np.linspace(0, len(values) - 1, most)]


def _tags(ids: NDArray[np.int64]) -> list[tuple[str, ...]]:
    from db.repositories.library_pages import LibraryPageRepository

    with read_session() as session:
        tags = LibraryPageRepository(session).tags_of(ids.tolist())
    return [tags.get(int(item), ()) for item in ids]


def _labels_of(encoder: Encoder) -> Any:
    """What the search model calls a direction, where it has words of its own."""
    nearest = getattr(encoder, "nearest_labels", None)
    if nearest is None:
        return None
    return lambda middle: [label.name for label in nearest(middle, 12)]


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _unpacked(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=kind)
