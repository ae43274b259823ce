"""What made a session's results: every model with its id and revision, as it was recorded with them."""

from __future__ import annotations

from collections.abc import Iterable

from services.domain import AimScore, ModelRef, Variant
from services.sessions import SessionView

UNAVAILABLE = "unavailable"
"""What a scorer's id says of a model that was not there; its metric says why."""


def made_by(view: SessionView) -> tuple[ModelRef, ...]:
    """The models behind plan, references, variants and scores, each once, in the order of the steps."""
    found: list[ModelRef] = []
    if view.plan is not None:
        found.append(view.plan.planner)
    if view.retriever is not None:
        found.append(view.retriever)
    for variant in sorted(view.variants, key=lambda variant: variant.index):
        found.extend(variant_made_by(variant))
    return tuple(dict.fromkeys(found))


def variant_made_by(variant: Variant) -> tuple[ModelRef, ...]:
    """The models that painted and scored one variant."""
    scored = scored_by(variant.score) if variant.score else ()
    return (*painted_by(variant), *scored)


def painted_by(variant: Variant) -> tuple[ModelRef, ...]:
    """The generator, and the prior that turned its conditions into an embedding, where it has one."""
    settings = dict(variant.recipe.settings)
    prior = settings.get("prior")
    made = (variant.recipe.generator,)
    if not prior:
        return made
    model, _, revision = prior.partition(" ")
    return (*made, ModelRef("prior", model, revision))


def scored_by(score: AimScore) -> tuple[ModelRef, ...]:
    """The models in a score's `scorer`, "clip=ID@REVISION; caption=..."; parts as named there."""
    pairs = (part.partition("=") for part in score.scorer.split("; "))
    return tuple(
        _named(name.strip(), value) for name, sign, value in pairs if sign and value and value != UNAVAILABLE
    )


def _named(part: str, text: str) -> ModelRef:
    """ "ID@REVISION" as a reference; without a revision it is ""."""
    model, _, revision = text.partition("@")
    return ModelRef(part, model, revision)


def in_words(refs: Iterable[ModelRef]) -> str:
    """For one line: "planner: ID REVISION; ..."."""
    return "; ".join(f"{ref.part}: {ref.id} {ref.revision}".rstrip() for ref in refs)
