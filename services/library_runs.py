"""Filling and searching a library as runs in the queue: pages load no model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services import inbox
from services.choices import EngineChoice
from services.engines import get_encoder, require_ready
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.libraries import BACKDROPS_LIBRARY, get_library
from services.library_spaces import encoder_for
from services.messages import N_, Message
from services.people import Role, require
from services.retrieval import found as found_payload
from services.retrieval import query as query_payload
from services.retrieval.found import Found
from services.retrieval.query import LibraryQuery

if TYPE_CHECKING:
    from services.jobs.worker import StepContext


def start_folder_library(name: str, path: str) -> str:
    """Add the pictures of a folder, or of a ZIP file, of this machine. Raises InvalidInput at once."""
    require(Role.ADMIN)
    from services.retrieval.sources import source_for_path

    source_for_path(Path(path))
    return _submit(name, {"path": path})


def start_uploads_library(name: str, files: Sequence[tuple[str, bytes]]) -> str:
    """Add uploaded files, given as (name, bytes)."""
    require(Role.CREATOR)
    return _submit(name, {"inbox": inbox.keep(files)})


def start_manifest_library(name: str, path: str) -> str:
    """Add what a manifest of this machine lists. Raises InvalidInput at once."""
    require(Role.ADMIN)
    from services.retrieval.sources_manifest import ManifestSource

    ManifestSource(Path(path))
    return _submit(name, {"manifest": path})


def start_library_copy(name: str, source: str) -> str:
    """Add the pictures of the library `source`, with all that is said of them. Raises NotFound."""
    require(Role.CREATOR)
    get_library(source)
    if name == source:
        raise InvalidInput(N_("{name} cannot be added to itself. Choose another library."), name=name)
    return _submit(name, {"from": source})


def start_unsplash_library(name: str, term: str, count: int) -> str:
    """Add the first `count` photos that Unsplash finds. Raises InvalidInput, EngineUnavailable (no key)."""
    require(Role.CREATOR)
    from services.retrieval.sources_unsplash import UnsplashSource

    UnsplashSource(term, count)
    return _submit(name, {"unsplash": term.strip(), "count": count})


def start_reindex(name: str, encoder: str) -> str:
    """Prepare the library `name` for the search model `encoder`; the run's id. A double click is one run.

    Stopped or failed half-way, `queue.retry` goes on where it was. Raises NotFound, InvalidInput, and
    EngineUnavailable where the model is not on this machine.
    """
    require(Role.CREATOR)
    require_ready(EngineChoice(encoder=encoder), ("encoder",))
    if name != BACKDROPS_LIBRARY:
        get_library(name)
    payload = {"library": name, "encoder": encoder}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("reindex", payload)])


def preparing(name: str, encoder: str) -> RunView | None:
    """The unfinished run that prepares the library `name` for `encoder`, if there is one."""
    wanted = {"library": name, "encoder": encoder}
    return next((run for run in queue.active() if run.payload == wanted), None)


def find(name: str, query: LibraryQuery) -> str:
    """Search the library in the worker; the run's id. Its result is read with `found` and `notices`.

    Raises InvalidInput at once for what cannot be searched for.
    """
    payload = {"library": name, "query": query_payload.to_payload(query.checked())}
    return queue.submit(RunKind.SEARCH, payload=payload, steps=[StepSpec("search", payload)])


def found(run: RunView) -> list[Found]:
    """What a finished search found, best first, each with the reason why."""
    return [found_payload.from_payload(match) for match in (run.result or {}).get("matches", [])]


def notices(run: RunView) -> list[Message]:
    """What the reader of a finished search should know: text that the search model could not read."""
    return [Message(n["template"], n["values"]) for n in (run.result or {}).get("notices", [])]


def _submit(name: str, source: dict[str, Any]) -> str:
    payload = {"library": name, **source}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("ingest", payload)])


def search(context: StepContext) -> None:
    """The worker's step of a search."""
    from services.libraries import find as find_in

    name = context.payload["library"]
    answer = find_in(name, query_payload.from_payload(context.payload), encoder_for(name))
    context.set_result(
        {
            "matches": [found_payload.to_payload(hit) for hit in answer.found],
            "notices": [{"template": n.template, "values": n.values} for n in answer.notices],
        }
    )


def ingest(context: StepContext) -> None:
    """The worker's step: read the source, add what is new, report what was refused."""
    from services.libraries import build
    from services.library_sources import report_values, source_of

    payload = context.payload
    source, encoder = source_of(payload), encoder_for(payload["library"])
    report = build(payload["library"], source, encoder, context.progress)
    context.set_result(report_values(report))
    if uploaded := payload.get("inbox"):
        inbox.remove(uploaded)


def reindex(context: StepContext) -> None:
    """The worker's step: what the library has no vector for yet, batch by batch."""
    from services.libraries import ensure_backdrops
    from services.libraries import reindex as reindex_library

    name, encoder = context.payload["library"], context.payload["encoder"]
    if name == BACKDROPS_LIBRARY:  # drawn with the bundled model, whatever they are prepared for
        ensure_backdrops(get_encoder("lite"))
    done = reindex_library(name, get_encoder(encoder), context.progress)
    context.set_result({"library": name, "encoder": encoder, "encoded": done})
