"""Entries of a checked manifest as the studio's own values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from services.choices import EngineChoice, GenerationOptions
from services.domain import (
    Brief,
    Condition,
    ConditionKind,
    DropReason,
    Keyword,
    Match,
    ModelRef,
    Photo,
    Placement,
    Plan,
    Recipe,
    Strategy,
    SubQuery,
)
from services.export.manifest import Entry
from services.storage.names import display_name


def brief_value(entry: Entry) -> Brief:
    return Brief(
        topic=entry["topic"],
        product_text=entry["product_text"],
        photos=tuple(_photo(photo) for photo in entry["photos"]),
        headline=entry["headline"],
        library=entry["library"],
        strategy=Strategy(entry["strategy"]),
        placement=Placement(entry["placement"]),
        variants=int(entry["variants"]),
        seed=int(entry["seed"]),
        options=GenerationOptions.from_dict(entry["options"]),
    )


def _photo(entry: Entry) -> Photo:
    return Photo(
        entry["sha256"],
        display_name(entry["file_name"]),
        int(entry["width"]),
        int(entry["height"]),
        entry["hero"],
    )


def plan_value(entry: Entry | None) -> Plan | None:
    if entry is None:
        return None
    planner = entry["planner"]
    return Plan(
        summary=entry["summary"],
        subqueries=tuple(SubQuery(q["text"], float(q["weight"])) for q in entry["subqueries"]),
        keywords=tuple(Keyword(k["text"], float(k["similarity"])) for k in entry["keywords"]),
        language=entry["language"],
        planner=ModelRef("planner", planner["id"], planner["revision"]),
        headline=entry["headline"],
    )


def recipe_value(entry: Entry) -> Recipe:
    """Whole numbers may come as 1.0: JSON knows no difference."""
    width, height = entry["size"]
    numbers = {"seed": int(entry["seed"]), "size": [int(width), int(height)]}
    return Recipe.from_json(json.dumps(entry | numbers))


def condition_value(entry: Entry) -> Condition:
    return Condition(ConditionKind(entry["kind"]), entry["ref"], float(entry["weight"]), entry["label"])


def parts_value(entry: Mapping[str, str]) -> EngineChoice:
    """Raises InvalidInput for a part that this studio does not know."""
    return EngineChoice.from_dict(entry)


def match_values(entries: Sequence[Entry], items: Mapping[str, int]) -> tuple[Match, ...]:
    """`items` are this studio's items by picture. A picture that is in no library here gets a number below
    zero, which is no item's."""
    numbers = {e["sha256"]: items.get(e["sha256"], -1 - place) for place, e in enumerate(entries)}
    return tuple(
        Match(
            subquery=int(e["subquery"]),
            query=e["query"],
            item_id=numbers[e["sha256"]],
            sha256=e["sha256"],
            file_name=display_name(e["file_name"]),
            similarity=float(e["similarity"]),
            weight=float(e["weight"]),
            caption=e["caption"],
            drop=DropReason(e["drop"]) if e["drop"] else None,
            drop_value=e["drop_value"],
            drop_limit=e["drop_limit"],
            drop_twin=numbers.get(e["drop_twin"]) if e["drop_twin"] else None,
            overruled=e["overruled"],
            typed_weight=e["typed_weight"],
            query_weight=float(e["query_weight"]),
        )
        for e in entries
    )
