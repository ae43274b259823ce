"""`library build | add | list | reindex | delete`, and the parser of the group; the rest lies beside.

search: library_search; export: library_export; import-index and attach: library_import; dedupe:
library_dedupe; the sources of build and add: library_sources
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from services.choices import ENCODERS, EngineChoice
from services.cli import library_dedupe, library_export, library_import, library_quality, library_search
from services.cli.library_sources import add_source_arguments, source_from
from services.cli.output import Document, table
from services.cli.progress import teller
from services.engines import get_encoder, require_ready
from services.errors import InvalidInput, NotFound
from services.messages import N_
from services.settings import get_settings

if TYPE_CHECKING:
    from services.parts import Encoder


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("library", help="fill, search, clear up and hand over image libraries")
    actions = group.add_subparsers(metavar="ACTION", required=True)

    build = actions.add_parser("build", parents=[common], help="make a library, or add what is new to it")
    add = actions.add_parser("add", parents=[common], help="add pictures to a library that is there")
    for parser, execute in ((build, _build), (add, _add)):
        parser.add_argument("name", metavar="NAME")
        add_source_arguments(parser)
        _add_encoder(parser, "the search model to index with (default: the settings', or the library's own)")
        parser.set_defaults(execute=execute, render=_render_build)

    show = actions.add_parser("list", parents=[common], help="all libraries")
    show.set_defaults(execute=_list, render=lambda d: table(d["libraries"], _LIST_COLUMNS))

    again = actions.add_parser(
        "reindex", parents=[common], help="prepare a library for another search model, beside those it has"
    )
    again.add_argument("name", metavar="NAME")
    _add_encoder(again, "the search model (default: the settings')")
    again.set_defaults(execute=_reindex, render=_render_reindex)

    delete = actions.add_parser("delete", parents=[common], help="remove a library for good")
    delete.add_argument("name", metavar="NAME")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.set_defaults(execute=_delete, render=lambda d: f"{d['library']}: deleted, {d['images']} images")

    for module in (library_search, library_import, library_dedupe, library_export, library_quality):
        module.add_parser(actions, common)


def _add_encoder(parser: argparse.ArgumentParser, explained: str) -> None:
    parser.add_argument("--encoder", choices=ENCODERS, help=explained)


_LIST_COLUMNS = {
    "name": "library", "images": "images", "duplicates": "duplicates", "waiting": "without picture",
    "encoder": "encoder",
}  # fmt: skip


def _add(arguments: argparse.Namespace) -> Document:
    """As `build`, for a library that must be there: a slip of the name makes no second one."""
    from services.libraries import get_library

    get_library(arguments.name)
    return _build(arguments)


def _build(arguments: argparse.Namespace) -> Document:
    from services.libraries import build

    report = build(arguments.name, source_from(arguments), _encoder(arguments))
    return {
        "library": report.library,
        "encoder": report.encoder,
        "images": report.images,
        "added": report.added,
        "duplicates": report.duplicates,
        "rejected": [{"file": r.file, "reason": str(r.reason)} for r in report.rejected],
        "seconds": round(report.seconds, 2),
    }


def _encoder(arguments: argparse.Namespace) -> Encoder:
    from services.library_spaces import encoder_for

    return get_encoder(arguments.encoder) if arguments.encoder else encoder_for(arguments.name)


def _render_build(document: Document) -> str:
    head = (
        f"{document['library']}: {document['images']} images, {document['added']} added, "
        f"{document['duplicates']} duplicates, {len(document['rejected'])} rejected, "
        f"{document['seconds']} s"
    )
    return "\n".join([head, *(f"  {r['file']}: {r['reason']}" for r in document["rejected"])])


def _list(arguments: argparse.Namespace) -> Document:
    from services.libraries import list_libraries
    from services.library_import import waiting

    return {
        "libraries": [
            {
                "name": card.name,
                "images": card.images,
                "duplicates": card.duplicates,
                "waiting": waiting(card.name),
                "encoder": card.encoder,
                "built_in": card.built_in,
                "bytes": card.bytes,
            }
            for card in list_libraries()
        ]
    }


def _reindex(arguments: argparse.Namespace) -> Document:
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops, reindex

    started = time.monotonic()
    name = arguments.encoder or get_settings().engine_choice.encoder
    require_ready(EngineChoice(encoder=name), ("encoder",))
    if arguments.name == BACKDROPS_LIBRARY:
        ensure_backdrops(get_encoder("lite"))
    encoded = reindex(arguments.name, get_encoder(name), teller(arguments, "prepared"))
    seconds = round(time.monotonic() - started, 2)
    return {"library": arguments.name, "encoder": name, "encoded": encoded, "seconds": seconds}


def _render_reindex(document: Document) -> str:
    return (
        f"{document['library']}: prepared for {document['encoder']}, {document['encoded']} images encoded, "
        f"{document['seconds']} s"
    )


def _delete(arguments: argparse.Namespace) -> Document:
    from services.libraries import delete, get_library

    card = get_library(arguments.name)
    if not arguments.yes:
        _ask(card.name, card.images)
    delete(card.name)
    return {"library": card.name, "images": card.images}


def _ask(name: str, images: int) -> None:
    """Somebody at a terminal types the name; a script says --yes."""
    if not sys.stdin.isatty():
        raise InvalidInput(N_("Deleting a library cannot be undone. Say --yes where nobody can be asked."))
    print(f"{name} has {images} images. Sessions keep those they used; the library cannot be brought back.",
          file=sys.stderr)  # fmt: skip
    print("Type its name to delete it: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise NotFound(N_("That is not its name. Nothing was deleted."))
