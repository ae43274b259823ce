"""`experiment FILE.yaml --out DIR`: all cells in this process, resumed after a kill, and the report."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.cli.output import Document, table
from services.errors import InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    from services.experiments.findings import Finding
    from services.experiments.local import Step, Tell

LANGUAGES = ("en", "ko")


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "experiment",
        parents=[common],
        help="compare ways of retrieving: briefs by strategies by seeds, with a report",
        description="Runs again where it was broken off: name the same FILE and DIR. docs/experiments.md "
        "describes the file; examples/ holds the study's briefs.",
    )
    parser.add_argument("file", metavar="FILE.yaml", nargs="?", type=Path)
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder for report, figures and pictures")
    parser.add_argument(
        "--photo", metavar="BRIEF=FILE", action="append", default=[],
        help="a product photo of the brief, instead of the file's; the first of a brief is the hero",
    )  # fmt: skip
    parser.add_argument("--pdf", action="store_true", help="write report.pdf as well")
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="of the report")
    parser.add_argument("--strategies", action="store_true", help="list the strategies and do nothing else")
    parser.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    if arguments.strategies:
        return {"strategies": _strategies()}
    if arguments.file is None or arguments.out is None:
        raise InvalidInput(N_("Name the experiment's file and --out DIR, or --strategies for a list."))
    from services.experiments.folder import claim
    from services.experiments.local import fill
    from services.experiments.report.deliver import deliver
    from services.experiments.yaml_file import read_file

    begun = time.monotonic()
    spec = read_file(arguments.file, _photos(arguments.photo))
    folder: Path = arguments.out
    experiment = fill(claim(folder, spec), None if arguments.json else _teller())
    delivered = deliver(experiment, folder, arguments.language, arguments.pdf)
    found = delivered.findings
    return {
        "experiment": experiment.id,
        "folder": str(folder),
        "files": [str(folder / name) for name in delivered.files],
        "variants": delivered.pictures,
        "seconds": round(time.monotonic() - begun, 1),
        "helped": found.helped,
        "verdict": str(found.verdict),
        "sentences": [str(sentence) for sentence in found.sentences],
        "warnings": [str(warning) for warning in found.warnings],
        "differences": [_difference(finding) for finding in found.comparisons],
    }


def _photos(given: list[str]) -> dict[str, list[Path]]:
    photos: dict[str, list[Path]] = {}
    for text in given:
        name, sign, path = text.partition("=")
        if not (sign and name.strip() and path):
            raise InvalidInput(
                N_("--photo {text} is not BRIEF=FILE. Name the brief, then its photo."), text=text
            )
        photos.setdefault(name.strip(), []).append(Path(path))
    return photos


def _strategies() -> list[Document]:
    from services.experiments.saved import every

    return [{**preset.to_dict(), "title": preset.title} for preset in every()]


def _difference(finding: Finding) -> Document:
    found = finding.difference
    return {
        "strategy": finding.strategy,
        "measure": finding.measure,
        "left_out": finding.left_out,
        **({name: getattr(found, name) for name in _FIGURES} if found else {}),
    }


_FIGURES = ("mean", "low", "high", "level", "effect", "pairs", "briefs", "over_briefs")


def _teller() -> Tell:
    """A line for each plan and cell on standard error, with how long the last one took."""
    last: tuple[int, str, str] | None = None
    begun = time.monotonic()

    def tell(step: Step) -> None:
        nonlocal last, begun
        now = (step.number, step.brief, step.strategy)
        if now == last:
            return
        last, shown = now, time.monotonic() - begun
        what = f"{step.brief} · {step.strategy}" if step.strategy else f"plan · {step.brief}"
        place = f"{step.number:>3}/{step.count}" if step.number else "       "
        print(f"{shown:6.0f} s  {place}  {what}", file=sys.stderr, flush=True)

    return tell


def _render(document: Document) -> str:
    if "strategies" in document:
        columns = {
            "key": "key", "title": "strategy", "search": "search", "texts": "texts", "photos": "photos",
            "filter_above": "filter", "rounds": "rounds", "source": "source",
        }  # fmt: skip
        return table(document["strategies"], columns)
    shown = [row for row in document["differences"] if row["measure"] == "final"]
    columns = {
        "strategy": "strategy", "mean": "difference", "low": "low", "high": "high", "effect": "effect",
        "pairs": "pairs", "left_out": "left out",
    }  # fmt: skip
    return "\n".join(
        [
            document["verdict"],
            *document["sentences"],
            *(f"note: {warning}" for warning in document["warnings"]),
            "",
            table(shown, columns),
            "",
            f"{document['variants']} variants, {document['seconds']} s",
            *document["files"],
        ]
    )
