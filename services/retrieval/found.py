"""One hit of a search, and why it is one. Data alone: pages word it, the queue carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Label:
    """Something the picture shows that the query is close to; `share` of the similarity it brings, 0..1."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Why:
    """What made the similarity, as far as the search model can tell.

    `labels`: strongest first; only where the model reads pictures by labels (lite), else ().
    `words`: words of the caption that the query says too, as the caption writes them.
    `caption`: share of the similarity that the caption brings, 0..1; the picture brings the rest. None for
    an item whose caption takes no part: it has none, or the model reads none (CLIP).
    `text`: share that the query's words bring, 0..1, its picture the rest. None where it had one of the two.
    """

    labels: tuple[Label, ...] = ()
    words: tuple[str, ...] = ()
    caption: float | None = None
    text: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One hit. `similarity` is a cosine, -1..1, higher is better.

    `pictured` is False for an item of which only the vector is here: there is nothing to show.
    `licence`, `attribution` and `source_url` are None where they are not known.
    """

    item_id: int
    sha256: str
    file_name: str
    caption: str
    similarity: float
    why: Why = Why()
    tags: tuple[str, ...] = ()
    licence: str | None = None
    attribution: str | None = None
    source_url: str | None = None
    pictured: bool = True

    def because(self, why: Why) -> Found:
        return replace(self, why=why)


def to_payload(hit: Found) -> dict[str, Any]:
    """JSON of `hit` for a run's result."""
    return asdict(hit)


def from_payload(payload: Mapping[str, Any]) -> Found:
    """As it was; what an earlier release did not write has its default, what a later one adds is left out."""
    data = {name: payload[name] for name in Found.__dataclass_fields__ if name in payload}
    why = data.get("why") or {}
    labels = tuple(Label(label["name"], label["share"]) for label in why.get("labels", ()))
    data["why"] = Why(labels, tuple(why.get("words", ())), why.get("caption"), why.get("text"))
    return Found(**{**data, "tags": tuple(data.get("tags", ()))})
