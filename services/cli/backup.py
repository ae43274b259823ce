"""`backup FILE | restore FILE | sweep`: keep a studio, bring it back, take away what nobody refers to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.cli.output import Document


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    keep = commands.add_parser("backup", parents=[common], help="write everything into one file; any time")
    keep.add_argument("file", type=Path, metavar="FILE", help="a name such as studio-2026-11-22.tar")
    keep.add_argument("--without-images", action="store_true", help="the database alone, for every night")
    keep.set_defaults(execute=_back_up, render=_render_backup)
    back = commands.add_parser(
        "restore", parents=[common], help="put a backup in place; stop the studio first"
    )
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument(
        "--replace", action="store_true", help="also where there is work already; that is copied aside first"
    )
    back.set_defaults(execute=_restore, render=_render_restore)
    sweep = commands.add_parser("sweep", parents=[common], help="find files that nobody refers to")
    sweep.add_argument("--remove", action="store_true", help="remove them; without it they are only counted")
    sweep.add_argument(
        "--grace-hours", type=float, default=None, metavar="N", help="spare what is younger; 24 at the least"
    )
    sweep.set_defaults(execute=_sweep, render=_render_sweep)


def _back_up(arguments: argparse.Namespace) -> Document:
    from services.backup.write import back_up

    report = back_up(arguments.file.absolute(), not arguments.without_images, _progress(arguments))
    return {
        "file": str(arguments.file),
        "bytes": report.bytes,
        "images": report.images,
        "rows": report.counts,
        "missing": list(report.missing),
    }


def _render_backup(document: Document) -> str:
    rows = document["rows"]
    lines = [
        f"{document['file']}: {document['bytes'] / 1e6:.1f} MB, {rows['sessions']} sessions with "
        f"{rows['variants']} variants, {document['images']} pictures."
    ]
    if document["missing"]:
        lines.append(
            f"{len(document['missing'])} pictures that sessions name were missing or damaged: "
            "run doctor to see which."
        )
    return "\n".join(lines)


def _restore(arguments: argparse.Namespace) -> Document:
    from services.backup.restore import restore

    done = restore(arguments.file.absolute(), arguments.replace, _progress(arguments))
    return {
        "images": done.images,
        "rows": done.counts,
        "made": done.made_at,
        "aside": str(done.aside) if done.aside else None,
    }


def _render_restore(document: Document) -> str:
    rows = document["rows"]
    said = (
        f"Restored the backup of {document['made']}: {rows.get('sessions', 0)} sessions with "
        f"{rows.get('variants', 0)} variants, {document['images']} pictures."
    )
    return f"{said}\nWhat was here before: {document['aside']}" if document["aside"] else said


def _sweep(arguments: argparse.Namespace) -> Document:
    from services.storage.sweep import GRACE_HOURS, sweep

    hours = GRACE_HOURS if arguments.grace_hours is None else arguments.grace_hours
    found = sweep(arguments.remove, hours)
    return {
        "removed": found.removed,
        "pictures": found.orphans,
        "picture_bytes": found.orphan_bytes,
        "unfinished": found.temporary,
        "unfinished_bytes": found.temporary_bytes,
        "kept": found.kept,
    }


def _render_sweep(document: Document) -> str:
    size = (document["picture_bytes"] + document["unfinished_bytes"]) / 1e6
    what = (
        f"{document['pictures']} pictures of no session or library, {document['unfinished']} unfinished files"
    )
    if document["removed"]:
        return f"Removed {what}: {size:.1f} MB. {document['kept']} pictures stay."
    return f"{what}: {size:.1f} MB. Nothing was removed; sweep --remove does it. {document['kept']} stay."


def _progress(arguments: argparse.Namespace) -> Callable[[float], None] | None:
    """Per cent on a terminal's standard error; nothing in a pipe or for --json."""
    if arguments.json or not sys.stderr.isatty():
        return None
    last = -1

    def tell(share: float) -> None:
        nonlocal last
        if int(share * 100) > last:
            last = int(share * 100)
            print(f"\r{last:3d} %", end="\n" if last >= 100 else "", file=sys.stderr, flush=True)

    return tell
