"""`library build | list | search`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from services.cli.files import read_queries
from services.cli.output import Document, table
from services.engines import get_engine
from services.errors import InvalidInput
from services.messages import N_


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("library", help="build, list and search image libraries")
    actions = group.add_subparsers(metavar="ACTION", required=True)

    build = actions.add_parser("build", parents=[common], help="add a folder or a ZIP of images to a library")
    build.add_argument("name", metavar="NAME")
    build.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .zip file")
    build.set_defaults(execute=_build, render=_render_build)

    show = actions.add_parser("list", parents=[common], help="all libraries")
    show.set_defaults(execute=_list, render=lambda d: table(d["libraries"], _LIST_COLUMNS))

    search = actions.add_parser("search", parents=[common], help="find images by words")
    search.add_argument("name", metavar="NAME")
    search.add_argument("query", metavar="QUERY", nargs="?")
    search.add_argument("--queries", metavar="FILE.json", type=Path, help="many queries, models loaded once")
    search.add_argument("--top", type=int, default=10, help="matches per query (default 10)")
    search.set_defaults(execute=_search, render=_render_search)


_LIST_COLUMNS = {"name": "library", "images": "images", "duplicates": "duplicates", "encoder": "encoder"}


def _build(arguments: argparse.Namespace) -> Document:
    from services.libraries import build
    from services.retrieval.sources import source_for_path

    report = build(arguments.name, source_for_path(arguments.path), get_engine().encoder)
    return {
        "library": report.library,
        "encoder": report.encoder,
        "images": report.images,
        "added": report.added,
        "duplicates": report.duplicates,
        "rejected": [{"file": r.file, "reason": str(r.reason)} for r in report.rejected],
        "seconds": round(report.seconds, 2),
    }


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
    found = search(arguments.name, queries, arguments.top, get_engine().encoder)
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
