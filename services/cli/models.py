"""`models list | download | verify | use`: what each engine runs on, and getting it onto this machine."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.cli.engine_flags import add_engine_flags, chosen_engine
from services.cli.output import Document, table
from services.errors import EngineUnavailable, InvalidInput
from services.messages import N_
from services.models.presence import Presence, State, look
from services.models.registry import CATALOGUE, ModelCard, model_card, needs, uses_of
from services.sizes import readable

SHOWN_SECONDS = 1.0
"""Between two lines of progress on a terminal."""


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("models", help="list, download and verify the models of both engines")
    actions = group.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", parents=[common], help="every model, and where it is")
    listing.set_defaults(execute=_list, render=_render_list)

    download = actions.add_parser("download", parents=[common], help="get models from the hub; goes on")
    download.add_argument("models", metavar="MODEL", nargs="*", help="as `models list` names them")
    add_engine_flags(download)
    download.set_defaults(execute=_download, render=_render_download)

    verify = actions.add_parser("verify", parents=[common], help="read the files, and compare them")
    verify.add_argument("models", metavar="MODEL", nargs="*", help="left out: all that are here")
    verify.set_defaults(execute=_verify, render=_render_verify, failed=lambda document: not document["ok"])

    use = actions.add_parser(
        "use", parents=[common], help="read a model from a folder, or from the hub again"
    )
    use.add_argument("model", metavar="MODEL")
    place = use.add_mutually_exclusive_group(required=True)
    place.add_argument("--folder", type=Path, help="a folder with its files")
    place.add_argument("--hub", metavar="ID", nargs="?", const="", help="the hub; ID: another model there")
    use.set_defaults(execute=_use, render=_render_use)


# --- list ----------------------------------------------------------------------------------------

_LIST_COLUMNS = {
    "key": "model",
    "name": "name",
    "used_by": "used by",
    "licence": "licence",
    "size_text": "size",
    "state_text": "state",
    "id": "id or folder",
}


def _list(arguments: argparse.Namespace) -> Document:
    from services.models.hub_cache import cache_folder
    from services.models.hub_client import is_offline

    return {
        "cache": str(cache_folder()),
        "offline": is_offline(),
        "models": [_row(look(card)) for card in CATALOGUE],
    }


def _row(presence: Presence) -> Document:
    card = presence.card
    return {
        "key": card.key,
        "name": card.name,
        "purpose": str(card.purpose),
        "used_by": [f"{part} {name}" for part, name in uses_of(card)],
        "licence": card.licence,
        "licence_note": str(card.caveat) if card.caveat else None,
        "id": presence.model,
        "revision": presence.revision,
        "state": presence.state.value,
        "folder": str(presence.folder) if presence.folder else None,
        "bytes": presence.total,
        "bytes_here": presence.here,
        "exact": presence.exact,
        "fault": str(presence.fault) if presence.fault else None,
        "set_by": presence.environment or None,
    }


def _render_list(document: Document) -> str:
    rows = [
        row
        | {
            "used_by": ", ".join(row["used_by"]),
            "size_text": f"{'' if row['exact'] else '≈ '}{readable(row['bytes'])}",
            "state_text": _state_text(row),
        }
        for row in document["models"]
    ]
    lines = [table(rows, _LIST_COLUMNS), f"Downloads lie in {document['cache']}"]
    lines += [f"{row['name']}: {row['licence_note']}" for row in rows if row["licence_note"]]
    lines += [f"{row['key']}: {row['fault']}" for row in rows if row["fault"]]
    if document["offline"]:
        lines.append("HF_HUB_OFFLINE is set: nothing is asked of the network.")
    return "\n".join(lines)


def _state_text(row: Document) -> str:
    if row["state"] == State.PARTLY:
        return f"partly, {row['bytes_here'] / row['bytes']:.0%}"
    return str(row["state"])


# --- download ------------------------------------------------------------------------------------


def _download(arguments: argparse.Namespace) -> Document:
    from services.models.downloads import download

    cards = _asked(arguments)
    done: list[Document] = []
    for card in cards:
        presence = look(card)
        if presence.ready or presence.in_folder:
            done.append(_row(presence))
            if presence.fault:
                raise EngineUnavailable(presence.fault.template, **presence.fault.values)
            continue
        download(presence.model, None if arguments.json else _progress(card.name))
        done.append(_row(look(card)))
    return {"models": done}


def _asked(arguments: argparse.Namespace) -> list[ModelCard]:
    """The models that are named, else those of the engine that is chosen."""
    if arguments.models:
        cards = [model_card(key) for key in arguments.models]
    else:
        cards = needs(chosen_engine(arguments))
    wanted = [card for card in cards if not card.built_in]
    if not wanted:
        raise InvalidInput(
            N_("There is nothing to download: what was named comes with the studio. Try --engine full.")
        )
    return wanted


def _progress(name: str) -> Callable[[int, int], None]:
    told_at = [float("-inf")]

    def report(here: int, total: int) -> None:
        if here == total or time.monotonic() - told_at[0] >= SHOWN_SECONDS:
            told_at[0] = time.monotonic()
            share = here / total if total else 1.0
            print(f"{share:4.0%} {name}: {readable(here)} of {readable(total)}", file=sys.stderr)

    return report


def _render_download(document: Document) -> str:
    return "\n".join(
        f"{row['name']}: {row['state']}, {readable(row['bytes'])}, {row['folder']}"
        for row in document["models"]
    )


# --- verify --------------------------------------------------------------------------------------


def _verify(arguments: argparse.Namespace) -> Document:
    from services.models.verify import verify

    cards: Sequence[ModelCard] = [model_card(key) for key in arguments.models] or [
        card for card in CATALOGUE if look(card).folder is not None
    ]
    verdicts = [verify(card) for card in cards]
    return {
        "ok": all(verdict.ok for verdict in verdicts),
        "models": [
            {
                "key": verdict.presence.card.key,
                "name": verdict.presence.card.name,
                "ok": verdict.ok,
                "state": verdict.presence.state.value,
                "files": verdict.files,
                "compared": verdict.compared,
                "findings": [{"file": f.file, "what": str(f.what)} for f in verdict.findings],
            }
            for verdict in verdicts
        ],
    }


def _render_verify(document: Document) -> str:
    lines = []
    for row in document["models"]:
        word = "ok  " if row["ok"] else "BAD "
        lines.append(
            f"{word}{row['name']}: {row['state']}, {row['compared']} of {row['files']} files compared"
        )
        lines += [f"     {finding['file']} {finding['what']}" for finding in row["findings"]]
        if not row["ok"]:
            lines.append(f"     -> python -m services.cli models download {row['key']}")
    return "\n".join(lines)


# --- use -----------------------------------------------------------------------------------------


def _use(arguments: argparse.Namespace) -> Document:
    from services import preferences

    card = model_card(arguments.model)
    if arguments.folder is not None:
        preferences.use_folder(card, str(arguments.folder))
    else:
        preferences.use_hub(card, arguments.hub)
    return _row(look(card))


def _render_use(document: Document) -> str:
    return f"{document['name']}: {document['state']}, {document['id']}"
