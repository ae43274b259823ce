"""`library import-index | attach`: an index of another tool, and the pictures that belong to it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.choices import ENCODERS
from services.cli.output import Document
from services.cli.progress import teller

if TYPE_CHECKING:
    from services.storage.intake import Rejected

DEFAULT_SPACE = "kandinsky21"


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    index = actions.add_parser(
        "import-index", parents=[common], help="a library out of a flat FAISS index and its list of names"
    )
    index.add_argument("name", metavar="NAME")
    index.add_argument(
        "index", metavar="INDEX", type=Path, help="IndexFlatL2 or IndexFlatIP, also in an IDMap"
    )
    index.add_argument(
        "names", metavar="NAMES", type=Path, help="a pickle, JSON or CSV with file names alone"
    )
    index.add_argument(
        "--encoder", choices=ENCODERS, default=DEFAULT_SPACE,
        help=f"the search model that made the vectors: the files do not say (default {DEFAULT_SPACE})",
    )  # fmt: skip
    index.set_defaults(execute=_import, render=_render_import)

    attach = actions.add_parser(
        "attach", parents=[common], help="give an imported index its pictures, matched by file name"
    )
    attach.add_argument("name", metavar="NAME")
    attach.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .zip file")
    attach.set_defaults(execute=_attach, render=_render_attach)


def _import(arguments: argparse.Namespace) -> Document:
    from services.library_import import import_index

    report = import_index(
        arguments.name, arguments.index, arguments.names, arguments.encoder, teller(arguments, "imported")
    )
    return {
        "library": report.library,
        "encoder": report.encoder,
        "images": report.images,
        "added": report.added,
        "seen": report.seen,
        "duplicates": report.duplicates,
        "waiting": report.waiting,
        "rejected": _rejected(report.rejected),
        "seconds": round(report.seconds, 2),
    }


def _attach(arguments: argparse.Namespace) -> Document:
    from services.library_import import attach, require_waiting
    from services.retrieval.sources import source_for_path

    require_waiting(arguments.name)
    report = attach(arguments.name, source_for_path(arguments.path), teller(arguments, "attached"))
    return {
        "library": report.library,
        "attached": report.attached,
        "merged": report.merged,
        "waiting": report.waiting,
        "missing": list(report.missing),
        "unknown": report.unknown,
        "ambiguous": report.ambiguous,
        "rejected": _rejected(report.rejected),
        "seconds": round(report.seconds, 2),
    }


def _rejected(rejected: tuple[Rejected, ...]) -> list[Document]:
    return [{"file": r.file, "reason": str(r.reason)} for r in rejected]


def _render_import(document: Document) -> str:
    head = (
        f"{document['library']}: {document['images']} images, {document['added']} added, "
        f"{document['duplicates']} of them copies, {len(document['rejected'])} rejected, "
        f"{document['waiting']} wait for their files, {document['seconds']} s"
    )
    return "\n".join([head, *_reasons(document)])


def _render_attach(document: Document) -> str:
    head = (
        f"{document['library']}: {document['attached']} attached, {document['merged']} of them were there, "
        f"{document['unknown']} files belong to none, {document['ambiguous']} unclear, "
        f"{document['waiting']} still wait, {document['seconds']} s"
    )
    return "\n".join([head, *_reasons(document)])


def _reasons(document: Document) -> list[str]:
    return [f"  {r['file']}: {r['reason']}" for r in document["rejected"]]
