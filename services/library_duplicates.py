"""Duplicates of a library: found at a chosen likeness, shown as pairs, kept, merged or dropped.

A copy is marked and left out of searches until somebody decides. Every decision counts at once. Pictures
themselves stay in the store: sessions keep showing what they used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from db.repositories.duplicates import DuplicateRepository
from db.tables import Item, Library
from services import audit
from services.database import read_session, unit_of_work
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.messages import N_
from services.parts import Progress
from services.people import Role, require
from services.retrieval.refusals import built_in, no_library

if TYPE_CHECKING:
    from services.jobs.worker import StepContext
    from services.retrieval.dedupe import DedupeReport

THRESHOLD = 0.95
"""A picture saved again at half its size or in another quality lies above this in every search model here."""

THRESHOLDS = (0.8, 0.999)
"""Below, other pictures of the same thing are meant; above, nothing but the very same bytes."""

PER_PAGE = 100
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Side:
    """One of two pictures that look the same. `bytes` is None where the size is not known."""

    id: int
    sha256: str
    file_name: str
    caption: str
    tags: tuple[str, ...]
    licence: str
    attribution: str
    width: int
    height: int
    bytes: int | None
    pictured: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A copy beside what it shows again. `similarity` is their cosine, None where nobody measured it.

    `identical`: their vectors are equal to the last bit, and so was what they were made of.
    """

    original: Side
    copy: Side
    similarity: float | None
    identical: bool


@dataclass(frozen=True, slots=True)
class PairPage:
    pairs: tuple[Pair, ...]
    total: int
    page: int
    per_page: int


def pairs(name: str, page: int = 1, per_page: int = 12) -> PairPage:
    """One page of undecided pairs, numbered from 1; copies of one picture follow each other.

    Raises NotFound.
    """
    page, per_page = max(page, 1), min(max(per_page, 1), PER_PAGE)
    with read_session() as session:
        repository = DuplicateRepository(session)
        library = repository.library(name)
        if library is None:
            raise no_library(name)
        rows = repository.pairs(library.id, (page - 1) * per_page, per_page)
        tags = repository.tags([item.id for row in rows for item in row])
        return PairPage(
            tuple(_pair(original, copy, tags) for original, copy in rows),
            repository.count(library.id),
            page,
            per_page,
        )


def marked(name: str) -> list[int]:
    """The ids of all copies that wait for a decision. Raises NotFound."""
    with read_session() as session:
        repository = DuplicateRepository(session)
        library = repository.library(name)
        if library is None:
            raise no_library(name)
        found: list[int] = []
        while more := repository.marked_ids(library.id, found[-1] if found else 0, 10_000):
            found += more
        return found


# --- decisions: `ids` are those of the copies ------------------------------------------------------


def keep(name: str, ids: Sequence[int]) -> int:
    """Keep both pictures of each pair: they are found again, and not marked again. How many pairs.

    Ids that are no copies any more are left out, here and below. Raises NotFound, Conflict (built in).
    """
    require(Role.CREATOR)

    def settle(repository: DuplicateRepository, library: Library, copies: list[Item]) -> None:
        originals = repository.items({c.duplicate_of for c in copies if c.duplicate_of}, library.id)
        for original in originals.values():
            original.kept = True
        for copy in copies:
            copy.kept, copy.duplicate_of, copy.duplicate_similarity = True, None, None
        repository.renew([copy.id for copy in copies], library.version)

    return _decide(name, ids, "library.kept", settle)


def merge(name: str, ids: Sequence[int]) -> int:
    """Let one picture stay of each pair, the original: it takes what the copy knows and it does not
    (caption, tags, licence, attribution, source). How many copies went."""
    require(Role.CREATOR)
    from services.retrieval.merging import merge as join

    def settle(repository: DuplicateRepository, library: Library, copies: list[Item]) -> None:
        for original, goes in _by_original(repository, library, copies):
            join(repository, original, goes, library.version)

    return _decide(name, ids, "library.merged", settle)


def drop(name: str, ids: Sequence[int]) -> int:
    """Take the copies out of the library, with what is said of them. How many went."""
    require(Role.CREATOR)

    def settle(repository: DuplicateRepository, library: Library, copies: list[Item]) -> None:
        stays = {copy.id: copy.duplicate_of for copy in copies}
        for other in repository.copies_of(list(stays)):
            other.duplicate_of = stays[other.duplicate_of or 0]
        repository.delete(copies)

    return _decide(name, ids, "library.dropped", settle)


def prefer(name: str, copy_id: int) -> int:
    """Make the copy the one that stays, the original its copy: it may be the larger file. 1, or 0 when it
    is no copy any more."""
    require(Role.CREATOR)

    def settle(repository: DuplicateRepository, library: Library, copies: list[Item]) -> None:
        for original, [copy] in _by_original(repository, library, copies):
            for other in repository.copies_of([original.id]):
                other.duplicate_of = copy.id
            original.duplicate_of, original.duplicate_similarity = copy.id, copy.duplicate_similarity
            copy.duplicate_of = copy.duplicate_similarity = None
            repository.renew([original.id, copy.id], library.version)

    return _decide(name, [copy_id], "library.preferred", settle)


def _decide(
    name: str,
    ids: Sequence[int],
    action: str,
    settle: Callable[[DuplicateRepository, Library, list[Item]], None],
) -> int:
    """One transaction for each AT_ONCE copies: a long one would hold up everybody who writes."""
    done = 0
    for start in range(0, len(ids), AT_ONCE):
        with unit_of_work() as work:
            repository = DuplicateRepository(work.session)
            library = repository.library(name)
            if library is None:
                raise no_library(name)
            if library.built_in:
                raise built_in(name)
            items = repository.items(list(ids[start : start + AT_ONCE]), library.id).values()
            copies = [item for item in items if item.duplicate_of is not None]
            if copies:
                library.version += 1
                settle(repository, library, copies)
                audit.record(work.session, action, library=name, items=len(copies))
                work.commit()
                done += len(copies)
    return done


def _by_original(
    repository: DuplicateRepository, library: Library, copies: Sequence[Item]
) -> list[tuple[Item, list[Item]]]:
    originals = repository.items({c.duplicate_of for c in copies if c.duplicate_of}, library.id)
    return [(original, [c for c in copies if c.duplicate_of == key]) for key, original in originals.items()]


def _pair(original: Item, copy: Item, tags: dict[int, set[str]]) -> Pair:
    similarity = copy.duplicate_similarity
    identical = similarity is not None and similarity >= 1.0
    return Pair(_side(original, tags), _side(copy, tags), similarity, identical)


def _side(item: Item, tags: dict[int, set[str]]) -> Side:
    return Side(
        item.id, item.sha256, item.file_name, item.caption, tuple(sorted(tags.get(item.id, ()))),
        item.licence or "", item.attribution or "", item.width, item.height, item.bytes, item.pictured,
    )  # fmt: skip


# --- looking for more ------------------------------------------------------------------------------


def dedupe(
    name: str,
    threshold: float = THRESHOLD,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DedupeReport:
    """Look through the whole library; marks follow `threshold` (cosine), decisions stay as they are.

    Raises NotFound, InvalidInput, Conflict, Cancelled.
    """
    require(Role.CREATOR)
    from services.retrieval.dedupe import dedupe as look_through

    _check(name, threshold)
    return look_through(name, threshold, progress, cancelled)


def start_dedupe(name: str, threshold: float = THRESHOLD) -> str:
    """The same as a run; its id. A double click is one run."""
    require(Role.CREATOR)
    _check(name, threshold)
    payload = {"library": name, "threshold": threshold}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("dedupe", payload)])


def looking(name: str) -> RunView | None:
    """The unfinished run that looks through the library, if there is one."""
    runs = (run for run in queue.active() if run.kind is RunKind.LIBRARY)
    return next((r for r in runs if r.payload.get("library") == name and "threshold" in r.payload), None)


def dedupe_step(context: StepContext) -> None:
    """The worker's step."""
    payload = context.payload
    report = dedupe(payload["library"], float(payload["threshold"]), context.progress)
    context.set_result(asdict(report))


def _check(name: str, threshold: float) -> None:
    low, high = THRESHOLDS
    if not (math.isfinite(threshold) and low <= threshold <= high):
        raise InvalidInput(
            N_("The likeness is between {low} and {high}. Choose a figure in that range."), low=low, high=high
        )
    with read_session() as session:
        library = DuplicateRepository(session).library(name)
    if library is None:
        raise no_library(name)
    if library.built_in:
        raise built_in(name)
