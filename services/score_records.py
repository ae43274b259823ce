"""Variant and score rows to domain values and back; see records.py for the rest of a session."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from db import tables
from services.domain import AimScore, AimWeights, Decision, MetricScore, Recipe, Variant
from services.records import message_data, message_value, messages_data, messages_value


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
        notices=messages_data(score.notices),
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
        notices=messages_value(row.notices),
    )
