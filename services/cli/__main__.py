"""Parse the command line, run the command, print its document."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from services.cli import (
    backup,
    campaigns,
    doctor,
    experiment,
    export,
    library,
    metrics,
    models,
    people,
    run,
    score,
    session,
    workers,
)
from services.errors import StudioError


class OneSentenceParser(argparse.ArgumentParser):
    """argparse without the usage dump: what is wrong, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[0].upper()}{message[1:]}. See: {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    parser = OneSentenceParser(prog="python -m services.cli", description="AIM Studio on the command line.")
    common = OneSentenceParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON document")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneSentenceParser)
    for module in (
        run,
        score,
        library,
        session,
        campaigns,
        experiment,
        export,
        models,
        people,
        backup,
        doctor,
        workers,
        metrics,
    ):
        module.add_parser(commands, common)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    _quiet_libraries()
    arguments = build_parser().parse_args(argv)
    try:
        document = arguments.execute(arguments)
    except StudioError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped. What was finished is saved.", file=sys.stderr)
        return 130
    if arguments.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(arguments.render(document))
    failed = getattr(arguments, "failed", None)
    return 1 if failed is not None and failed(document) else 0


def _quiet_libraries() -> None:
    """Standard error is for our one sentence: no progress bars, no advice from model libraries."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    sys.exit(main())
