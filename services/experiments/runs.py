"""Experiments through the queue: one run for all cells, resumed where it stopped, whoever was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.engines import get_engine, require_ready
from services.experiments import records
from services.experiments.checks import check
from services.experiments.spec import ExperimentSpec
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.people import Role, require

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

PARTS = ("planner", "encoder", "generator", "scorer")


def begin(spec: ExperimentSpec) -> str:
    """Save the experiment and queue all of it; the experiment's id. Nothing is saved that cannot begin.

    Raises InvalidInput, and EngineUnavailable where a model is not on this machine.
    """
    require(Role.CREATOR)
    check(spec)
    require_ready(spec.engine, PARTS)
    experiment_id = records.create(spec)
    _submit(experiment_id, spec)
    return experiment_id


def start(experiment_id: str) -> str:
    """Queue all that is not done yet; the run's id. A double click is one run.

    Raises NotFound, and EngineUnavailable where a model is not on this machine.
    """
    require(Role.CREATOR)
    spec = records.load(experiment_id).spec
    require_ready(spec.engine, PARTS)
    return _submit(experiment_id, spec)


def _submit(experiment_id: str, spec: ExperimentSpec) -> str:
    run_id = queue.submit(
        RunKind.EXPERIMENT,
        payload={"experiment": experiment_id},
        steps=steps(experiment_id, spec.order, len(spec.briefs), spec.seeds),
    )
    records.note_run(experiment_id, run_id)
    return run_id


def steps(experiment_id: str, strategies: tuple[int, ...], briefs: int, seeds: int) -> list[StepSpec]:
    """The plans first, then the cells, the baseline's of each brief before the others."""
    plans = [
        StepSpec("experiment_plan", {"experiment": experiment_id, "brief": brief}) for brief in range(briefs)
    ]
    cells = [
        StepSpec(
            "experiment_cell",
            {"experiment": experiment_id, "brief": brief, "strategy": strategy},
            weight=2.0 * seeds,
        )
        for strategy in strategies
        for brief in range(briefs)
    ]
    return [*plans, *cells]


def running(experiment_id: str) -> RunView | None:
    """The unfinished run that fills the experiment, if there is one."""
    wanted = {"experiment": experiment_id}
    return next(
        (run for run in queue.active() if run.kind is RunKind.EXPERIMENT and run.payload == wanted), None
    )


def plan_step(context: StepContext) -> None:
    """The worker's step: the plan that the cells of one brief share."""
    from services.experiments.cells import plan_brief

    plan_brief(context.payload["experiment"], context.payload["brief"], get_engine, context.progress)


def cell_step(context: StepContext) -> None:
    """The worker's step: one brief under one strategy."""
    from services.experiments.cells import fill_cell

    payload = context.payload
    place = payload["experiment"], payload["brief"], payload["strategy"]
    fill_cell(*place, get_engine, context.run.id, context.progress)
