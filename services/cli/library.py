"""`library build | list | search | reindex`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.choices import ENCODERS, EngineChoice
from services.cli.files import read_queries
from services.cli.output import Document, table
from services.engines import get_encoder, require_ready
from services.errors import InvalidInput
from services.messages import N_
from services.settings import get_settings

if TYPE_CHECKING:
    from services.parts import Encoder


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("library", help="build, list and search image libraries")
    actions = group.add_subparsers(metavar="ACTION", required=True)

    build = actions.add_parser("build", parents=[common], help="add a folder or a ZIP of images to a library")
    build.add_argument("name", metavar="NAME")
    build.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .zip file")
    _add_encoder(build, "the search model to index with (default: the settings', or the library's own)")
    build.set_defaults(execute=_build, render=_render_build)

    show = actions.add_parser("list", parents=[common], help="all libraries")
    show.set_defaults(execute=_list, render=lambda d: table(d["libraries"], _LIST_COLUMNS))

    search = actions.add_parser("search", parents=[common], help="find images by words")
    search.add_argument("name", metavar="NAME")
    search.add_argument("query", metavar="QUERY", nargs="?")
    search.add_argument("--queries", metavar="FILE.json", type=Path, help="many queries, models loaded once")
    search.add_argument("--top", type=int, default=10, help="matches per query (default 10)")
    _add_encoder(search, "the search model (default: the settings', or the library's own)")
    search.set_defaults(execute=_search, render=_render_search)

    again = actions.add_parser(
        "reindex", parents=[common], help="prepare a library for another search model, beside those it has"
    )
    again.add_argument("name", metavar="NAME")
    _add_encoder(again, "the search model (default: the settings')")
    again.set_defaults(execute=_reindex, render=_render_reindex)


def _add_encoder(parser: argparse.ArgumentParser, explained: str) -> None:
    parser.add_argument("--encoder", choices=ENCODERS, help=explained)


_LIST_COLUMNS = {"name": "library", "images": "images", "duplicates": "duplicates", "encoder": "encoder"}


def _build(arguments: argparse.Namespace) -> Document:
    from services.libraries import build
    from services.retrieval.sources import source_for_path

    report = build(arguments.name, source_for_path(arguments.path), _encoder(arguments))
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


def _reindex(arguments: argparse.Namespace) -> Document:
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops, reindex

    started = time.monotonic()
    name = arguments.encoder or get_settings().engine_choice.encoder
    require_ready(EngineChoice(encoder=name), ("encoder",))
    if arguments.name == BACKDROPS_LIBRARY:
        ensure_backdrops(get_encoder("lite"))
    encoded = reindex(arguments.name, get_encoder(name), _tell)
    seconds = round(time.monotonic() - started, 2)
    return {"library": arguments.name, "encoder": name, "encoded": encoded, "seconds": seconds}


def _tell(share: float) -> None:
    print(f"{share:4.0%} prepared", file=sys.stderr)


def _render_reindex(document: Document) -> str:
    return (
        f"{document['library']}: prepared for {document['encoder']}, {document['encoded']} images encoded, "
        f"{document['seconds']} s"
    )


def _render_build(document: Document) -> str:
    head = (
        f"{document['library']}: {document['images']} images, {document['added']} added, "
        f"{document['duplicates']} duplicates, {len(document['rejected'])} rejected, "
        f"{document['seconds']} s"
    )
    return "\n".join([head, *(f"  {r['file']}: {r['reason']}" for r in document["rejected"])])


def _list(arguments: argparse.Namespace) -> Document:
    from services.libraries import list_libraries

    return {
        "libraries": [
            {
                "name": card.name,
                "images": card.images,
                "duplicates": card.duplicates,
                "encoder": card.encoder,
                "built_in": card.built_in,
                "bytes": card.bytes,
            }
            for card in list_libraries()
        ]
    }


def _search(arguments: argparse.Namespace) -> Document:
    from services.libraries import search

    if (arguments.query is None) == (arguments.queries is None):
        raise InvalidInput(N_("Give one query in quotes, or --queries FILE.json."))
    queries = [arguments.query] if arguments.query is not None else read_queries(arguments.queries)
    found = search(arguments.name, queries, arguments.top, _encoder(arguments))
    lists = [[{"file": f.file_name, "similarity": f.similarity} for f in matches] for matches in found]
    if arguments.query is not None:
        return {"matches": lists[0]}
    results = [{"query": query, "matches": matches} for query, matches in zip(queries, lists, strict=True)]
    return {"results": results}


def _render_search(document: Document) -> str:
    columns = {"similarity": "similarity", "file": "file"}
    if "matches" in document:
        return table(document["matches"], columns)
    return "\n\n".join(f"{r['query']}\n{table(r['matches'], columns)}" for r in document["results"])
