"""Run rows: how they are shown, and when they end."""

from __future__ import annotations

from db import tables
from db.base import now
from services.jobs.sentences import sentence
from services.jobs.views import PauseReason, RunKind, RunState, RunView, StepSpec, StepView
from services.records import message_value

DEFAULT_WEIGHTS = {
    "plan": 1.0,
    "retrieve": 1.0,
    "condition": 0.1,
    "generate": 1.0,
    "score": 3.0,
    "explain": 1.0,
    "heatmap": 1.0,
    "ingest": 1.0,
    "reindex": 1.0,
    "import_index": 1.0,
    "attach": 1.0,
    "dedupe": 1.0,
    "search": 1.0,
    "export": 1.0,
    "preview": 1.0,
    "download": 1.0,
    "backup": 1.0,
    "experiment_plan": 1.0,
    "experiment_cell": 8.0,
}
"""What a step of each kind usually takes, relative to making one variant."""

_UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


def step_row(spec: StepSpec, position: int, run_id: str | None = None) -> tables.RunStep:
    return tables.RunStep(
        run_id=run_id,
        position=position,
        kind=spec.kind,
        payload=dict(spec.payload),
        weight=DEFAULT_WEIGHTS.get(spec.kind, 1.0) if spec.weight is None else spec.weight,
    )


def view_of(row: tables.Run) -> RunView:
    steps = tuple(
        StepView(
            kind=s.kind,
            state=RunState(s.state),
            progress=1.0 if s.state == RunState.DONE else s.progress,
            payload=s.payload,
            attempt=s.attempt,
            failures=s.failures,
            takeovers=s.takeovers,
            worker=s.worker or "",
            started_at=s.started_at,
            finished_at=s.finished_at,
            error=message_value(s.error),
        )
        for s in row.steps
    )
    state = RunState(row.state)
    pause = PauseReason(row.pause_reason) if row.pause_reason and state in _UNFINISHED else None
    return RunView(
        id=row.id,
        kind=RunKind(row.kind),
        session_id=row.session_id,
        state=state,
        progress=1.0 if state is RunState.DONE else _progress(row),
        steps=steps,
        sentence=sentence(state, steps, row.cancel_requested, pause),
        error=message_value(row.error),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        payload=row.payload,
        result=row.result,
        cancel_requested=row.cancel_requested,
        person_id=row.person_id,
        pause=pause,
    )


def _progress(row: tables.Run) -> float:
    total = sum(step.weight for step in row.steps)
    done = sum(step.weight * (1.0 if step.state == RunState.DONE else step.progress) for step in row.steps)
    return min(1.0, done / total) if total > 0 else 0.0


def settle(run: tables.Run) -> None:
    """End the run if nothing more can happen in it. A failed or stopped run drops what still waits.

    Steps that other workers are at are left to end by themselves; the last one to end settles again.
    """
    failed = next((step for step in run.steps if step.state == RunState.FAILED), None)
    stopped = any(step.state == RunState.CANCELLED for step in run.steps)  # by itself: nobody need have asked
    if failed is not None or stopped or run.cancel_requested:
        for step in run.steps:
            if step.state == RunState.QUEUED:
                step.state = RunState.CANCELLED.value
    if any(step.state in _UNFINISHED for step in run.steps):
        return
    if failed is not None:
        run.state, run.error, run.error_type = RunState.FAILED.value, failed.error, failed.error_type
    elif any(step.state == RunState.CANCELLED for step in run.steps):
        run.state = RunState.CANCELLED.value
    else:
        run.state = RunState.DONE.value
    run.finished_at = now()
    resume(run)


def pause(run: tables.Run, reason: PauseReason, person_id: str | None = None) -> None:
    """No step of the run is taken from now on; whoever is at one gives it back at its next progress."""
    run.paused_at, run.paused_by, run.pause_reason = now(), person_id, reason.value


def resume(run: tables.Run) -> None:
    run.paused_at, run.paused_by, run.pause_reason, run.not_before = None, None, None, None
