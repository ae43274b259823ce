"""`run`: one brief, from words and photos to ranked variants in a folder."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from services import sessions, studio
from services.choices import KNOWN_PARTS, EngineChoice, GenerationMode, GenerationOptions
from services.cli.engine_flags import add_engine_flags, add_option_flags, chosen_engine, chosen_options
from services.cli.files import store_photos
from services.cli.output import Document, table
from services.domain import Brief, Placement, Strategy, Variant
from services.engines import get_engine, require_ready
from services.provenance import made_by
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
    add_engine_flags(run)
    add_option_flags(run)
    run.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    choice = chosen_engine(arguments)
    _require(choice, arguments)
    brief = _brief(arguments, chosen_options(arguments, choice))
    session_id = sessions.create(brief, campaign=arguments.campaign, engine=choice)
    studio.run_session(session_id, get_engine(choice), report=None if arguments.json else _report)
    view = sessions.load(session_id)
    arguments.out.mkdir(parents=True, exist_ok=True)
    return {
        "session": session_id,
        "engine": {"name": choice.name, **choice.to_dict()},
        "made_by": [asdict(ref) for ref in made_by(view)],
        "notices": [
            *(str(notice) for notice in (view.plan.notices if view.plan else ())),
            *(str(notice) for notice in studio.generation_notices(view.id, get_engine(choice))),
        ],
        "variants": [_deliver(v, arguments.out) for v in view.variants],
    }


def _require(choice: EngineChoice, arguments: argparse.Namespace) -> None:
    """All that is missing, told at once, before anything is stored or loaded."""
    unused = ("encoder",) if arguments.library is None or arguments.strategy == Strategy.NONE else ()
    parts = [part for part in KNOWN_PARTS if part not in unused]
    require_ready(choice, parts, GenerationMode(arguments.mode or GenerationMode.SCENE))


def _brief(arguments: argparse.Namespace, options: GenerationOptions) -> Brief:
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
        options=options,
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
    notes = [f"note: {notice}" for notice in document["notices"]]
    return "\n".join([f"session {document['session']}", *notes, table(document["variants"], columns)])
