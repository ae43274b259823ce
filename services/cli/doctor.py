"""`doctor`: what is installed, what is ready, what is wrong and how to mend it."""

from __future__ import annotations

import argparse
from typing import Any

from services.cli.output import Document
from services.doctor import Check, examine
from services.health import Sign, signs
from services.settings import get_settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[common], help="what is ready, what is wrong")
    doctor.add_argument(
        "--health", action="store_true", help="only: can it work right now? Exit status 1 if not; quick"
    )
    doctor.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    settings = get_settings()
    checks: list[Check] | list[Sign] = signs() if arguments.health else examine()
    if arguments.health:
        arguments.failed = lambda document: not document["ok"]
    return {
        "ok": all(check.ok for check in checks),
        "engine": settings.engine_choice.name,
        "home": str(settings.home.resolve()),
        "database": settings.shown_database_url,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "detail": check.detail,
                "mend": str(check.mend) if check.mend and not check.ok else None,
            }
            for check in checks
        ],
    }


def _render(document: Document) -> str:
    lines = [f"AIM Studio, engine {document['engine']}, data in {document['home']}"]
    for check in document["checks"]:
        lines.append(f"{'ok  ' if check['ok'] else 'BAD '} {check['name']}: {check['detail']}")
        if check["mend"]:
            lines.append(f"     -> {check['mend']}")
    return "\n".join(lines)
