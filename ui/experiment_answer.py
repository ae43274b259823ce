"""The answer of an experiment: the verdict, a sentence a strategy, what to bear in mind, and the bars."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.experiments.findings import Findings
from services.experiments.presets import Preset
from services.experiments.records import Experiment
from ui import address
from ui.charts import CONFIG
from ui.experiment_charts import intervals
from ui.experiment_words import colours, measures, title, written
from ui.i18n import _, tr

MEASURE = "m"


def answer(experiment: Experiment, told: Findings, running: bool) -> None:
    """In words at the left, as bars at the right."""
    left, right = st.columns([4, 5], gap="large")
    with left:
        st.html(_words(told, running))
    with right:
        bars(experiment, told)


def bars(experiment: Experiment, told: Findings) -> None:
    """The differences in one measure; the address says which."""
    spec = experiment.spec
    names = measures()
    chosen = address.choice(
        _("What is compared"), MEASURE, {key: words.name for key, words in names.items()}, width=280
    )
    others = others_of(experiment)
    if all(told.of(preset.key, chosen).difference is None for preset in others):
        st.caption(_("Too few pairs are scored for a comparison. A brief needs two seeds at least."))
        return
    figure = intervals(others, told, chosen, colours(spec), title(base_of(experiment)))
    alt = "; ".join(_spoken(preset, told, chosen) for preset in others)
    st.plotly_chart(figure, key=f"intervals_{chosen}", config=CONFIG, alt=alt, width="stretch")
    st.caption(f"{names[chosen].told} {_('A bar that crosses the dotted line shows no difference.')}")


def others_of(experiment: Experiment) -> Sequence[Preset]:
    """All but the baseline, as they are shown."""
    spec = experiment.spec
    return [spec.strategies[place] for place in spec.order if spec.strategies[place].key != spec.baseline]


def base_of(experiment: Experiment) -> Preset:
    spec = experiment.spec
    return next(preset for preset in spec.strategies if preset.key == spec.baseline)


def _words(told: Findings, running: bool) -> str:
    """While it runs there is no verdict yet, and what cannot be compared yet goes without saying."""
    sentences = list(told.sentences)
    if running:
        known = [f.difference is not None for f in told.comparisons if f.measure == "final"]
        sentences = [said for said, there in zip(sentences, known, strict=True) if there]
    verdict = _("So far. The figures still move.") if running else tr(told.verdict)
    lines = "".join(f"<p>{escape(tr(sentence))}</p>" for sentence in sentences)
    warnings = "".join(f'<p class="beware">{escape(tr(said))}</p>' for said in told.warnings)
    return f'<div class="answer"><p class="verdict">{escape(verdict)}</p>{lines}{warnings}</div>'


def _spoken(preset: Preset, told: Findings, measure: str) -> str:
    found = told.of(preset.key, measure).difference
    if found is None:
        return f"{title(preset)}: {_('too few pairs')}"
    low, high = written(measure, found.low, signed=True), written(measure, found.high, signed=True)
    return f"{title(preset)}: {written(measure, found.mean, signed=True)} ({low} … {high})"
