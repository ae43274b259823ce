"""`campaigns list | weights | repair`: campaigns in figures, their score weights, their figures made anew."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from services import campaigns
from services.aim.weights import DEFAULT_WEIGHTS, normalise_weights
from services.campaign_figures.fresh import repair
from services.cli.output import Document, table
from services.errors import NotFound
from services.messages import N_

COLUMNS = {"name": "name", "sessions": "sessions", "variants": "variants", "best": "best", "median": "median"}


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("campaigns", help="campaigns in figures; their score weights")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", parents=[common], help="every campaign, the latest change first")
    listing.set_defaults(execute=_list, render=lambda d: table(d["campaigns"], COLUMNS))
    weights = actions.add_parser("weights", parents=[common], help="show or change what the score weighs")
    weights.add_argument("name", help="the campaign's name")
    weights.add_argument(
        "--set",
        nargs=3,
        type=float,
        metavar=("TEXT", "TOPIC", "REFERENCE"),
        help="new shares, such as 20 50 30",
    )
    weights.add_argument("--default", action="store_true", help="back to the default")
    weights.set_defaults(execute=_weights, render=_render_weights)
    mend = actions.add_parser("repair", parents=[common], help="make the figures of all campaigns anew")
    mend.set_defaults(execute=_repair, render=lambda d: f"Made the figures of {d['sessions']} sessions anew.")


def _list(arguments: argparse.Namespace) -> Document:
    return {
        "campaigns": [
            {
                "id": card.id,
                "name": card.name,
                "sessions": card.sessions,
                "variants": card.variants,
                "best": card.best_final,
                "median": card.median_final,
                "mixed_scorers": card.mixed_scorers,
            }
            for card in campaigns.list_campaigns()
        ]
    }


def _weights(arguments: argparse.Namespace) -> Document:
    found = next((key for key, name in campaigns.names().items() if name == arguments.name), None)
    if found is None:
        raise NotFound(N_("There is no campaign {id}."), id=arguments.name)
    changed = 0
    if arguments.default:
        changed = campaigns.set_weights(found, None)
    elif arguments.set:
        text, topic, reference = arguments.set
        changed = campaigns.set_weights(found, normalise_weights(text, reference, topic))
    weights = campaigns.aim_weights(found)
    return {"weights": asdict(weights), "default": asdict(DEFAULT_WEIGHTS), "changed_scores": changed}


def _render_weights(document: Document) -> str:
    names = {"clip": "matches text", "caption": "shows topic", "lpips": "looks like reference"}
    rows = [
        {"part": name, "here": document["weights"][part], "default": document["default"][part]}
        for part, name in names.items()
    ]
    shown = table(rows, {"part": "part", "here": "this campaign", "default": "default"})
    changed = document["changed_scores"]
    return f"{shown}\n{changed} scores follow." if changed else shown


def _repair(arguments: argparse.Namespace) -> Document:
    return {"sessions": repair()}
