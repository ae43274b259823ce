"""manifest.json: all that an export knows about itself, in the shape of manifest.schema.json.

The same entries are read back by `services.importing`. Figures are exact, sentences English. Names of
people are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.domain import (
    AimScore,
    Brief,
    Condition,
    Match,
    MetricScore,
    ModelRef,
    Placement,
    Plan,
    Recipe,
    Variant,
)
from services.export.marks import Marks
from services.export.rights import UsedPicture
from services.export.safe_zones import SAFE_ZONES
from services.generation.disclosure import SOFTWARE, disclosure, source_address
from services.messages import Message
from services.sessions import SessionView

FORMAT = "aim-studio-export"
VERSION = 1
"""Raised when a reader of the old shape would go wrong on the new one."""

NAME = "manifest.json"
SCHEMA_NAME = "manifest.schema.json"
SCHEMA_PATH = Path(__file__).with_name(SCHEMA_NAME)

Entry = dict[str, Any]


@dataclass(slots=True)
class Contents:
    """What the writing of a package found out, file by file.

    `files` are all entries but the manifest; `delivered` the files of a variant by its id; `packed` the
    file of a used picture by its key; `problems` sentences by variant id or picture key.
    """

    files: list[Entry] = field(default_factory=list)
    delivered: dict[int, list[Entry]] = field(default_factory=dict)
    packed: dict[str, Entry] = field(default_factory=dict)
    problems: dict[int | str, Message] = field(default_factory=dict)


@cache
def schema() -> Entry:
    """The JSON Schema of this version's manifest."""
    loaded: Entry = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return loaded


def manifest(
    view: SessionView,
    variants: Sequence[Variant],
    marks: Mapping[int, Marks],
    pictures: Sequence[UsedPicture],
    placements: Sequence[Placement],
    contents: Contents,
    at: datetime,
) -> Entry:
    """The whole document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "software": SOFTWARE,
        "exported_at": at.isoformat(timespec="seconds"),
        "session": {
            "id": view.id,
            "kind": view.kind,
            "campaign": view.campaign,
            "status": view.status,
            "engine": view.engine,
            "parts": asdict(view.parts),
            "created_at": view.created_at.isoformat(timespec="seconds"),
            "brief": brief_entry(view.brief),
            "plan": plan_entry(view.plan),
            "matches": [match_entry(m, view.matches) for m in view.matches],
            "conditions": [condition_entry(c) for c in view.conditions],
            "reference_sha256": view.reference_sha256,
        },
        "models": models(view, variants),
        "placements": [placement_entry(p) for p in placements],
        "variants": [_variant(v, marks[v.id], contents) for v in variants],
        "pictures": [_picture(p, variants, contents) for p in pictures],
        "files": contents.files,
        "problems": [str(problem) for problem in contents.problems.values()],
    }


def brief_entry(brief: Brief) -> Entry:
    return asdict(brief) | {
        "strategy": brief.strategy.value,
        "placement": brief.placement.value,
        "options": brief.options.to_dict() | {"mode": brief.options.mode.value},
        "photos": [asdict(photo) for photo in brief.photos],
    }


def plan_entry(plan: Plan | None) -> Entry | None:
    if plan is None:
        return None
    return {
        "summary": plan.summary,
        "headline": plan.headline,
        "language": plan.language,
        "subqueries": [asdict(query) for query in plan.subqueries],
        "keywords": [asdict(keyword) for keyword in plan.keywords],
        "planner": asdict(plan.planner),
    }


def match_entry(match: Match, matches: Sequence[Match]) -> Entry:
    """A match by its picture: an item's number means nothing in another studio."""
    entry = asdict(match) | {"drop": match.drop.value if match.drop else None}
    entry["drop_twin"] = next((m.sha256 for m in matches if m.item_id == match.drop_twin), None)
    del entry["item_id"]
    return entry


def condition_entry(condition: Condition) -> Entry:
    return asdict(condition) | {"kind": condition.kind.value}


def recipe_entry(recipe: Recipe) -> Entry:
    entry: Entry = json.loads(recipe.to_json())
    return entry


def placement_entry(placement: Placement) -> Entry:
    width, height = placement.pixels
    return {
        "placement": placement.value,
        "width": width,
        "height": height,
        "safe_zones": [asdict(zone) for zone in SAFE_ZONES[placement]],
    }


def models(view: SessionView, variants: Sequence[Variant]) -> list[Entry]:
    """Every model that had a part in it, each once. A scorer names its own models in one text."""
    refs = [view.plan.planner] if view.plan else []
    refs += [v.recipe.generator for v in variants]
    refs += [ModelRef("scorer", v.score.scorer) for v in variants if v.score]
    return [asdict(ref) for ref in dict.fromkeys(refs)]


def _variant(variant: Variant, marks: Marks, contents: Contents) -> Entry:
    return {
        "number": variant.index + 1,
        "rank": variant.rank,
        "seed": variant.seed,
        "layout": variant.recipe.layout,
        "sha256": variant.sha256,
        "width": variant.width,
        "height": variant.height,
        "recipe": recipe_entry(variant.recipe),
        "recipe_sha256": variant.recipe.sha256,
        "decision": variant.decision.value if variant.decision else None,
        "shortlisted": marks.shortlisted,
        "stars": marks.stars,
        "raters": marks.raters,
        "tags": list(marks.tags),
        "score": _score(variant.score),
        "disclosure": {
            "digital_source_type": source_address(variant.recipe) or None,
            "text": disclosure(variant.recipe),
        },
        "files": contents.delivered.get(variant.id, []),
        "problem": _sentence(contents.problems.get(variant.id)),
    }


def _score(score: AimScore | None) -> Entry | None:
    if score is None:
        return None
    return {
        "scorer": score.scorer,
        "final": score.final,
        "clip": _metric(score.clip),
        "caption": _metric(score.caption) | {"text": score.caption.text},
        "lpips": _metric(score.lpips),
        "is_reference": score.is_reference,
        "weights": asdict(score.weights),
    }


def _metric(metric: MetricScore) -> Entry:
    return {
        "raw": metric.raw,
        "norm": metric.norm,
        "not_scored": str(metric.reason) if metric.reason else None,
    }


def _sentence(problem: Message | None) -> str | None:
    return None if problem is None else str(problem)


def _picture(picture: UsedPicture, variants: Sequence[Variant], contents: Contents) -> Entry:
    numbers = {v.id: v.index + 1 for v in variants}
    return {
        "sha256": picture.sha256,
        "origin": picture.origin.value,
        "file_name": picture.file_name,
        "library": picture.library,
        "licence": picture.licence,
        "attribution": picture.attribution,
        "source_url": picture.source_url,
        "variants": [numbers[i] for i in picture.variants],
        "file": contents.packed.get(picture.sha256),
        "problem": _sentence(contents.problems.get(picture.sha256)),
    }
