"""`library search`: by words, by a picture, by both, by one of the library's own; filtered and varied."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.choices import ENCODERS
from services.cli.files import read_bytes, read_queries
from services.cli.output import Document, table
from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from services.retrieval.found import Found
    from services.retrieval.query import LibraryQuery


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    parser = actions.add_parser(
        "search", parents=[common], help="find images by words, by a picture, or both"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("query", metavar="QUERY", nargs="?", help="what it should show; right after NAME")
    parser.add_argument("--queries", metavar="FILE.json", type=Path, help="many queries, models loaded once")
    parser.add_argument("--image", metavar="FILE", type=Path, help="find what looks like this picture")
    parser.add_argument(
        "--like", metavar="FILE|ID", help="find what looks like this picture of the library itself"
    )
    parser.add_argument(
        "--balance", metavar="SHARE", type=float, default=0.5,
        help="share of the picture where there are words too, 0 to 1 (default 0.5)",
    )  # fmt: skip
    parser.add_argument("--tag", metavar="TAG", action="append", default=[], help="only with this tag; again")
    parser.add_argument(
        "--licence", metavar="LICENCE", action="append", default=[],
        help="only under this licence, 'unknown' for none; again for another",
    )  # fmt: skip
    parser.add_argument(
        "--diversity", metavar="SHARE", type=float, default=0.0,
        help="0: the closest (default); towards 1: less of the same",
    )  # fmt: skip
    parser.add_argument("--top", metavar="N", type=int, default=10, help="matches per query (default 10)")
    parser.add_argument(
        "--encoder", choices=ENCODERS, help="the search model (default: the settings', or the library's own)"
    )
    parser.set_defaults(execute=_search, render=_render)


def _search(arguments: argparse.Namespace) -> Document:
    from dataclasses import replace

    from services.engines import get_encoder
    from services.libraries import find
    from services.library_spaces import encoder_for

    base = _query(arguments)
    if arguments.queries is not None and arguments.query is not None:
        raise InvalidInput(N_("Give one query in quotes, or --queries FILE.json."))
    if arguments.queries is None and not (arguments.query or base.by_picture):
        raise InvalidInput(N_("Say what to look for: words in quotes, --queries, --image or --like."))
    queries = read_queries(arguments.queries) if arguments.queries is not None else [arguments.query or ""]
    encoder = get_encoder(arguments.encoder) if arguments.encoder else encoder_for(arguments.name)
    results = []
    for text in queries:
        answer = find(arguments.name, replace(base, text=text), encoder)
        results.append(
            {
                "query": text,
                "matches": [_match(hit) for hit in answer.found],
                "notices": [str(notice) for notice in answer.notices],
            }
        )
    if arguments.queries is not None:
        return {"results": results}
    return {"matches": results[0]["matches"], "notices": results[0]["notices"]}


def _query(arguments: argparse.Namespace) -> LibraryQuery:
    """All of the query but its words."""
    from services.library_export import item_id
    from services.retrieval.query import LibraryQuery, keep_picture

    picture = None
    if arguments.image is not None:
        picture = keep_picture(read_bytes(arguments.image), arguments.image.name)
    return LibraryQuery(
        picture=picture,
        balance=arguments.balance,
        tags=tuple(arguments.tag),
        licences=tuple(arguments.licence),
        like=item_id(arguments.name, arguments.like) if arguments.like is not None else None,
        top=arguments.top,
        diversity=arguments.diversity,
    )


def _match(hit: Found) -> Document:
    return {
        "file": hit.file_name,
        "similarity": hit.similarity,
        "id": hit.item_id,
        "caption": hit.caption,
        "tags": list(hit.tags),
        "licence": hit.licence,
        "attribution": hit.attribution,
        "source_url": hit.source_url,
        "pictured": hit.pictured,
        "why": {
            "labels": [{"name": label.name, "share": label.share} for label in hit.why.labels],
            "words": list(hit.why.words),
            "caption": hit.why.caption,
            "text": hit.why.text,
        },
    }


def _render(document: Document) -> str:
    columns = {"similarity": "similarity", "file": "file", "because": "because"}

    def rows(result: Document) -> str:
        matches = [{**match, "because": _because(match["why"])} for match in result["matches"]]
        return "\n".join([table(matches, columns), *result["notices"]])

    if "matches" in document:
        return rows(document)
    return "\n\n".join(f"{result['query']}\n{rows(result)}" for result in document["results"])


def _because(why: Document) -> str:
    """What it shows that was asked for, and the words that its caption shares with the query."""
    return ", ".join([*(label["name"] for label in why["labels"]), *(f'"{word}"' for word in why["words"])])
