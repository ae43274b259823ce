"""Rows to domain values and back. This and score_records.py alone know both shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from db import tables
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
    Strategy,
    SubQuery,
)
from services.messages import Message


def message_data(message: Message | None) -> dict[str, Any] | None:
    """JSON of a sentence, {template, values}."""
    return None if message is None else {"template": message.template, "values": message.values}


def message_value(data: dict[str, Any] | None) -> Message | None:
    return None if data is None else Message(data["template"], data["values"])


def messages_data(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [{"template": m.template, "values": m.values} for m in messages]


def messages_value(notices: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message(n["template"], n["values"]) for n in notices)


# --- brief ---------------------------------------------------------------------------------------


def write_brief(row: tables.Session, brief: Brief) -> None:
    """The brief's own columns; its photos are rows of their own."""
    row.topic, row.product_text, row.headline = brief.topic, brief.product_text, brief.headline
    row.library, row.strategy, row.placement = brief.library, brief.strategy.value, brief.placement.value
    row.variant_count, row.seed = brief.variants, brief.seed
    row.generation = brief.options.to_dict()


def photo_rows(session_id: str, photos: Sequence[Photo]) -> list[tables.Photo]:
    return [
        tables.Photo(
            session_id=session_id,
            position=position,
            sha256=photo.sha256,
            file_name=photo.file_name,
            width=photo.width,
            height=photo.height,
            hero=photo.hero,
        )
        for position, photo in enumerate(photos)
    ]


def brief_value(row: tables.Session) -> Brief:
    return Brief(
        topic=row.topic,
        product_text=row.product_text,
        photos=tuple(Photo(p.sha256, p.file_name, p.width, p.height, p.hero) for p in row.photos),
        headline=row.headline,
        library=row.library,
        strategy=Strategy(row.strategy),
        placement=Placement(row.placement),
        variants=row.variant_count,
        seed=row.seed,
        options=GenerationOptions.from_dict(row.generation or {}),
    )


def choice_value(row: tables.Session) -> EngineChoice:
    """The parts of the session's engine. An evaluation names a scorer alone."""
    if row.parts is not None:
        return EngineChoice.from_dict(row.parts)
    return EngineChoice(scorer="full") if row.engine == "full" else EngineChoice()


# --- plan and references -------------------------------------------------------------------------


def plan_row(session_id: str, plan: Plan) -> tables.Plan:
    return tables.Plan(
        session_id=session_id,
        summary=plan.summary,
        language=plan.language,
        keywords=[{"text": k.text, "similarity": k.similarity} for k in plan.keywords],
        notices=messages_data(plan.notices),
        planner_id=plan.planner.id,
        planner_revision=plan.planner.revision,
        headline=plan.headline,
        subqueries=[
            tables.SubQuery(position=i, text=s.text, weight=s.weight) for i, s in enumerate(plan.subqueries)
        ],
    )


def plan_value(row: tables.Plan | None) -> Plan | None:
    if row is None:
        return None
    return Plan(
        summary=row.summary,
        subqueries=tuple(SubQuery(s.text, s.weight) for s in row.subqueries),
        keywords=tuple(Keyword(k["text"], k["similarity"]) for k in row.keywords),
        language=row.language,
        notices=messages_value(row.notices),
        planner=ModelRef("planner", row.planner_id, row.planner_revision),
        headline=row.headline,
    )


def match_rows(session_id: str, matches: Sequence[Match]) -> list[tables.Match]:
    return [
        tables.Match(session_id=session_id, position=position, **_match_columns(match))
        for position, match in enumerate(matches)
    ]


def _match_columns(match: Match) -> dict[str, Any]:
    return asdict(match) | {"drop": match.drop.value if match.drop else None}


def match_value(row: tables.Match) -> Match:
    return Match(
        subquery=row.subquery,
        query=row.query,
        item_id=row.item_id,
        sha256=row.sha256,
        file_name=row.file_name,
        similarity=row.similarity,
        weight=row.weight,
        caption=row.caption,
        drop=DropReason(row.drop) if row.drop else None,
        drop_value=row.drop_value,
        drop_limit=row.drop_limit,
        drop_twin=row.drop_twin,
        overruled=row.overruled,
        typed_weight=row.typed_weight,
        query_weight=row.query_weight,
    )


def condition_rows(session_id: str, conditions: Sequence[Condition]) -> list[tables.Condition]:
    return [
        tables.Condition(
            session_id=session_id, position=i, kind=c.kind.value, ref=c.ref, weight=c.weight, label=c.label
        )
        for i, c in enumerate(conditions)
    ]


def condition_value(row: tables.Condition) -> Condition:
    return Condition(ConditionKind(row.kind), row.ref, row.weight, row.label)
