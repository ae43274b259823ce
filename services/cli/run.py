"""`run`: one brief, from words and photos to ranked variants in a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from services import sessions, studio
from services.cli.files import store_photos
from services.cli.output import Document, table
from services.domain import Brief, Placement, Strategy, Variant
from services.engines import get_engine
from services.storage.images import get_store


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    run = commands.add_parser("run", parents=[common], help="make and score variants from a brief")
    run.add_argument("--topic", required=True, help="what the picture is about, in a sentence")
    run.add_argument("--text", required=True, help="the product text")
    run.add_argument("--photo", required=True, nargs="+", type=Path, help="product photos, the hero first")
    run.add_argument("--headline", default="", help="words set on the variants")
    run.add_argument("--library", help="where references come from")
    run.add_argument("--strategy", choices=[s.value for s in Strategy], default=Strategy.FILTERED.value)
    run.add_argument("--variants", type=int, default=8)
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--size", choices=[p.value for p in Placement], default=Placement.SQUARE.value)
    run.add_argument("--campaign", help="the campaign that the session belongs to")
    run.add_argument("--out", required=True, type=Path, help="folder for the variant files")
    run.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    engine = get_engine()
    brief = _brief(arguments)
    session_id = sessions.create(brief, campaign=arguments.campaign, engine=engine.name)
    studio.run_session(session_id, engine, report=None if arguments.json else _report)
    variants = sessions.load(session_id).variants
    arguments.out.mkdir(parents=True, exist_ok=True)
    return {"session": session_id, "variants": [_deliver(v, arguments.out) for v in variants]}


def _brief(arguments: argparse.Namespace) -> Brief:
    """The brief, checked before a photo is stored or a model is loaded."""
    from services.briefs import validate

    strategy = Strategy(arguments.strategy)
    brief = Brief(
        topic=arguments.topic,
        product_text=arguments.text,
        headline=arguments.headline,
        library=arguments.library,
        strategy=strategy,
        placement=Placement(arguments.size),
        variants=arguments.variants,
        seed=arguments.seed,
        photos=store_photos(arguments.photo),
    )
    validate(brief)
    return brief


def _deliver(variant: Variant, folder: Path) -> Document:
    """Write the stored bytes unchanged; the name says the position, so that equal runs give equal files."""
    path = folder / f"variant-{variant.index + 1:02d}.png"
    path.write_bytes(get_store().path(variant.sha256).read_bytes())
    score = variant.score
    return {
        "rank": variant.rank,
        "file": str(path),
        "seed": variant.seed,
        "layout": variant.recipe.layout,
        "sha256": variant.sha256,
        "final": score.final if score else None,
        "clip": score.clip.raw if score else None,
        "caption": score.caption.raw if score else None,
        "caption_text": score.caption.text if score else "",
        "lpips": score.lpips.raw if score else None,
    }


def _report(step: str, share: float) -> None:
    print(f"{share:4.0%} {step}", file=sys.stderr)


def _render(document: Document) -> str:
    columns = {
        "rank": "rank",
        "final": "final",
        "clip": "matches text",
        "caption": "shows topic",
        "lpips": "lpips",
        "layout": "layout",
        "file": "file",
    }
    return f"session {document['session']}\n{table(document['variants'], columns)}"
