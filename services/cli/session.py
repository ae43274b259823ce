"""`session list | show ID`: what was made, and from what."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from services import sessions
from services.cli.output import Document, table
from services.domain import Match, Variant


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("session", help="saved sessions")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", parents=[common], help="the latest sessions")
    listing.add_argument("--text", default="", help="only sessions with these words")
    listing.add_argument("--page", type=int, default=1)
    listing.set_defaults(execute=_list, render=lambda d: table(d["sessions"], _LIST_COLUMNS))
    show = actions.add_parser("show", parents=[common], help="one session with all that made it")
    show.add_argument("id", metavar="ID")
    show.set_defaults(execute=_show, render=_render_show)


_LIST_COLUMNS = {
    "id": "id",
    "topic": "topic",
    "campaign": "campaign",
    "variants": "variants",
    "best": "best",
    "created": "created",
}


def _list(arguments: argparse.Namespace) -> Document:
    found = sessions.search(text=arguments.text, page=arguments.page, per_page=50)
    rows = [
        {
            "id": card.id,
            "topic": card.topic,
            "campaign": card.campaign,
            "status": card.status,
            "engine": card.engine,
            "variants": card.variants,
            "best": card.best_final,
            "created": card.created_at.isoformat(timespec="seconds"),
        }
        for card in found.cards
    ]
    return {"total": found.total, "sessions": rows}


def _show(arguments: argparse.Namespace) -> Document:
    view = sessions.load(arguments.id)
    return {
        "session": view.id,
        "campaign": view.campaign,
        "status": view.status,
        "engine": view.engine,
        "created": view.created_at.isoformat(timespec="seconds"),
        "reference": view.reference_sha256,
        "brief": asdict(view.brief),
        "plan": _plan(view),
        "matches": [_match(m) for m in view.matches],
        "conditions": [asdict(c) for c in view.conditions],
        "variants": [_variant(v) for v in view.variants],
    }


def _plan(view: sessions.SessionView) -> Document | None:
    if view.plan is None:
        return None
    return asdict(view.plan) | {"notices": [str(notice) for notice in view.plan.notices]}


def _match(match: Match) -> Document:
    return asdict(match) | {"kept": match.kept}


def _variant(variant: Variant) -> Document:
    score = variant.score
    document = asdict(variant) | {"layout": variant.recipe.layout, "score": None}
    if score is not None:
        document["score"] = asdict(score) | {
            "notices": [str(notice) for notice in score.notices],
            **{
                name: asdict(metric) | {"reason": str(metric.reason) if metric.reason else None}
                for name, metric in (("clip", score.clip), ("caption", score.caption), ("lpips", score.lpips))
            },
        }
    return document


def _render_show(document: Document) -> str:
    plan = document["plan"] or {"summary": "(not planned)", "subqueries": []}
    rows = [
        {
            "rank": variant["rank"],
            "final": (variant["score"] or {}).get("final"),
            "layout": variant["layout"],
            "seed": variant["seed"],
            "sha256": variant["sha256"][:12],
        }
        for variant in document["variants"]
    ]
    kept = sum(match["kept"] for match in document["matches"])
    return "\n".join(
        [
            f"session {document['session']} in {document['campaign']}: {document['brief']['topic']}",
            f"plan: {plan['summary']}",
            *(f"  {sub['weight']:.2f}  {sub['text']}" for sub in plan["subqueries"]),
            f"references: {kept} kept of {len(document['matches'])}",
            table(rows, {k: k for k in ("rank", "final", "layout", "seed", "sha256")}),
        ]
    )
