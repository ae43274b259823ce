"""`library export`: the pictures with all that is said of them, as a ZIP or a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from services.cli.output import Document
from services.cli.progress import teller


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    parser = actions.add_parser(
        "export", parents=[common], help="a ZIP or folder that `library build` reads back"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="PATH", help="FILE.zip, or a folder that is empty or new"
    )
    parser.add_argument("--vectors", action="store_true", help="also vectors.npy, a row for each line")
    parser.set_defaults(execute=_export, render=_render, failed=lambda document: bool(document["rejected"]))


def _export(arguments: argparse.Namespace) -> Document:
    from services.library_export import export_library

    report = export_library(arguments.name, arguments.out, arguments.vectors, teller(arguments, "written"))
    return {
        "library": report.library,
        "file": str(arguments.out),
        "images": report.items,
        "waiting": report.waiting,
        "encoder": report.encoder,
        "rejected": [{"file": r.file, "reason": str(r.reason)} for r in report.rejected],
        "seconds": round(report.seconds, 2),
    }


def _render(document: Document) -> str:
    head = f"{document['file']}: {document['images']} images, {document['seconds']} s"
    if document["waiting"]:
        head += f"; {document['waiting']} have no picture yet and are listed in waiting.jsonl"
    return "\n".join([head, *(f"  {r['file']}: {r['reason']}" for r in document["rejected"])])
