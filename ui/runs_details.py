"""One click deeper: a run's steps, how often each was tried, what it took, and who was at it."""

from __future__ import annotations

import streamlit as st

from services.jobs.queue import RunView
from services.jobs.views import StepView
from ui import formats
from ui.i18n import _
from ui.runs_words import state_name, step_name
from ui.text import plain

SHOWN = 200


def run_details(run: RunView) -> None:
    """A closed expander; its inside is drawn only where somebody opened it."""
    box = st.expander(_("Steps"), type="compact", key=f"steps_{run.id}", on_change="rerun")
    if not box.open:
        return
    with box:
        done = sum(step.state == "done" for step in run.steps)
        st.caption(
            _("{done} of {total} steps done · run {id} · asked for {when}").format(
                done=formats.number(done),
                total=formats.number(len(run.steps)),
                id=f"`{run.id}`",
                when=formats.moment(run.created_at),
            )
        )
        _table(run.steps[:SHOWN])
        if len(run.steps) > SHOWN:
            st.caption(_("The first {count} steps are shown.").format(count=formats.number(SHOWN)))
        _errors(run.steps)
        st.caption(
            _(
                "A step taken over was begun by a worker that went away, and is done anew by another; it "
                "takes effect once. Tracebacks are in logs/worker.log of the data folder."
            )
        )


def _table(steps: tuple[StepView, ...]) -> None:
    st.dataframe(
        {
            _("Step"): [step_name(step.kind) for step in steps],
            _("State"): [state_name(step.state) for step in steps],
            _("Took"): [formats.took(step.seconds) for step in steps],
            _("Tried"): [step.attempt for step in steps],
            _("Failures"): [step.failures for step in steps],
            _("Taken over"): [step.takeovers for step in steps],
            _("Worker"): [step.worker or formats.DASH for step in steps],
        },
        hide_index=True,
        width="stretch",
        column_config={
            _("Tried"): st.column_config.NumberColumn(help=_("How often a worker began it.")),
            _("Worker"): st.column_config.TextColumn(
                help=_("Host, process and number of who was at it last.")
            ),
        },
    )


def _errors(steps: tuple[StepView, ...]) -> None:
    """The words of errors as they were noted, in English: for whoever looks after the studio."""
    for number, step in enumerate(steps, start=1):
        if step.error is not None:
            st.caption(f":material/error: {number}. {step_name(step.kind)}: {plain(str(step.error))}")
