"""Values to begin a test with; each test changes what it is about."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from services.domain import (
    AimScore,
    Brief,
    Condition,
    ConditionKind,
    Match,
    MetricScore,
    ModelRef,
    Photo,
    Placement,
    Plan,
    Recipe,
    SubQuery,
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def a_brief(topic: str = "A hoodie on a rainy street", **changes: object) -> Brief:
    brief = Brief(
        topic=topic,
        product_text="A heavy cotton hoodie, worn in the rain at night.",
        photos=(Photo(sha("hoodie"), "hoodie.png", 800, 600, hero=True),),
        headline="Stay dry",
        library="backdrops",
        variants=4,
    )
    return replace(brief, **changes)  # type: ignore[arg-type]


def a_plan(*texts: str) -> Plan:
    texts = texts or ("rain", "street at night")
    queries = tuple(SubQuery(text, 1 / len(texts)) for text in texts)
    return Plan("A hoodie in the rain.", queries, planner=ModelRef("planner", "test"))


def a_match(item_id: int = 1, **changes: object) -> Match:
    match = Match(0, "rain", item_id, sha(f"item {item_id}"), f"{item_id}.png", 0.5, 0.25)
    return replace(match, **changes)  # type: ignore[arg-type]


def a_condition(ref: str = "rain", weight: float = 1.0) -> Condition:
    return Condition(ConditionKind.TEXT, ref, weight, ref)


def a_recipe(seed: int = 0) -> Recipe:
    return Recipe(
        generator=ModelRef("generator", "test"),
        seed=seed,
        placement=Placement.SQUARE,
        size=(1080, 1080),
        conditions=(a_condition(),),
        layout="hero",
    )


def a_score(final: float | None, scorer: str = "lite", is_reference: bool = False) -> AimScore:
    norm = None if final is None else final / 100
    return AimScore(
        scorer=scorer,
        clip=MetricScore(0.2, norm),
        caption=MetricScore(0.4, norm, text="a hoodie"),
        lpips=MetricScore(0.6, norm),
        final=final,
        is_reference=is_reference,
    )
