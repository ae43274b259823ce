"""`library quality NAME --queries FILE`: what each strategy finds, with nothing generated."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.cli.files import read_bytes
from services.cli.output import Document, table
from services.cli.progress import teller
from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from services.experiments.labels import Question
    from services.experiments.presets import Preset
    from services.experiments.retrieval_quality import Quality

STRATEGIES = ("keywords", "subqueries", "filtered")


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    parser = actions.add_parser(
        "quality", parents=[common], help="recall, precision and nDCG of each strategy, nothing generated"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--queries", metavar="FILE", type=Path,
        help="JSON or CSV: queries, and the file names that answer each; left out: the library's tags",
    )  # fmt: skip
    parser.add_argument(
        "--strategies", metavar="KEY", nargs="+", default=list(STRATEGIES),
        help="keys or titles; the first is what the others are compared with",
    )  # fmt: skip
    parser.add_argument("--k", metavar="N", type=int, default=10, help="places that count (default 10)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write every query's figures there")
    parser.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    from services.engines import get_engine
    from services.experiments.retrieval_quality import measure, to_csv
    from services.library_spaces import encoder_for
    from services.storage.files import write_whole

    presets = [_preset(name) for name in arguments.strategies]
    questions, unanswered = _questions(arguments)
    quality = measure(
        arguments.name,
        questions,
        presets,
        encoder_for(arguments.name),
        get_engine("lite").planner,
        arguments.k,
        teller(arguments, "measured"),
    )
    if arguments.csv:
        write_whole(arguments.csv.absolute(), to_csv(quality).encode())
    return {
        "library": arguments.name,
        "k": arguments.k,
        "queries": len(questions),
        "unanswered": unanswered,
        "strategies": [_means(quality, p) for p in presets if quality.has(p.key)],
        "differences": [_difference(d.strategy, d.measure, d.difference) for d in quality.differences],
        "sentences": [str(sentence) for sentence in quality.sentences],
    }


def _preset(name: str) -> Preset:
    from services.experiments.saved import every, find

    preset = find(name)
    if preset is None:
        raise InvalidInput(
            N_("There is no strategy {name}. Choose one of: {known}."),
            name=name,
            known=", ".join(known.key for known in every()),
        )
    return preset


def _questions(arguments: argparse.Namespace) -> tuple[list[Question], list[str]]:
    from services.experiments.labels import from_tags, read_labels, resolve

    if arguments.queries is not None:
        path: Path = arguments.queries
        return resolve(arguments.name, read_labels(read_bytes(path), path.name))
    questions = from_tags(arguments.name)
    if not questions:
        raise InvalidInput(
            N_("{name} has no tags that some of its pictures share. Name a file of labelled queries."),
            name=arguments.name,
        )
    return questions, []


def _means(quality: Quality, preset: Preset) -> Document:
    return {
        "key": preset.key,
        "strategy": preset.title,
        **{name: quality.mean(preset.key, name) for name in ("recall", "precision", "ndcg", "given")},
    }


def _difference(strategy: str, name: str, found: Any) -> Document:
    figures = ("mean", "low", "high", "level", "effect")
    return {
        "strategy": strategy,
        "measure": name,
        "queries": found.briefs if found else None,
        **{figure: getattr(found, figure) if found else None for figure in figures},
    }


def _render(document: Document) -> str:
    k = document["k"]
    means = {
        "strategy": "strategy", "recall": f"recall@{k}", "precision": f"precision@{k}", "ndcg": f"nDCG@{k}",
        "given": "pictures",
    }  # fmt: skip
    differences = {
        "strategy": "strategy", "measure": "measure", "mean": "difference", "low": "low", "high": "high",
        "effect": "effect", "queries": "queries",
    }  # fmt: skip
    left = [f"note: nothing in the library answers: {text}" for text in document["unanswered"]]
    return "\n".join(
        [
            f"{document['library']}: {document['queries']} queries",
            table(document["strategies"], means),
            "",
            table(document["differences"], differences),
            "",
            *document["sentences"],
            *left,
        ]
    )
