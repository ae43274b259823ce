"""Campaigns with a history, written in bulk: many sessions over months, in every state."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from db import tables
from db.base import now
from services import campaigns, score_records
from services.database import unit_of_work
from services.domain import AimScore, Decision, MetricScore, ModelRef, Placement, Recipe, Strategy
from tests.pages.seeds import TEXT, drawn

LITE = "clip=conse-efficientnet-lite0@1; caption=labels@1; topic=all-MiniLM-L6-v2@1; lpips=alexnet@0.1"
FULL = (
    "clip=openai/clip-vit-base-patch32; caption=Salesforce/blip2-opt-2.7b; topic=distiluse; lpips=alexnet@0.1"
)
TOPICS = (
    "A dog in a yellow hoodie",
    "A leather bag on a bench",
    "A cup of espresso at dawn",
    "Trail shoes in rain",
)
LEVELS = {Strategy.NONE: 52, Strategy.KEYWORDS: 58, Strategy.SUBQUERIES: 65, Strategy.FILTERED: 71}


def campaign(
    name: str,
    sessions: int,
    variants: int = 12,
    days: int = 100,
    full: float = 0.0,
    seed: int = 1,
    pictures: int = 12,
) -> str:
    """A campaign of so many scored sessions, the share `full` of them on the full engine; its id."""
    chance = random.Random(seed)
    campaign_id = campaigns.get_or_create(name)
    keys = [drawn(900 + n) for n in range(pictures)]
    with unit_of_work() as work:
        for number in range(sessions):
            age = timedelta(days=days * (1 - number / max(sessions, 1)), minutes=1)
            row = _session(campaign_id, number, age, chance.random() < full, chance, keys)
            work.session.add(row)
            work.session.flush()
            _variants(work.session, row, variants, chance, keys)
        work.commit()
    return campaign_id


def _session(
    campaign_id: str, number: int, age: timedelta, full: bool, chance: random.Random, keys: list[str]
) -> tables.Session:
    return tables.Session(
        campaign_id=campaign_id,
        status=chance.choice(("review", "review", "approved", "approved", "rejected")),
        stage="variants",
        engine="full" if full else "lite",
        topic=f"{TOPICS[number % len(TOPICS)]} {number + 1}",
        product_text=TEXT,
        headline="Warm days",
        strategy=chance.choice(list(Strategy)).value,
        placement=Placement.SQUARE.value,
        created_at=now() - age,
        updated_at=now() - age,
        photos=[
            tables.Photo(position=0, sha256=keys[0], file_name="hoodie.png", width=320, height=240, hero=True)
        ],
    )


def _variants(session: Any, row: tables.Session, count: int, chance: random.Random, keys: list[str]) -> None:
    middle = chance.gauss(LEVELS[Strategy(row.strategy)], 5)
    variants = [_variant(row.id, place, chance, keys) for place in range(count)]
    session.add_all(variants)
    session.flush()
    scores = [_score(chance, middle, FULL if row.engine == "full" else LITE) for _ in variants]
    finals = [score.final or 0.0 for score in scores]
    for variant, score in zip(variants, scores, strict=True):
        variant.rank = 1 + sum(final > (score.final or 0.0) for final in finals)
        session.add(score_records.score_row(variant.id, score, row.topic, TEXT, None))
    session.add(tables.Spend(session_id=row.id, step="generate", seconds=chance.uniform(1, 9)))
    if row.engine == "full":
        session.add(
            tables.Spend(session_id=row.id, step="plan", model_id="a-chat-model", tokens_in=900,
                         tokens_out=300, cost=0.002, calls=1, seconds=2.0)
        )  # fmt: skip
    row.best_final = max(finals)


def _variant(session_id: str, place: int, chance: random.Random, keys: list[str]) -> tables.Variant:
    recipe = Recipe(
        ModelRef("generator", "layouts", "1"), place, Placement.SQUARE, (1080, 1080), (), layout="hero"
    )
    picked = chance.random() < 0.15
    return tables.Variant(
        session_id=session_id,
        position=place,
        seed=place,
        sha256=chance.choice(keys),
        width=1080,
        height=1080,
        recipe=recipe.to_json(),
        recipe_sha256=recipe.sha256,
        decision=Decision.PICKED.value if picked else None,
        shortlisted=picked and chance.random() < 0.4,
    )


def _score(chance: random.Random, middle: float, scorer: str) -> AimScore:
    clip, caption, lpips = (
        min(1.0, max(0.0, chance.gauss(m / 100, 0.09))) for m in (middle + 15, middle, middle - 8)
    )
    final = 100 * (0.2 * clip + 0.3 * lpips + 0.5 * caption)
    return AimScore(
        scorer,
        MetricScore(1.4 * clip - 1, clip),
        MetricScore(0.7 * caption, caption, text="a dog on a couch"),
        MetricScore(0.9, lpips),
        final,
    )
