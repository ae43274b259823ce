"""The Studio page's four steps: which is open, which is done, and its line when closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from services.jobs.queue import RunKind, RunState, RunView
from services.sessions import SessionView
from ui.i18n import _
from ui.text import plain


class Step(StrEnum):
    BRIEF = "brief"
    PLAN = "plan"
    REFERENCES = "references"
    VARIANTS = "variants"


UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
_STEP_OF_RUN = {
    RunKind.PLAN: Step.PLAN,
    RunKind.REFERENCES: Step.REFERENCES,
    RunKind.VARIANTS: Step.VARIANTS,
    RunKind.SCORE: Step.VARIANTS,
}
_STEP_OF_WORK = {"plan": Step.PLAN, "retrieve": Step.REFERENCES}


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a session stands: what it holds, what is running, and the step to look at now."""

    view: SessionView | None
    run: RunView | None

    @property
    def key(self) -> str:
        return self.view.id if self.view else "new"

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.state in UNFINISHED

    @property
    def focus(self) -> Step:
        """The step that the person should see: where work goes on, else the furthest with something in it."""
        if self.run is not None and self.run.state is not RunState.DONE:
            return step_of(self.run)
        if self.view is None:
            return Step.BRIEF
        if self.view.variants:
            return Step.VARIANTS
        if self.view.conditions:
            return Step.REFERENCES
        return Step.PLAN if self.view.plan else Step.BRIEF

    def run_in(self, step: Step) -> RunView | None:
        """The run to tell about inside `step`: in progress, failed or stopped."""
        unsettled = self.run is not None and self.run.state is not RunState.DONE
        return self.run if unsettled and self.focus is step else None


def step_of(run: RunView) -> Step:
    """Where a run is shown: by its kind, or by the work it is at when it does everything."""
    if run.kind in _STEP_OF_RUN:
        return _STEP_OF_RUN[run.kind]
    at = next((s for s in run.steps if s.state != RunState.DONE), None)
    return _STEP_OF_WORK.get(at.kind if at else "", Step.VARIANTS)


def follow(flow: Flow) -> None:
    """Open the step in focus and close the rest, once each time that the focus moves."""
    seen = f"focus_{flow.key}"
    if st.session_state.get(seen) != flow.focus:
        st.session_state[seen] = flow.focus
        st.session_state[_open_key(flow)] = {flow.focus}


@contextmanager
def step(which: Step, flow: Flow, summary: str, ready: bool, done: bool) -> Iterator[bool]:
    """The frame of one step. Yields whether to draw its inside: it is ready, and open."""
    titles = {
        Step.BRIEF: _("Brief"),
        Step.PLAN: _("Plan"),
        Step.REFERENCES: _("References"),
        Step.VARIANTS: _("Variants"),
    }
    number = list(Step).index(which) + 1
    icon = ":material/check_circle:" if done else f":material/counter_{number}:"
    label = f"**{titles[which]}**" + (f" :gray[{plain(summary)}]" if summary else "")
    with st.container(key=f"step_{which}{'_done' if done else ''}{'' if ready else '_waiting'}"):
        key = f"open_{which}_{flow.key}"
        st.session_state[key] = which in st.session_state[_open_key(flow)]
        box = st.expander(label, key=key, icon=icon, on_change=_toggle, args=(which, flow))
        with box:
            yield ready and which in st.session_state[_open_key(flow)]


def _toggle(which: Step, flow: Flow) -> None:
    st.session_state[_open_key(flow)] ^= {which}


def _open_key(flow: Flow) -> str:
    return f"open_steps_{flow.key}"


def outdated(flow: Flow, which: Step) -> None:
    """Say it when a step's result was made from something else than what the session holds now."""
    if flow.view is None or which not in flow.view.stale or flow.running:
        return
    sentences = {
        Step.PLAN: _(
            "The brief changed since this plan was made. Plan again to follow it, or go on with this one."
        ),
        Step.REFERENCES: _(
            "Brief or plan changed since these were found. Find references again to follow them."
        ),
        Step.VARIANTS: _(
            "Something changed since these variants were made. Generate again to follow it; these stay."
        ),
    }
    if which in sentences:
        st.info(sentences[which], icon=":material/sync_problem:")
