"""An experiment without the queue: all cells in this process, one after the other, resumed after a kill.

Every step looks at what is there: the cells of a former try keep their sessions and variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock, Timeout

from services.choices import GenerationMode
from services.engines import get_engine, require_ready
from services.errors import Conflict
from services.experiments import records, runs
from services.experiments.cells import fill_cell, plan_brief
from services.experiments.records import Experiment
from services.messages import N_
from services.people import Role, require
from services.settings import get_settings


@dataclass(frozen=True, slots=True)
class Step:
    """What is at work: cell `number` of `count` (0: the plans), of `brief` and `strategy` by name."""

    number: int
    count: int
    brief: str
    strategy: str
    share: float


Tell = Callable[[Step], None]


def fill(experiment_id: str, tell: Tell | None = None) -> Experiment:
    """Make all that is missing; the experiment as it is then.

    Raises NotFound, EngineUnavailable, Conflict (somebody is at it), and what the studio's steps raise.
    """
    require(Role.CREATOR)
    experiment = records.load(experiment_id)
    spec, said = experiment.spec, tell or (lambda step: None)
    require_ready(
        spec.engine, ("planner", "encoder", "generator", "scorer"), GenerationMode(spec.options.mode)
    )
    with _alone(experiment_id):
        for place, planned in enumerate(spec.briefs):
            said(Step(0, len(spec.briefs), planned.name, "", place / len(spec.briefs)))
            plan_brief(experiment_id, place, get_engine)
        cells = [(brief, strategy) for strategy in spec.order for brief in range(len(spec.briefs))]
        done = {(cell.brief, cell.strategy) for cell in experiment.cells if cell.done}
        for number, (brief, strategy) in enumerate(cells, 1):
            preset = spec.strategies[strategy]
            if (brief, strategy) in done and not preset.rounds:
                continue
            step = Step(number, len(cells), spec.briefs[brief].name, preset.title, 0.0)
            said(step)
            fill_cell(experiment_id, brief, strategy, get_engine, progress=_within(said, step))
    return records.load(experiment_id)


def _within(said: Tell, step: Step) -> Callable[[float], None]:
    return lambda share: said(Step(step.number, step.count, step.brief, step.strategy, share))


@contextmanager
def _alone(experiment_id: str) -> Iterator[None]:
    """Nobody else fills the experiment meanwhile: no other process of this machine, and no run."""
    if runs.running(experiment_id) is not None:
        raise Conflict(N_("A run fills this experiment already. Wait for it, or stop it on the Runs page."))
    folder = get_settings().home / "experiments"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{experiment_id}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Conflict(N_("This experiment is being made by another command. Wait for it to end.")) from error
    try:
        yield
    finally:
        lock.release()
