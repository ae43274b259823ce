"""`library dedupe`: look for pictures that are there twice, list the pairs, decide about all of them."""

from __future__ import annotations

import argparse
from typing import Any

from services.cli.output import Document, table
from services.cli.progress import teller
from services.errors import InvalidInput
from services.library_duplicates import PER_PAGE, THRESHOLD, THRESHOLDS, Pair
from services.messages import N_

SHOWN = 20
"""Pairs on a terminal; --json has all of them."""


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    parser = actions.add_parser(
        "dedupe", parents=[common], help="mark pictures that are there twice; keep, merge or drop the copies"
    )
    parser.add_argument("name", metavar="NAME")
    low, high = THRESHOLDS
    parser.add_argument(
        "--threshold", metavar="COSINE", type=float, default=THRESHOLD,
        help=f"how alike two pictures must be, {low} to {high} (default {THRESHOLD})",
    )  # fmt: skip
    parser.add_argument(
        "--no-search", action="store_true", help="do not look again: the pairs that are marked already"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--merge", action="store_true", help="one stays of each pair, with what both know")
    what.add_argument("--keep", action="store_true", help="both stay, and are not marked again")
    what.add_argument("--drop", action="store_true", help="the copies go")
    parser.add_argument("--yes", action="store_true", help="with --merge and --drop: do not ask")
    parser.set_defaults(execute=_dedupe, render=_render)


def _dedupe(arguments: argparse.Namespace) -> Document:
    from services import library_duplicates as duplicates

    if (arguments.merge or arguments.drop) and not arguments.yes:
        raise InvalidInput(N_("This takes copies out of the library. Say --yes, or look at the pairs first."))
    document: Document = {"library": arguments.name}
    if not arguments.no_search:
        report = duplicates.dedupe(arguments.name, arguments.threshold, teller(arguments, "looked through"))
        document |= {
            "threshold": report.threshold,
            "looked": report.looked,
            "marked": report.marked,
            "lifted": report.lifted,
            "seconds": round(report.seconds, 2),
        }
    document["pairs"] = [_pair(pair) for pair in _all_pairs(arguments.name)]
    decisions = {"merged": duplicates.merge, "kept": duplicates.keep, "dropped": duplicates.drop}
    asked = {"merged": arguments.merge, "kept": arguments.keep, "dropped": arguments.drop}
    for word, decide in decisions.items():
        if asked[word]:
            document[word] = decide(arguments.name, [pair["id"] for pair in document["pairs"]])
    return document


def _all_pairs(name: str) -> list[Pair]:
    from services.library_duplicates import pairs

    found: list[Pair] = []
    page = 1
    while more := pairs(name, page, PER_PAGE).pairs:
        found += more
        page += 1
    return found


def _pair(pair: Pair) -> Document:
    return {
        "id": pair.copy.id,
        "copy": pair.copy.file_name,
        "original_id": pair.original.id,
        "original": pair.original.file_name,
        "similarity": pair.similarity,
        "identical": pair.identical,
    }


def _render(document: Document) -> str:
    lines = []
    if "looked" in document:
        lines.append(
            f"{document['library']}: {document['looked']} images compared, {document['marked']} marked, "
            f"{document['lifted']} marks lifted, {document['seconds']} s"
        )
    pairs = document["pairs"]
    columns = {"similarity": "similarity", "original": "stays", "copy": "copy"}
    lines.append(table(pairs[:SHOWN], columns) if pairs else "No pair waits for a decision.")
    if len(pairs) > SHOWN:
        lines.append(f"and {len(pairs) - SHOWN} more pairs; --json lists all")
    lines += [f"{document[word]} {word}" for word in ("merged", "kept", "dropped") if word in document]
    return "\n".join(lines)
