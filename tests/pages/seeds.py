"""Sessions as the services save them, made without any model: for pages in every state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from services import sessions
from services.domain import (
    AimScore,
    Brief,
    Condition,
    ConditionKind,
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
)
from services.messages import Message
from services.storage.images import get_store

TOPIC = "A dog in a yellow hoodie"
TEXT = "A cute dog wearing a yellow hoodie sits on a stylish sofa in a warm and cozy living room."
QUERIES = ("a dog in a yellow hoodie", "a stylish sofa", "a cozy living room")


def drawn(seed: int, size: tuple[int, int] = (320, 240)) -> str:
    """A picture of coloured shapes in the image store; its key. The seed decides all of it."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(int(v) for v in rng.integers(120, 240, 3)))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = (int(rng.integers(0, s)) for s in size)
        r = int(rng.integers(size[0] // 12, size[0] // 4))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    return get_store().put_image(image)


def brief(topic: str = TOPIC, variants: int = 4, placement: Placement = Placement.SQUARE) -> Brief:
    photo = Photo(drawn(1), "hoodie front.png", 320, 240, hero=True)
    second = Photo(drawn(2), "hoodie_[back].png", 320, 240)
    return Brief(
        topic, TEXT, (photo, second), "Warm days", "Studio backdrops", Strategy.FILTERED, placement, variants
    )


def plan() -> Plan:
    weights = (0.5, 0.3, 0.2)
    return Plan(
        summary="A dog in a yellow hoodie on a sofa.",
        subqueries=tuple(SubQuery(q, w) for q, w in zip(QUERIES, weights, strict=True)),
        keywords=(Keyword("yellow hoodie", 0.71), Keyword("cozy sofa", 0.55)),
        notices=(Message("This plan was made for a test."),),
        planner=ModelRef("planner", "keybert", "0.9.0"),
    )


def matches() -> tuple[Match, ...]:
    """Two of each part; of the last part one is too weak, one too alike the first of all."""
    found = []
    for part, query in enumerate(QUERIES):
        for place in range(2):
            item = 10 * part + place + 1
            found.append(
                Match(part, query, item, drawn(100 + item), f"photo {item}.jpg", 0.6 - 0.1 * place, 0.2)
            )
    weak, alike = found[4], found[5]
    found[4] = _dropped(weak, DropReason.RELEVANCE, 0.12, 0.2)
    found[5] = _dropped(alike, DropReason.REDUNDANCY, 0.91, 0.8, found[0].item_id)
    return tuple(found)


def _dropped(match: Match, why: DropReason, value: float, limit: float, twin: int | None = None) -> Match:
    from dataclasses import replace

    return replace(match, drop=why, drop_value=value, drop_limit=limit, drop_twin=twin)


def conditions(found: tuple[Match, ...], hero: Photo) -> tuple[Condition, ...]:
    return (
        Condition(ConditionKind.TEXT, "A dog in a yellow hoodie on a sofa.", 0.6, "summary"),
        Condition(ConditionKind.PHOTO, hero.sha256, 0.4, hero.file_name),
        *(Condition(ConditionKind.MATCH, m.sha256, m.weight, m.file_name) for m in found if m.kept),
    )


def score(final: float) -> AimScore:
    norm = final / 100
    return AimScore(
        scorer="clip=fake; caption=fake; topic=fake; lpips=fake",
        clip=MetricScore(0.3, norm),
        caption=MetricScore(0.5, norm, text="a dog on a couch"),
        lpips=MetricScore(0.7, norm),
        final=final,
    )


def unscored() -> AimScore:
    """A score with one part missing, and the reason."""
    reason = Message("The reference picture is missing.")
    whole = score(60.0)
    return AimScore(whole.scorer, whole.clip, whole.caption, MetricScore(reason=reason), None)


def add_variants(session_id: str, count: int, score_of: Callable[[int], AimScore | None]) -> list[int]:
    view = sessions.load(session_id)
    ids = []
    for index in range(count):
        size = view.brief.placement.pixels
        recipe = Recipe(
            ModelRef("generator", "layouts", "1"), 40 + index, view.brief.placement, size, view.conditions,
            view.brief.headline, "hero",
        )  # fmt: skip
        sha256 = drawn(500 + index, (size[0] // 4, size[1] // 4))
        ids.append(sessions.save_variant(session_id, None, index, recipe, sha256, *size))
    scores = {i: s for n, i in enumerate(ids) if (s := score_of(n)) is not None}
    sessions.save_scores(session_id, scores, view.brief.topic, view.brief.product_text, view.reference_sha256)
    return ids


def session(
    topic: str = TOPIC,
    campaign: str = "Autumn",
    upto: str = "variants",
    variants: int = 4,
    placement: Placement = Placement.SQUARE,
) -> str:
    """A session that went as far as `upto`: brief, plan, references or variants; its id."""
    given = brief(topic, variants, placement)
    session_id = sessions.create(given, campaign=campaign)
    if upto == "brief":
        return session_id
    sessions.save_plan(session_id, plan())
    if upto == "plan":
        return session_id
    found = matches()
    sessions.save_matches(session_id, found)
    sessions.save_conditions(session_id, conditions(found, given.photos[0]))
    if upto == "variants":
        add_variants(session_id, variants, lambda n: score(90.0 - 7 * n))
    return session_id


def library(name: str = "Autumn shoot", count: int = 8) -> str:
    """A library of drawn pictures, read by the lite search model as it were; the last waits for its file."""
    from db.tables import Item, ItemTag, ItemVector, Library
    from services.database import unit_of_work
    from services.engines import get_encoder
    from services.retrieval.vectors import encoder_key, pack

    encoder = get_encoder("lite")
    key, rng = encoder_key(encoder.ref), np.random.default_rng(5)
    with unit_of_work() as work:
        row = Library(name=name, encoder=key, version=1)
        work.session.add(row)
        work.session.flush()
        for n in range(count):
            item = Item(
                library_id=row.id, sha256=drawn(900 + n), source_sha256=f"{n:064}",
                file_name=f"frame_{n}.jpg",
                caption="A sofa in the sun" if n % 2 else "", width=320, height=240, pictured=n < count - 1,
                licence="CC0" if n % 3 else None,
            )  # fmt: skip
            work.session.add(item)
            work.session.flush()
            vector = pack(rng.normal(size=encoder.dim).astype(np.float32))
            work.session.add(
                ItemVector(item_id=item.id, encoder=key, library_id=row.id, version=1, image=vector)
            )
            work.session.add(ItemTag(item_id=item.id, tag="indoor" if n % 2 else "outdoor"))
        work.commit()
    return name
