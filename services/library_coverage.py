"""What a library has for a brief: each of its parts against the pictures, and what is missing.

One search run answers it: the texts are searched for in the worker, and a picture counts where its
similarity reaches the search model's relevance floor, below which it is more likely wrong than right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.library_map import checked_texts

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

LOOKED_AT = 200
"""The most pictures that are counted for a text; more are said to be "200 or more"."""

SHOWN = 6
"""Pictures that are shown of each text."""

FEW = 3
"""Fewer right pictures than this leave no choice to the filters and the eye."""


class Answer(StrEnum):
    """How well a text is answered."""

    GOOD = "good"  # there is a choice
    THIN = "thin"  # something, yet fewer than FEW
    NONE = "none"  # nothing reaches the floor


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture close to a text; `similarity` is their cosine, -1..1."""

    item_id: int
    sha256: str
    name: str
    similarity: float
    pictured: bool = True


@dataclass(frozen=True, slots=True)
class TextCoverage:
    """One text: how many pictures reach the floor, and the closest ones, whether they do or not."""

    text: str
    above: int
    top: tuple[Hit, ...]

    @property
    def best(self) -> float | None:
        return self.top[0].similarity if self.top else None

    @property
    def answer(self) -> Answer:
        if self.above == 0:
            return Answer.NONE
        return Answer.THIN if self.above < FEW else Answer.GOOD

    @property
    def counted_out(self) -> bool:
        """There may be more than were counted."""
        return self.above >= LOOKED_AT


@dataclass(frozen=True, slots=True)
class LibraryCoverage:
    """All texts of one check, in their order, and the floor that they were held against."""

    texts: tuple[TextCoverage, ...]
    floor: float

    @property
    def missing(self) -> tuple[TextCoverage, ...]:
        return tuple(text for text in self.texts if text.answer is Answer.NONE)

    @property
    def answered(self) -> int:
        return len(self.texts) - len(self.missing)


def ask(name: str, texts: Sequence[str]) -> str:
    """Check the library `name` for `texts` in the worker; the run's id. Raises InvalidInput."""
    payload = {"library": name, "texts": checked_texts(texts)}
    return queue.submit(RunKind.SEARCH, payload=payload, steps=[StepSpec("coverage", payload)])


def read(run: RunView) -> LibraryCoverage:
    """What a finished check found."""
    kept = (run.result or {})["coverage"]
    texts = [
        TextCoverage(row["text"], row["above"], tuple(Hit(**hit) for hit in row["top"]))
        for row in kept["texts"]
    ]
    return LibraryCoverage(tuple(texts), kept["floor"])


def coverage_step(context: StepContext) -> None:
    """The worker's step: search for every text at once and hold the hits against the floor."""
    from services.libraries import search
    from services.library_spaces import encoder_for

    name, texts = context.payload["library"], context.payload["texts"]
    encoder = encoder_for(name)
    floor = encoder.relevance_floor
    rows: list[Mapping[str, Any]] = []
    for text, hits in zip(texts, search(name, texts, LOOKED_AT, encoder), strict=True):
        top = [
            {
                "item_id": hit.item_id,
                "sha256": hit.sha256,
                "name": hit.caption or hit.file_name,
                "similarity": hit.similarity,
                "pictured": hit.pictured,
            }
            for hit in hits[:SHOWN]
        ]
        rows.append({"text": text, "above": sum(hit.similarity >= floor for hit in hits), "top": top})
    context.set_result({"coverage": {"texts": rows, "floor": floor}})
