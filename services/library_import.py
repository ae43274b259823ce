"""Libraries of other tools: a FAISS index with its list of names, and the pictures that join later.

What the CLI calls at once, pages put into the queue: `start_import` and the `start_attach_*`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services import inbox
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.messages import N_
from services.parts import Progress
from services.people import Role, require
from services.retrieval.refusals import BACKDROPS_LIBRARY, built_in, checked_name

if TYPE_CHECKING:
    from services.jobs.worker import StepContext
    from services.retrieval.legacy.attach import AttachReport
    from services.retrieval.legacy.importing import ImportReport
    from services.retrieval.sources import Source
    from services.storage.intake import Rejected

DEFAULT_SPACE = "kandinsky21"
"""CLIP ViT-L/14 with 768 numbers, in which pictures were indexed for Kandinsky 2.1."""

REFUSALS_KEPT = 1_000
"""Of one run's result; more are counted, not listed."""

Cancel = Callable[[], bool]


def import_index(
    name: str,
    index: Path,
    names: Path,
    encoder: str = DEFAULT_SPACE,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
    called: tuple[str, str] = ("", ""),
) -> ImportReport:
    """Make the pair of files a library `name`, or add it to one of the same search model.

    `encoder` (of `choices.ENCODERS`) made the vectors: the files do not say. `called` are the files' own
    names where they lie under others. Raises InvalidInput (files, dimension, name), Conflict, Cancelled.
    """
    require(Role.CREATOR)
    from services.retrieval.legacy.importing import import_pair
    from services.retrieval.legacy.pair import open_pair
    from services.retrieval.legacy.spaces import import_space

    clean = _own(name)
    pair = open_pair(index, names, *called)
    return import_pair(clean, pair, import_space(encoder, pair.dim), progress, cancelled)


def attach(
    name: str, source: Source, progress: Progress | None = None, cancelled: Cancel | None = None
) -> AttachReport:
    """Give items that wait the pictures of `source` that are called like them. Raises NotFound,
    InvalidInput (nothing waits, no such source), Cancelled."""
    require(Role.CREATOR)
    from services.retrieval.legacy.attach import attach as attach_pictures

    return attach_pictures(_own(name), source, progress, cancelled)


def require_waiting(name: str) -> None:
    """Raises InvalidInput when every item of the library has its picture, NotFound."""
    if not waiting(name):
        raise InvalidInput(
            N_("All pictures of {library} have their files. There is nothing to attach."), library=name
        )


def waiting(name: str) -> int:
    """How many items of the library have no picture yet. Raises NotFound."""
    from db.repositories.library_imports import LibraryImportRepository
    from services.database import read_session
    from services.retrieval.refusals import no_library

    with read_session() as session:
        library = LibraryImportRepository(session).library(name)
        if library is None:
            raise no_library(name)
        return LibraryImportRepository(session).count_waiting(library.id)


# --- as runs -------------------------------------------------------------------------------------


def start_import(name: str, index: tuple[str, bytes], names: tuple[str, bytes], encoder: str) -> str:
    """Import an uploaded pair, given as (file name, bytes) each; the run's id.

    Both are read first, so that what cannot be imported is said at once. Raises as `import_index`.
    """
    require(Role.CREATOR)
    from services.retrieval.legacy.flat_index import read_flat_index
    from services.retrieval.legacy.pair import pair_up
    from services.retrieval.legacy.path_list import read_path_list
    from services.retrieval.legacy.spaces import import_space

    clean = _own(name)
    pair = pair_up(read_flat_index(index[1], index[0]), read_path_list(names[1], names[0]), index[0])
    import_space(encoder, pair.dim)
    payload = {"library": clean, "encoder": encoder, "inbox": inbox.keep([index, names])}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("import_index", payload)])


def start_attach_uploads(name: str, files: Sequence[tuple[str, bytes]]) -> str:
    """Attach uploaded pictures, or a ZIP of them, given as (name, bytes); the run's id."""
    require(Role.CREATOR)
    if not files:
        raise InvalidInput(N_("There is nothing to add yet. Choose pictures, a ZIP file or a folder first."))
    return _start_attach(name, {"inbox": inbox.keep(files)})


def start_attach_folder(name: str, path: str) -> str:
    """Attach the pictures of a folder, or of a ZIP file, of this machine. Raises InvalidInput at once."""
    require(Role.ADMIN)
    from services.retrieval.sources import source_for_path

    source_for_path(Path(path))
    return _start_attach(name, {"path": path})


def _start_attach(name: str, source: dict[str, Any]) -> str:
    require_waiting(name)
    payload = {"library": _own(name), **source}
    return queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("attach", payload)])


def import_step(context: StepContext) -> None:
    """The worker's step: read both files, add what is new. Run again, it goes on where it was."""
    payload = context.payload
    (index_name, index), (names_name, names) = inbox.paths(payload["inbox"])
    report = import_index(
        payload["library"], index, names, payload["encoder"], context.progress,
        called=(index_name, names_name),
    )  # fmt: skip
    context.set_result({**asdict(report), **_refusals(report.rejected)})
    inbox.remove(payload["inbox"])


def attach_step(context: StepContext) -> None:
    """The worker's step: match the files to the items that still wait. Run again, it goes on."""
    from services.retrieval.sources import source_for_path
    from services.retrieval.sources_upload import UploadSource

    payload = context.payload
    uploaded = payload.get("inbox")
    source = UploadSource(inbox.read(uploaded)) if uploaded else source_for_path(Path(payload["path"]))
    report = attach(payload["library"], source, context.progress)
    context.set_result({**asdict(report), "missing": list(report.missing), **_refusals(report.rejected)})
    if uploaded:
        inbox.remove(uploaded)


def _refusals(rejected: Sequence[Rejected]) -> dict[str, Any]:
    """As the ingest's result has them, and how many there were."""
    listed = [
        {"file": r.file, "reason": {"template": r.reason.template, "values": dict(r.reason.values)}}
        for r in rejected[:REFUSALS_KEPT]
    ]
    return {"rejected": listed, "refused": len(rejected)}


def _own(name: str) -> str:
    clean = checked_name(name)
    if clean == BACKDROPS_LIBRARY:
        raise built_in(clean)
    return clean
