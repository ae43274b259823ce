"""The whole run on one screen: brief -> plan -> retrieve -> filter -> condition -> generate -> score -> save.

Two halves. `start_*` put work into the queue and return the run's id: pages call them. The rest do one
step each, on an engine, and save what they made: the worker and the CLI call those. Every step can be
repeated without harm.
"""

from __future__ import annotations

from collections.abc import Callable

from services import sessions
from services.domain import Brief, Condition, Match, Plan, Recipe, Strategy
from services.engines import Engine
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.messages import N_
from services.parts import Progress
from services.storage.images import get_store

# --- one step each -----------------------------------------------------------------------------


def plan_session(session_id: str, engine: Engine) -> Plan:
    """Turn the brief's product text into a plan and save it."""
    plan = engine.planner.plan(sessions.load(session_id).brief)
    sessions.save_plan(session_id, plan)
    return plan


def find_references(session_id: str, engine: Engine, progress: Progress | None = None) -> tuple[Match, ...]:
    """Retrieve matches for the plan, filter them as the strategy says, and save them with their weights.

    No match good enough is a normal result: the conditions are then the words and photos alone.
    """
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops
    from services.retrieval.filters import apply_filters
    from services.retrieval.retrieve import image_cosines, retrieve

    brief, plan = _planned(session_id)
    if brief.library == BACKDROPS_LIBRARY and brief.strategy is not Strategy.NONE:
        ensure_backdrops(engine.encoder, progress)
    matches = retrieve(brief, plan, engine.encoder)
    if brief.strategy is Strategy.FILTERED and matches:
        matches = apply_filters(
            matches, image_cosines(matches, engine.encoder), engine.encoder.relevance_floor
        )
    save_references(session_id, matches)
    return matches


def save_references(session_id: str, matches: tuple[Match, ...]) -> tuple[Condition, ...]:
    """Save the matches as decided by the filters or by hand, and the conditions that follow from them."""
    from services.generation.conditioning import conditions_for

    brief, plan = _planned(session_id)
    conditions = conditions_for(brief, plan, matches)
    sessions.save_matches(session_id, matches)
    sessions.save_conditions(session_id, conditions)
    return conditions


def list_recipes(session_id: str, engine: Engine) -> list[Recipe]:
    """One recipe per variant of the brief, each with its own seed."""
    view = sessions.load(session_id)
    if not view.conditions:
        raise InvalidInput(N_("There is nothing to generate from yet. Find references first."))
    return engine.generator.recipes(view.brief, view.conditions)


def make_variant(
    session_id: str, engine: Engine, position: int, recipe: Recipe, run_id: str | None = None
) -> int:
    """Generate, store and save one variant; its id. A session never makes the same recipe twice."""
    from services.generation.png import encode_png

    if (existing := sessions.find_variant(session_id, recipe)) is not None:
        return existing
    store = get_store()
    image = engine.generator.generate(recipe, store.open)
    sha256 = store.put(encode_png(image, recipe))
    return sessions.save_variant(session_id, run_id, position, recipe, sha256, image.width, image.height)


def score_session(session_id: str, engine: Engine, progress: Progress | None = None) -> None:
    """Score every variant of the session with AIM against its reference picture, and save the scores."""
    from services.aim.scorer import Candidate

    view, store = sessions.load(session_id), get_store()
    if not view.variants:
        return
    reference = view.reference_sha256 or (view.brief.hero.sha256 if view.brief.hero else None)
    scores = engine.scorer.score(
        [Candidate(v.sha256, store.open(v.sha256)) for v in view.variants],
        topic=view.brief.topic,
        prompt=view.brief.product_text,
        reference=Candidate(reference, store.open(reference)) if reference else None,
        progress=progress,
    )
    by_variant = {v.id: score for v, score in zip(view.variants, scores, strict=True)}
    sessions.save_scores(session_id, by_variant, view.brief.topic, view.brief.product_text, reference)


def run_session(session_id: str, engine: Engine, report: Callable[[str, float], None] | None = None) -> None:
    """All steps in this process, one after the other. `report` gets the step's name and the share done."""
    tell = report or (lambda step, share: None)
    tell("plan", 0.0)
    plan_session(session_id, engine)
    tell("retrieve", 0.05)
    find_references(session_id, engine)
    recipes = list_recipes(session_id, engine)
    for position, recipe in enumerate(recipes):
        tell("generate", 0.3 + 0.5 * position / len(recipes))
        make_variant(session_id, engine, position, recipe)
    tell("score", 0.8)
    score_session(session_id, engine)
    tell("done", 1.0)


def _planned(session_id: str) -> tuple[Brief, Plan]:
    view = sessions.load(session_id)
    if view.plan is None:
        raise InvalidInput(N_("There is no plan yet. Plan the brief first."))
    return view.brief, view.plan


# --- into the queue ----------------------------------------------------------------------------


def start_plan(session_id: str) -> str:
    return queue.submit(RunKind.PLAN, session_id, steps=[StepSpec("plan")])


def start_references(session_id: str) -> str:
    return queue.submit(RunKind.REFERENCES, session_id, steps=[StepSpec("retrieve")])


def start_variants(session_id: str) -> str:
    return queue.submit(RunKind.VARIANTS, session_id, steps=_generation_steps(session_id))


def start_score(session_id: str) -> str:
    return queue.submit(RunKind.SCORE, session_id, steps=[StepSpec("score")])


def start_complete(session_id: str) -> str:
    """Everything from brief to scores as one run."""
    steps = [StepSpec("plan"), StepSpec("retrieve"), *_generation_steps(session_id)]
    return queue.submit(RunKind.COMPLETE, session_id, steps=steps)


def _generation_steps(session_id: str) -> list[StepSpec]:
    count = sessions.load(session_id).brief.variants
    generate = [StepSpec("generate", {"position": i, "count": count}) for i in range(count)]
    return [StepSpec("condition"), *generate, StepSpec("score")]
