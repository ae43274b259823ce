"""Filling one cell: plan, references, variants, scores; round by round where the strategy criticises itself.

Every step looks at what is there first, so that a cell that was broken off, killed even, goes on where it
was: a recipe that has its picture is not made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services import sessions, studio
from services.choices import LITE, EngineChoice
from services.domain import Keyword, Match, Plan, Strategy
from services.engines import Engine
from services.experiments import records
from services.experiments.critique import gather, missing_parts
from services.experiments.presets import Preset, conditions_of
from services.experiments.records import Experiment
from services.experiments.spec import BriefSpec
from services.parts import Progress
from services.sessions import SessionView

Engines = Callable[[EngineChoice], Engine]


def fill_cell(
    experiment_id: str,
    brief: int,
    strategy: int,
    engines: Engines,
    run_id: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Make, score and explain the variants of one brief under one strategy, all rounds of it.

    `brief` and `strategy` are places in the spec. Raises what the studio's own steps raise; Cancelled.
    """
    experiment = records.load(experiment_id)
    preset = experiment.spec.strategies[strategy]
    engine, rounds = engines(experiment.spec.engine), 1 + preset.rounds
    tell = progress or (lambda share: None)
    draft: SessionView | None = None
    for number in range(rounds):
        cell = _Place(experiment, brief, strategy, number)
        found: tuple[Match, ...] | None = None
        if draft is not None and cell.session_id is None:
            found = references(draft, draft.plan, preset, engine, draft)
            if found is None:  # nothing is missing, or nothing was found for it: the last round stands
                break
        session_id = cell.ensure(draft)
        part = _part(tell, number, rounds)
        _prepare(cell, session_id, engine, draft, found)
        part(0.15)
        _make(session_id, engine, run_id, part)
        records.note_done(experiment_id, brief, strategy, number)
        draft = sessions.load(session_id)
    tell(1.0)


def plan_brief(experiment_id: str, brief: int, engines: Engines, progress: Progress | None = None) -> Plan:
    """The plan that all cells of a brief share: typed in the spec, or made once, for the baseline."""
    experiment = records.load(experiment_id)
    spec = experiment.spec
    typed = spec.briefs[brief].plan
    session_id = _Place(experiment, brief, spec.order[0], 0).ensure(None)
    known = sessions.load(session_id).plan
    if known is not None:
        return known
    if typed is None:
        return studio.plan_session(session_id, engines(spec.engine), progress)
    plan = typed if typed.keywords else replace(typed, keywords=_keywords(spec.briefs[brief], engines))
    sessions.save_plan(session_id, plan)
    return plan


def _keywords(brief: BriefSpec, engines: Engines) -> tuple[Keyword, ...]:
    """KeyBERT's, as every planner of the studio gives them: the study weighs by them (rdm.md, 1, 3 and 4)."""
    find_keywords = getattr(engines(LITE).planner, "keywords", None)
    return find_keywords(brief.product_text) if find_keywords is not None else ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A round of a cell, and the session that it has or will have."""

    experiment: Experiment
    brief: int
    strategy: int
    round: int

    @property
    def preset(self) -> Preset:
        return self.experiment.spec.strategies[self.strategy]

    @property
    def session_id(self) -> str | None:
        here = (self.brief, self.strategy, self.round)
        cells = records.load(self.experiment.id).cells
        return next((c.session_id for c in cells if (c.brief, c.strategy, c.round) == here), None)

    def ensure(self, draft: SessionView | None) -> str:
        """Its session's id; made at the first use, as a successor of the `draft`."""
        if (known := self.session_id) is not None:
            return known
        spec = self.experiment.spec
        session_id = sessions.create(
            spec.briefs[self.brief].brief(spec, self.preset),
            campaign=spec.campaign,
            parent_id=draft.id if draft else None,
            engine=spec.engine,
        )
        return records.note_cell(self.experiment.id, self.brief, self.strategy, self.round, session_id)


def _prepare(
    cell: _Place,
    session_id: str,
    engine: Engine,
    draft: SessionView | None,
    found: tuple[Match, ...] | None,
) -> None:
    """Plan, references and conditions of a round, unless it has them. `found`: looked for already."""
    view = sessions.load(session_id)
    plan = view.plan or (draft.plan if draft else None)
    if plan is None:
        plan = plan_brief(cell.experiment.id, cell.brief, lambda _: engine)
    if view.plan is None:
        sessions.save_plan(session_id, plan)
    if view.conditions:
        return
    matches = found if found is not None else references(view, plan, cell.preset, engine, draft) or ()
    sessions.save_matches(session_id, matches, retriever=engine.encoder.ref if matches else None)
    sessions.save_conditions(session_id, conditions_of(cell.preset, view.brief, plan, matches))


def references(
    view: SessionView, plan: Plan | None, preset: Preset, engine: Engine, draft: SessionView | None
) -> tuple[Match, ...] | None:
    """What is found for the plan, or, after a draft, for the parts it does not show; None: nothing new."""
    if draft is None or plan is None:
        return find(view, plan, preset, engine)
    parts = missing_parts(draft)
    if not parts:
        return None
    return gather(draft, find(view, replace(plan, subqueries=tuple(parts)), preset, engine), plan)


def find(view: SessionView, plan: Plan | None, preset: Preset, engine: Engine) -> tuple[Match, ...]:
    """Matches for `plan` by the preset's way of retrieving, filtered as it says, with their weights."""
    from services.libraries import BACKDROPS_LIBRARY, ensure_backdrops
    from services.retrieval.filters import apply_filters
    from services.retrieval.retrieve import image_cosines, retrieve

    if plan is None or preset.search is Strategy.NONE or view.brief.library is None:
        return ()
    if view.brief.library == BACKDROPS_LIBRARY and view.parts.encoder == "lite":
        ensure_backdrops(engine.encoder)
    matches = retrieve(replace(view.brief, strategy=preset.search), plan, engine.encoder)
    if preset.filter_above is None:
        return matches
    cosines = image_cosines(matches, engine.encoder)
    return apply_filters(matches, cosines, engine.encoder.relevance_floor, preset.filter_above)


def _make(session_id: str, engine: Engine, run_id: str | None, tell: Progress) -> None:
    """Variants, scores and what stands beside them."""
    batch = studio.prepare_batch(session_id, engine)
    count = len(batch.recipes)
    for index in range(count):
        share = _between(tell, 0.15 + 0.6 * index / count, 0.6 / count)
        studio.make_variant(session_id, engine, batch, index, run_id, share)
    tell(0.75)
    studio.score_session(session_id, engine)
    tell(0.9)
    studio.explain_session(session_id, engine)
    tell(1.0)


def _part(tell: Progress, number: int, rounds: int) -> Progress:
    return _between(tell, number / rounds, 1 / rounds)


def _between(tell: Progress, begun: float, share: float) -> Progress:
    """Progress of a part as that of the whole, of which it begins at `begun` and is `share`."""
    return lambda done: tell(begun + share * done)
