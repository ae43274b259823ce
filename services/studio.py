"""The whole run on one screen: brief -> plan -> retrieve -> filter -> condition -> generate -> score -> save.

Two halves. `start_*` put work into the queue and return the run's id: pages call them. The rest do one
step each, on an engine, and save what they made: the worker and the CLI call those. Every step can be
repeated without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from services import sessions, spend
from services.batch import Batch
from services.brand.plan import respect
from services.choices import KNOWN_PARTS, EngineChoice
from services.domain import Brief, Condition, Match, ModelRef, Plan, Recipe, Strategy, Variant
from services.engines import Engine, get_encoder, require_ready
from services.errors import InvalidInput, NotFound
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.messages import N_, Message
from services.parts import Progress
from services.people import Role, require
from services.storage.images import get_store

# --- one step each -----------------------------------------------------------------------------


def plan_session(session_id: str, engine: Engine, progress: Progress | None = None) -> Plan:
    """Turn the brief's product text into a plan and save it, with what a service took for it."""
    view = sessions.load(session_id)
    planner = engine.planner
    plan = planner.plan(view.brief, progress) if progress else planner.plan(view.brief)
    if plan.usage is not None:
        spend.record(session_id, "plan", plan.usage)
    plan = respect(plan, view.brief.brand)
    sessions.save_plan(session_id, plan, view.inputs.plan)
    return plan


def find_references(session_id: str, engine: Engine, progress: Progress | None = None) -> tuple[Match, ...]:
    """Retrieve matches for the plan, filter them as the strategy says, and save them with their weights.

    No match good enough is a normal result: the conditions are then the words and photos alone. A library
    that is not prepared for the session's search model is refused at once (NotPrepared), never indexed
    silently.
    """
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops
    from services.retrieval.retrieve import retrieve

    view, plan = _planned(session_id)
    if view.brief.library == BACKDROPS_LIBRARY and view.brief.strategy is not Strategy.NONE:
        ensure_backdrops(engine.encoder if view.parts.encoder == "lite" else get_encoder("lite"), progress)
    matches = retrieve(view.brief, plan, engine.encoder)
    save_references(session_id, matches, view.inputs.references, engine.encoder.ref if matches else None)
    return matches


def save_references(
    session_id: str,
    matches: tuple[Match, ...],
    inputs: str | None = None,
    retriever: ModelRef | None = None,
) -> tuple[Condition, ...]:
    """Save the matches as decided by the filters or by hand, and the conditions that follow from them."""
    from services.generation.conditioning import conditions_for

    view, plan = _planned(session_id)
    conditions = conditions_for(view.brief, plan, matches)
    sessions.save_matches(session_id, matches, inputs, retriever)
    sessions.save_conditions(session_id, conditions)
    return conditions


def prepare_batch(session_id: str, engine: Engine, like: int | None = None, count: int = 0) -> Batch:
    """The recipes of the next variants: of the brief, or `count` more like the variant `like`."""
    view = sessions.load(session_id)
    if not view.conditions:
        raise InvalidInput(N_("There is nothing to generate from yet. Find references first."))
    if like is None:
        recipes = engine.generator.recipes(view.brief, view.conditions)
    else:
        recipes = engine.generator.more_like(_variant(view, like).recipe, count, len(view.variants))
    known = {variant.recipe.sha256 for variant in view.variants}
    again = sum(recipe.sha256 in known for recipe in recipes)
    return Batch(tuple(recipes), len(view.variants) - again, view.inputs.variants)


def generation_notices(session_id: str, engine: Engine) -> tuple[Message, ...]:
    """What to tell about how the generator reads the session's conditions; () where it reads them whole."""
    notices = getattr(engine.generator, "notices", None)
    return tuple(notices(sessions.load(session_id).conditions)) if notices else ()


def make_variant(
    session_id: str,
    engine: Engine,
    batch: Batch,
    index: int,
    run_id: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Generate, store and save one variant; its id. A session never makes the same recipe twice.

    Those that the generator makes in the same go are saved as well, each as soon as it is there: their
    own turn finds them done.
    """
    from services.generation.png import encode_png
    from services.generation.together import at_once, pictures

    store, recipes, generator = get_store(), batch.recipes, engine.generator
    sha256 = _made(session_id, recipes[index])
    if sha256 is None:
        later = (i for i in range(index + 1, len(recipes)) if _made(session_id, recipes[i]) is None)
        now = [index, *islice(later, at_once(generator, recipes[index]) - 1)]
        images = pictures(generator, [recipes[i] for i in now], store.open, progress)
        for place, image in zip(now, images, strict=True):
            stored = store.put_encoded(encode_png(image, recipes[place]), image)
            _save_variant(session_id, run_id, batch, place, stored)
            sha256 = stored if place == index else sha256
    return _save_variant(session_id, run_id, batch, index, sha256 or "")


def _made(session_id: str, recipe: Recipe) -> str | None:
    """The key of the recipe's picture, if the session has it and its file is there."""
    known = sessions.find_variant(session_id, recipe)
    return known.sha256 if known and get_store().exists(known.sha256) else None


def _save_variant(session_id: str, run_id: str | None, batch: Batch, index: int, sha256: str) -> int:
    recipe, position = batch.recipes[index], batch.first_position + index
    return sessions.save_variant(
        session_id, run_id, position, recipe, sha256, *recipe.size, inputs=batch.inputs
    )


def score_session(session_id: str, engine: Engine, progress: Progress | None = None) -> None:
    """Score every variant of the session with AIM against its reference picture, and save the scores."""
    from services.evaluation.measure import score_variants

    score_variants(session_id, engine.scorer, progress)


def explain_session(session_id: str, engine: Engine, progress: Progress | None = None) -> None:
    """Beside the scores: coverage of the plan, likeness to the product, near-duplicates."""
    from services.evaluation.measure import explain_variants

    explain_variants(session_id, engine.evaluator, progress)


def run_session(session_id: str, engine: Engine, report: Callable[[str, float], None] | None = None) -> None:
    """All steps in this process, one after the other. `report` gets the step's name and the share done."""
    tell = report or (lambda step, share: None)
    tell("plan", 0.0)
    plan_session(session_id, engine)
    tell("retrieve", 0.1)
    find_references(session_id, engine)
    batch = prepare_batch(session_id, engine)
    count = len(batch.recipes)
    for index in range(count):
        begun = 0.3 + 0.5 * index / count
        tell("generate", begun)
        make_variant(session_id, engine, batch, index, progress=_within(tell, begun, 0.5 / count))
    tell("score", 0.8)
    score_session(session_id, engine)
    tell("explain", 0.95)
    explain_session(session_id, engine)
    tell("done", 1.0)


def _within(report: Callable[[str, float], None], begun: float, share: float) -> Progress:
    """Progress of one variant as a part of the run's, told when it moved by a whole per cent."""
    told = begun

    def tell(done: float) -> None:
        nonlocal told
        if (now := begun + share * done) - told >= 0.01:
            told = now
            report("generate", now)

    return tell


def _planned(session_id: str) -> tuple[sessions.SessionView, Plan]:
    view = sessions.load(session_id)
    if view.plan is None:
        raise InvalidInput(N_("There is no plan yet. Plan the brief first."))
    return view, view.plan


def _variant(view: sessions.SessionView, variant_id: int) -> Variant:
    found = next((v for v in view.variants if v.id == variant_id), None)
    if found is None:
        raise NotFound(N_("There is no variant {id} here any more. Reload the page."), id=variant_id)
    return found


# --- into the queue ----------------------------------------------------------------------------

MORE_LIKE = 4
"""Variants made by "more like this": a row of cards."""

PAINTING = 20.0
"""Share of a painted variant in a run's progress, next to one of layouts: seconds on a GPU, else minutes."""


def start_plan(session_id: str) -> str:
    require_run(session_id)
    return queue.submit(RunKind.PLAN, session_id, steps=[StepSpec("plan")])


def start_references(session_id: str) -> str:
    require_run(session_id, "encoder")
    return queue.submit(RunKind.REFERENCES, session_id, steps=[StepSpec("retrieve")])


def start_variants(session_id: str) -> str:
    require_run(session_id, "generator")
    return queue.submit(RunKind.VARIANTS, session_id, steps=_generation(session_id, _count(session_id)))


def start_again(session_id: str) -> str:
    """As many variants again, from the same references, with new seeds."""
    require(Role.CREATOR)
    view = sessions.load(session_id)
    require_run(session_id, "generator" if view.conditions else "planner")
    if view.variants:
        sessions.save_brief(session_id, replace(view.brief, seed=view.brief.seed + 1))
    return start_variants(session_id) if view.conditions else start_complete(session_id)


def start_more_like(session_id: str, variant_id: int) -> str:
    require_run(session_id, "generator")
    payload = {"like": variant_id, "count": MORE_LIKE}
    return queue.submit(RunKind.VARIANTS, session_id, payload, _generation(session_id, MORE_LIKE))


def start_recipes(session_id: str, recipes: Sequence[Recipe]) -> str:
    """Make these very recipes, whatever the brief would lead to: a session made again from a file."""
    require_run(session_id, "generator")
    payload = {"recipes": [recipe.to_json() for recipe in recipes]}
    return queue.submit(RunKind.VARIANTS, session_id, payload, _generation(session_id, len(recipes)))


def start_score(session_id: str) -> str:
    require_run(session_id, "scorer")
    return queue.submit(RunKind.SCORE, session_id, steps=[StepSpec("score"), StepSpec("explain")])


def start_complete(session_id: str) -> str:
    """Everything from brief to scores as one run."""
    require_run(session_id)
    steps = [StepSpec("plan"), StepSpec("retrieve"), *_generation(session_id, _count(session_id))]
    return queue.submit(RunKind.COMPLETE, session_id, steps=steps)


def require_run(session_id: str, first: str = "planner") -> None:
    """Raise NotAllowed unless who acts may make something, and EngineUnavailable unless the session's
    models from the part `first` on are here: its sentence names all that is missing, and how to get it.
    """
    require(Role.CREATOR)
    view = sessions.load(session_id)
    require_parts(view.parts, view.brief, first)


def require_parts(choice: EngineChoice, brief: Brief, first: str = "planner") -> None:
    """As `require_run`, for a brief that is no session yet."""
    parts = list(KNOWN_PARTS)[list(KNOWN_PARTS).index(first) :]
    if brief.library is None or brief.strategy is Strategy.NONE:
        parts = [part for part in parts if part != "encoder"]
    require_ready(choice, parts, brief.options.mode)


def _generation(session_id: str, count: int) -> list[StepSpec]:
    painted = sessions.load(session_id).parts.generator != "lite"
    weight = PAINTING if painted else None
    generate = [StepSpec("generate", {"index": index}, weight) for index in range(count)]
    return [StepSpec("condition"), *generate, StepSpec("score"), StepSpec("explain")]


def _count(session_id: str) -> int:
    return sessions.load(session_id).brief.variants
