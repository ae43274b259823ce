"""One experiment: how far it is, the answer, the variants side by side, the figures."""

from __future__ import annotations

import streamlit as st

from services.errors import NotFound
from services.experiments import records, runs
from services.experiments.records import Experiment
from services.experiments.rows import load_results
from services.jobs import queue
from services.jobs.queue import RunState, RunView
from services.people import Role
from ui import experiment_draft as draft
from ui import formats
from ui.account import may
from ui.evaluate_style import evaluate_css
from ui.experiment_answer import answer
from ui.experiment_figures import files, method, table
from ui.experiment_form import yaml_button
from ui.experiment_found import found
from ui.experiment_matrix import follow_click, matrix
from ui.experiment_words import rules, size_of, title
from ui.guard import guard
from ui.i18n import _
from ui.job_progress import run_panel
from ui.layout import page_head, section
from ui.navigation import EXPERIMENTS, NEW_PARAM, go, link
from ui.steps import UNFINISHED
from ui.text import plain

FOLLOW_SECONDS = 3.0


def one_experiment(experiment_id: str) -> None:
    follow_click()
    evaluate_css()
    experiment = records.load(experiment_id)
    run = _run(experiment)
    results = load_results(experiment)
    rows = [result.row for result in results]
    _head(experiment, run)
    if run is not None and run.state is not RunState.DONE:
        run_panel(run)
        if run.state in UNFINISHED:
            _follow(experiment_id, sum(cell.done for cell in experiment.cells))
    elif run is None and experiment.share < 1 and may(Role.CREATOR):
        _go_on(experiment_id)
    if not rows:
        if run is not None and run.state in UNFINISHED:
            st.caption(_("The first variants show here as soon as they are scored."))
        return
    running = experiment.share < 1
    told = found(experiment_id, experiment.spec, rows)
    answer(experiment, told, running)
    section(_("Variants"), _("Strategies across, seeds down. Press a picture to see how it was made."))
    matrix(experiment, results)
    section(_("Figures"))
    table(experiment, rows, told)
    method(experiment)
    _settings(experiment)


@st.fragment(run_every=FOLLOW_SECONDS)
def _follow(experiment_id: str, done: int) -> None:
    """Redraw the page when another cell is done; the panel above only tells how far it is."""
    with guard():
        if sum(cell.done for cell in records.load(experiment_id).cells) != done:
            st.rerun()


def _go_on(experiment_id: str) -> None:
    """Its run is not there any more, and something is left to do."""
    if st.button(_("Go on"), icon=":material/play_arrow:", type="primary", key="experiment_on"):
        with guard():
            runs.start(experiment_id)
            st.rerun()


def _run(experiment: Experiment) -> RunView | None:
    """The run that fills it; runs are cleared away after a while."""
    try:
        return queue.get(experiment.run_id) if experiment.run_id else None
    except NotFound:
        return None


def _head(experiment: Experiment, run: RunView | None) -> None:
    spec = experiment.spec
    link(EXPERIMENTS, _("All experiments"), icon=":material/arrow_back:")
    facts = [
        size_of(len(spec.briefs), len(spec.strategies), spec.seeds),
        formats.engine(spec.engine.name),
        formats.when(experiment.created_at),
    ]
    with page_head(plain(spec.name), " · ".join(facts)):
        with st.popover(_("Take along"), icon=":material/download:", key="experiment_files"):
            files(experiment, [result.row for result in load_results(experiment)])
            yaml_button(spec, "stretch")
        if may(Role.CREATOR):
            with st.popover("", icon=":material/more_horiz:", help=_("More"), key="experiment_menu"):
                _again(experiment)
                _delete(experiment, run)


def _again(experiment: Experiment) -> None:
    if st.button(_("New one like this"), icon=":material/content_copy:", key="experiment_again"):
        draft.take(experiment.spec)
        go(EXPERIMENTS, **{NEW_PARAM: "1"})


def _delete(experiment: Experiment, run: RunView | None) -> None:
    st.markdown(f"**{_('Delete')}**")
    st.markdown(_("Its sessions with all variants stay. The comparison itself cannot be brought back."))
    if st.button(_("Delete this experiment"), icon=":material/delete:", key="experiment_delete"):
        with guard():
            if run is not None and run.state in UNFINISHED:
                queue.cancel(run.id)
            records.delete(experiment.id)
            go(EXPERIMENTS)


def _settings(experiment: Experiment) -> None:
    """What was compared, word for word."""
    spec = experiment.spec
    with st.expander(_("Briefs and rules"), icon=":material/receipt_long:"):
        for brief in spec.briefs:
            st.markdown(f"**{plain(brief.name)}** · {plain(brief.topic)}")
            st.caption(plain(brief.product_text))
        for place in spec.order:
            preset = spec.strategies[place]
            st.markdown(f"**{plain(title(preset))}**")
            st.markdown("\n".join(f"- {plain(line)}" for line in rules(preset)))
