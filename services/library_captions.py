"""What edited captions mean to each search model: encoded anew in the worker, because pages load no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.repositories.library_pages import LibraryPageRepository, library_by_name
from services.choices import ENCODERS, EngineChoice
from services.database import read_session, unit_of_work
from services.errors import EngineUnavailable
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.people import Role, require
from services.retrieval.refusals import no_library

if TYPE_CHECKING:
    from services.jobs.worker import StepContext
    from services.parts import Encoder


def read_captions(name: str, ids: Sequence[int]) -> str:
    """Have the captions of these items read by the library's search models; the run's id."""
    require(Role.CREATOR)
    payload = {"library": name, "items": list(ids)}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("recaption", payload)])


def recaption_step(context: StepContext) -> None:
    """The worker's step. A model that is not on this machine is left out: there the picture alone counts."""
    require(Role.CREATOR)
    name, ids = context.payload["library"], context.payload["items"]
    with read_session() as session:
        library = library_by_name(session, name)
        if library is None:
            raise no_library(name)
        keys = LibraryPageRepository(session).encoders_of(library.id)
    done = 0
    for place, (key, encoder) in enumerate(encoders_on_hand(keys).items(), start=1):
        done = max(done, recaption(name, ids, key, encoder))
        context.progress(place / len(keys))
    context.set_result({"library": name, "recaptioned": done})


def recaption(name: str, ids: Sequence[int], key: str, encoder: Encoder) -> int:
    """Encode the captions of `ids` into the space `key`; how many vectors were written.

    A caption that changes meanwhile is left to the run of that change.
    """
    require(Role.CREATOR)
    from services.retrieval.encode import encode_captions

    with read_session() as session:
        library = library_by_name(session, name)
        rows = LibraryPageRepository(session).of_library(library.id, ids) if library else []
        captions = {row.id: row.caption for row in rows if row.caption}
    packed = dict(zip(captions, encode_captions(encoder, list(captions.values())), strict=True))
    if not any(packed.values()):
        return 0
    with unit_of_work() as work:
        repository = LibraryPageRepository(work.session)
        library = library_by_name(work.session, name, lock=True)
        if library is None:
            return 0
        rows = repository.of_library(library.id, list(packed))
        vectors = repository.vectors([r.id for r in rows if r.caption == captions[r.id]], key)
        for row in vectors.values():
            row.caption, row.version = packed[row.item_id], library.version + 1
        library.version += 1
        work.commit()
        return len(vectors)


def encoders_on_hand(keys: Sequence[str]) -> dict[str, Encoder]:
    """Of the spaces `keys` those whose search model can run here."""
    from services.engines import get_encoder, require_ready
    from services.retrieval.vectors import encoder_key

    found: dict[str, Encoder] = {}
    for name in ENCODERS:
        try:
            encoder = get_encoder(name)
            key = encoder_key(encoder.ref)
            if key in keys:
                require_ready(EngineChoice(encoder=name), ("encoder",))
                found[key] = encoder
        except EngineUnavailable:
            continue
    return found
