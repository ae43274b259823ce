"""Exports as runs in the queue: the page asks, the worker packs, the page offers the file.

run_id = start_export(session_id, options, words)
exports_of(session_id)[0]      # newest first: name, size, what was left out
open_export(key)               # a file to read from, at the click
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from db.base import now
from db.repositories.exports import ExportRepository
from services import audit, sessions
from services.database import read_session, unit_of_work
from services.domain import Placement, Variant
from services.errors import InvalidInput, NotFound
from services.export import files
from services.export.marks import marks_of
from services.export.options import ExportOptions, wanted
from services.export.words import LABELS, Words
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.messages import N_, Message
from services.people import Role, require
from services.records import messages_data, messages_value
from services.storage.files import write_whole

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

LISTED = 5
"""Exports that a session's page offers."""

PREVIEW_SIDE = 720
"""Px: three previews stand in a row on a page."""

NAME_CHARS = 48


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export. `kept`: its file is there still. `problems` say what was left out."""

    key: str
    name: str
    bytes: int
    variants: int
    images: int
    at: datetime
    problems: tuple[Message, ...]
    kept: bool


def start_export(session_id: str, options: ExportOptions, words: Words) -> str:
    """Ask for a ZIP; the run's id. Raises NotAllowed, NotFound, InvalidInput (nothing to export)."""
    require(Role.REVIEWER)
    view = sessions.load(session_id)
    wanted(view.variants, marks_of(session_id), options.scope)
    table = {label: words.table[label] for label in LABELS if label in words.table}
    payload = {
        "options": options.to_dict(),
        "language": words.language,
        "table": table,
        "at": now().isoformat(timespec="seconds"),
    }
    digest = hashlib.sha256(json.dumps(payload["options"], sort_keys=True).encode()).hexdigest()[:16]
    run_id = queue.submit(
        RunKind.EXPORT,
        session_id,
        payload,
        [StepSpec("export")],
        dedupe_key=f"export:{session_id}:{digest}",
    )
    with unit_of_work() as work:
        audit.record(
            work.session,
            "session.exported",
            session_id=session_id,
            campaign_id=view.campaign_id,
            sizes=[p.value for p in options.placements],
            scope=options.scope.value,
        )
        work.commit()
    return run_id


def exports_of(session_id: str) -> list[Export]:
    """The session's latest exports, newest first. Raises NotAllowed."""
    require(Role.REVIEWER)
    with read_session() as session:
        results = ExportRepository(session).results(session_id, RunKind.EXPORT.value, LISTED)
    return [_export(result["export"]) for result in results if "export" in result]


def open_export(key: str) -> BinaryIO:
    """The ZIP, open for reading. Raises NotAllowed, NotFound when it was removed."""
    require(Role.REVIEWER)
    return files.existing(key).open("rb")


def start_preview(variant_id: int, placements: Sequence[Placement]) -> str | None:
    """Ask for pictures of the variant in these sizes with their safe zones; None: all are there."""
    require(Role.REVIEWER)
    session_id, variant = _variant(variant_id)
    missing = [p.value for p in placements if not files.preview_path(variant.sha256, p).is_file()]
    if not missing:
        return None
    payload = {"variant": variant_id, "placements": missing}
    return queue.submit(
        RunKind.PREVIEW,
        session_id,
        payload,
        [StepSpec("preview")],
        dedupe_key=f"preview:{variant.sha256}:{','.join(missing)}",
    )


def preview_of(variant: Variant, placement: Placement) -> bytes | None:
    """JPEG bytes of a preview that was made, else None."""
    try:
        return files.preview_path(variant.sha256, placement).read_bytes()
    except OSError:
        return None


# --- the worker's steps --------------------------------------------------------------------------


def export(context: StepContext) -> None:
    """Pack the ZIP and keep it. A second attempt writes it anew."""
    from services.engines import get_engine
    from services.export.package import write_package

    payload, session_id = context.run.payload, context.session_id
    if session_id is None:
        raise InvalidInput(N_("This run belongs to no session. Start it again from the Sessions page."))
    files.sweep()
    at = datetime.fromisoformat(payload["at"])
    options = ExportOptions.from_dict(payload["options"])
    words = Words(payload["language"], payload["table"])
    composer = get_engine("lite").generator
    key, report = files.keep(
        context.run.id,
        lambda path: write_package(session_id, options, path, composer, at, words, context.progress),
    )
    context.set_result(
        {
            "export": {
                "key": key,
                "name": file_name(sessions.load(session_id).brief.topic, at),
                "bytes": files.existing(key).stat().st_size,
                "variants": report.variants,
                "images": report.images,
                "at": payload["at"],
                "problems": messages_data(report.problems),
            }
        }
    )


def preview(context: StepContext) -> None:
    """Fit one variant to its placements and keep small pictures of them."""
    from services.engines import get_engine
    from services.export.package import decoded, small_jpeg
    from services.export.placements import fit
    from services.export.safe_zones import preview as draw
    from services.storage.images import get_store

    payload, store = context.run.payload, get_store()
    _, variant = _variant(payload["variant"])
    picture, composer = decoded(store.verify(variant.sha256)), get_engine("lite").generator
    placements = [Placement(value) for value in payload["placements"]]
    for number, placement in enumerate(placements):
        context.progress(number / len(placements))
        fitted = fit(variant, picture, placement, composer, store.open)
        shown = draw(fitted.image, placement, PREVIEW_SIDE)
        write_whole(files.preview_path(variant.sha256, placement), small_jpeg(shown, PREVIEW_SIDE))


def file_name(topic: str, at: datetime) -> str:
    """ "A-dog-in-a-yellow-hoodie_2026-11-21.zip": letters and digits of any script, nothing else."""
    words = re.sub(r"[^\w]+", "-", topic)[:NAME_CHARS].strip("-_")
    return f"{words or 'session'}_{at:%Y-%m-%d}.zip"


def _export(data: dict[str, Any]) -> Export:
    return Export(
        key=data["key"],
        name=data["name"],
        bytes=data["bytes"],
        variants=data["variants"],
        images=data["images"],
        at=datetime.fromisoformat(data["at"]),
        problems=messages_value(data["problems"]),
        kept=files.path_of(data["key"]).is_file(),
    )


def _variant(variant_id: int) -> tuple[str, Variant]:
    session_id = sessions.session_of(variant_id)
    if session_id is None:
        raise NotFound(N_("There is no variant {id} here any more. Reload the page."), id=variant_id)
    return session_id, next(v for v in sessions.load(session_id).variants if v.id == variant_id)
