"""Rows to domain values and back. The only place that knows both shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from db import tables
from services.domain import (
    AimScore,
    AimWeights,
    Brief,
    Condition,
    ConditionKind,
    Decision,
    DropReason,
    Keyword,
    Match,
    MetricScore,
    ModelRef,
    Photo,
    Placement,
    Plan,
    Recipe,
    Strategy,
    SubQuery,
    Variant,
)
from services.messages import Message


def message_data(message: Message | None) -> dict[str, Any] | None:
    """JSON of a sentence, {template, values}."""
    return None if message is None else {"template": message.template, "values": message.values}


def message_value(data: dict[str, Any] | None) -> Message | None:
    return None if data is None else Message(data["template"], data["values"])


def _notices(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [{"template": m.template, "values": m.values} for m in messages]


def _messages(notices: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message(n["template"], n["values"]) for n in notices)


# --- brief ---------------------------------------------------------------------------------------


def write_brief(row: tables.Session, brief: Brief) -> None:
    """The brief's own columns; its photos are rows of their own."""
    row.topic, row.product_text, row.headline = brief.topic, brief.product_text, brief.headline
    row.library, row.strategy, row.placement = brief.library, brief.strategy.value, brief.placement.value
    row.variant_count, row.seed = brief.variants, brief.seed


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
    )


# --- plan and references -------------------------------------------------------------------------


def plan_row(session_id: str, plan: Plan) -> tables.Plan:
    return tables.Plan(
        session_id=session_id,
        summary=plan.summary,
        language=plan.language,
        keywords=[{"text": k.text, "similarity": k.similarity} for k in plan.keywords],
        notices=_notices(plan.notices),
        planner_id=plan.planner.id,
        planner_revision=plan.planner.revision,
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
        notices=_messages(row.notices),
        planner=ModelRef("planner", row.planner_id, row.planner_revision),
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


# --- variants and scores -------------------------------------------------------------------------


def variant_value(row: tables.Variant) -> Variant:
    return Variant(
        id=row.id,
        index=row.position,
        seed=row.seed,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        recipe=Recipe.from_json(row.recipe),
        score=score_value(row.score),
        rank=row.rank,
        decision=Decision(row.decision) if row.decision else None,
    )


def score_row(
    variant_id: int, score: AimScore, topic: str, prompt: str, reference_sha256: str | None
) -> tables.Score:
    metrics: dict[str, Any] = {}
    for name in ("clip", "caption", "lpips"):
        metric: MetricScore = getattr(score, name)
        metrics |= {
            f"{name}_raw": metric.raw,
            f"{name}_norm": metric.norm,
            f"{name}_reason": message_data(metric.reason),
        }
    return tables.Score(
        variant_id=variant_id,
        scorer=score.scorer,
        topic=topic,
        prompt=prompt,
        reference_sha256=reference_sha256,
        is_reference=score.is_reference,
        weights=asdict(score.weights),
        caption=score.caption.text,
        final=score.final,
        notices=_notices(score.notices),
        **metrics,
    )


def score_value(row: tables.Score | None) -> AimScore | None:
    if row is None:
        return None
    return AimScore(
        scorer=row.scorer,
        clip=MetricScore(row.clip_raw, row.clip_norm, message_value(row.clip_reason)),
        caption=MetricScore(
            row.caption_raw, row.caption_norm, message_value(row.caption_reason), row.caption
        ),
        lpips=MetricScore(row.lpips_raw, row.lpips_norm, message_value(row.lpips_reason)),
        final=row.final,
        is_reference=row.is_reference,
        weights=AimWeights(**row.weights),
        notices=_messages(row.notices),
    )
