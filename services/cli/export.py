"""`export SESSION --out FILE.zip`, `import FILE`: a session handed over, and made again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from services import sessions, studio
from services.cli.output import Document
from services.domain import Placement
from services.errors import InvalidInput
from services.messages import N_


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    export = commands.add_parser("export", parents=[common], help="a session as a ZIP to hand over")
    export.add_argument("session", metavar="SESSION")
    export.add_argument("--out", required=True, type=Path, metavar="FILE.zip")
    export.add_argument("--shortlist", action="store_true", help="only variants on the shortlist")
    export.add_argument(
        "--placements",
        nargs="+",
        choices=[p.value for p in Placement],
        metavar="RATIO",
        help="sizes of the pictures (1:1 4:5 9:16 16:9 1.91:1); the session's own by default",
    )
    export.add_argument("--format", choices=["png", "jpeg"], default="png")
    export.add_argument("--no-recipe", action="store_true", help="keep the recipe out of the pictures")
    export.set_defaults(execute=_export, render=_render_export)
    restore = commands.add_parser("import", parents=[common], help="make a session again from a ZIP or PNG")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--make", action="store_true", help="make and score its variants at once")
    restore.set_defaults(execute=_import, render=_render_import)


def _export(arguments: argparse.Namespace) -> Document:
    from db.base import now
    from services.engines import get_engine
    from services.export.options import ExportOptions, PictureFormat, Scope
    from services.export.package import write_package
    from services.storage.files import publish

    view = sessions.load(arguments.session)
    chosen = tuple(dict.fromkeys(Placement(p) for p in arguments.placements or [view.brief.placement]))
    options = ExportOptions(
        placements=chosen,
        scope=Scope.SHORTLIST if arguments.shortlist else Scope.ALL,
        format=PictureFormat(arguments.format),
        recipe=not arguments.no_recipe,
    )
    composer = get_engine("lite").generator
    reports = []
    publish(
        arguments.out, lambda path: reports.append(write_package(view.id, options, path, composer, now()))
    )
    return {
        "session": view.id,
        "file": str(arguments.out),
        "variants": reports[0].variants,
        "images": reports[0].images,
        "bytes": arguments.out.stat().st_size,
        "problems": [str(problem) for problem in reports[0].problems],
    }


def _import(arguments: argparse.Namespace) -> Document:
    from services.importing import recreate

    path: Path = arguments.file
    if not path.is_file():
        raise InvalidInput(
            N_("{file} cannot be read: {why}. Check the path."), file=str(path), why="no such file"
        )
    restored = recreate(path, path.name)
    if arguments.make:
        _make(restored.session_id, [recipe.to_json() for recipe in restored.recipes], arguments.json)
    made = {v.recipe.sha256: v for v in sessions.load(restored.session_id).variants}
    return {
        "session": restored.session_id,
        "recipes": [recipe.sha256 for recipe in restored.recipes],
        "variants": [made[r.sha256].sha256 for r in restored.recipes if r.sha256 in made],
        "missing": list(restored.missing),
        "notices": [str(notice) for notice in restored.notices],
    }


def _make(session_id: str, recipes: list[str], quiet: bool) -> None:
    from services.engines import get_engine
    from services.importing import given_batch

    engine = get_engine(sessions.load(session_id).parts)
    batch = given_batch(session_id, recipes)
    for index in range(len(recipes)):
        if not quiet:
            print(f"{index / len(recipes):4.0%} generate", file=sys.stderr)
        studio.make_variant(session_id, engine, batch, index)
    studio.score_session(session_id, engine)


def _render_export(document: Document) -> str:
    head = f"{document['file']}: {document['variants']} variants, {document['images']} pictures"
    return "\n".join([head, *document["problems"]])


def _render_import(document: Document) -> str:
    return "\n".join([f"session {document['session']}", *document["notices"]])
