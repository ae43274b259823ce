"""A studio with many scored sessions, written in bulk through the same units of work as a person's clicks."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from db import tables
from db.base import now
from services import campaigns, score_records
from services.database import reset_database, unit_of_work
from services.domain import (
    AimScore,
    Condition,
    ConditionKind,
    Decision,
    MetricScore,
    ModelRef,
    Placement,
    Recipe,
    Strategy,
)
from services.settings import get_settings

VARIANTS_EACH = 25
DAYS = 120
"""The sessions are made over four months; ten times as many sessions, ten times as many a day."""

AT_ONCE = 50
CONDITIONS = tuple(Condition(ConditionKind.TEXT, f"text {i}", 0.1, "text") for i in range(10))
TEXT = "Heavy cotton, worn in the rain. " * 10


@contextmanager
def filled_studio(count: int, campaigns_named: int = 1, days: int = DAYS) -> Iterator[list[str]]:
    """A home of its own with `count` sessions of 25 variants; their ids, oldest first."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        os.environ["AIM_STUDIO_WORKER"] = "none"
        get_settings.cache_clear()
        reset_database()
        yield fill(count, campaigns_named, days)
        reset_database()


def fill(count: int, campaigns_named: int = 1, days: int = DAYS) -> list[str]:
    """Scored sessions in so many campaigns, spread over `days`; their ids, oldest first."""
    held = [campaigns.get_or_create(f"Campaign {n}") for n in range(campaigns_named)]
    chance = random.Random(7)
    ids: list[str] = []
    for first in range(0, count, AT_ONCE):
        with unit_of_work() as work:
            for number in range(first, min(first + AT_ONCE, count)):
                age = timedelta(days=days * (1 - number / count))
                row = _session(number, held[number % len(held)], age, chance)
                work.session.add(row)
                work.session.flush()
                ids.append(row.id)
                _variants(work.session, row, chance)
            work.commit()
    return ids


def _session(number: int, campaign_id: str, age: timedelta, chance: random.Random) -> tables.Session:
    return tables.Session(
        campaign_id=campaign_id,
        status=chance.choice(("review", "review", "approved", "rejected")),
        stage="variants",
        topic=f"A hoodie on street {number}",
        product_text=TEXT,
        headline="Stay dry",
        strategy=chance.choice(list(Strategy)).value,
        placement=Placement.SQUARE.value,
        created_at=now() - age,
        updated_at=now() - age,
        photos=[
            tables.Photo(position=0, sha256=_sha(f"photo {number}"), file_name="hoodie.png", width=800,
                         height=800, hero=True)
        ],
    )  # fmt: skip


def _variants(session: Any, row: tables.Session, chance: random.Random) -> None:
    level = chance.gauss(60, 8)
    finals = sorted((min(99.0, max(1.0, chance.gauss(level, 9))) for _ in range(VARIANTS_EACH)), reverse=True)
    variants = [_variant(row.id, place, chance) for place in range(VARIANTS_EACH)]
    session.add_all(variants)
    session.flush()
    for variant, final in zip(variants, finals, strict=True):
        session.add(score_records.score_row(variant.id, _score(final), row.topic, TEXT, None))
    session.add(tables.Spend(session_id=row.id, step="generate", seconds=chance.uniform(1, 9)))
    session.add(
        tables.Spend(
            session_id=row.id, step="plan", model_id="gpt", tokens_in=900, tokens_out=300, cost=0.002
        )
    )
    row.best_final = finals[0]


def _variant(session_id: str, place: int, chance: random.Random) -> tables.Variant:
    recipe = Recipe(
        ModelRef("generator", "bench"), place, Placement.SQUARE, (1080, 1080), CONDITIONS, layout="hero"
    )
    picked = place < 3 and chance.random() < 0.6
    return tables.Variant(
        session_id=session_id,
        position=place,
        seed=place,
        sha256=_sha(f"{session_id} {place}"),
        width=1080,
        height=1080,
        recipe=recipe.to_json(),
        recipe_sha256=recipe.sha256,
        rank=place + 1,
        decision=Decision.PICKED.value if picked else None,
        shortlisted=picked and place == 0,
    )


def _score(final: float) -> AimScore:
    metric = MetricScore(0.3, final / 100, text="a hoodie")
    return AimScore("bench", metric, metric, metric, final)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
