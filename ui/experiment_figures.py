"""The figures in full: means and differences as a table, how they were worked out, files to take along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from services.experiments.findings import LEVEL, Findings
from services.experiments.presets import Preset
from services.experiments.records import Experiment
from services.experiments.rows import ScoreRow, to_csv
from services.experiments.statistics import FEW_BRIEFS, RESAMPLES, shared_level
from ui import formats
from ui.experiment_answer import base_of, others_of
from ui.experiment_words import colours, measures, pairs, title, written
from ui.i18n import _, language


def table(experiment: Experiment, rows: Sequence[ScoreRow], told: Findings) -> None:
    """A line a strategy: the mean of each measure, and beneath it the paired difference with its interval."""
    names = measures()
    base = base_of(experiment)
    labels = [words.name for words in names.values()]
    heads = "".join(
        f'<th scope="col">{escape(label)}</th>' for label in (*labels, _("Effect size"), _("Pairs"))
    )
    lines = _line(experiment, base, rows, None) + "".join(
        _line(experiment, preset, rows, told) for preset in others_of(experiment)
    )
    st.html(
        f'<div class="figures-scroll" tabindex="0" role="region" aria-label="{escape(_("Figures"))}">'
        f'<table class="figures"><thead><tr><th scope="col">{escape(_("Strategy"))}</th>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )
    st.caption(
        _(
            "Above: the mean of all scored variants. Below: the mean difference of pairs and its interval, "
            "bold where it leaves zero out. Where pairs are left out the two need not agree."
        )
    )


def method(experiment: Experiment) -> None:
    """In plain words; the exact terms one click deeper."""
    with st.expander(_("How is this worked out?"), icon=":material/help:"):
        st.markdown(
            _(
                "Every strategy makes the same briefs with the same seeds. Each picture is compared with the "
                "baseline's picture of the same brief and seed: that is a pair. Easy briefs and lucky seeds "
                "count on both sides, so what remains is the strategy."
            )
        )
        st.markdown(
            _(
                "The interval says how far chance reaches. If it leaves zero out, chance alone would seldom "
                "give such a figure. If it does not, nothing is proven: more pairs make it narrower."
            )
        )
        st.markdown(
            _("A pair with a picture that has no score is left out and counted. Nothing is filled in.")
        )
        if st.toggle(_("Exact terms"), key="experiment_terms"):
            level = 100 * shared_level(len(experiment.spec.strategies) - 1, LEVEL)
            said = [
                _("Studentised bootstrap of the mean paired difference, {count} resamples.").format(
                    count=formats.number(RESAMPLES)
                ),
                _(
                    "Each brief counts alike and is resampled within. From {enough} briefs on, the briefs "
                    "themselves are resampled and the interval speaks of briefs like these."
                ).format(enough=FEW_BRIEFS),
                _(
                    "Bonferroni: each interval is one of {level} %, so that all strategies' intervals hold "
                    "together at 95 %. The six measures are not corrected against each other: the AIM score "
                    "is the question, the others explain it."
                ).format(level=f"{level:.1f}"),
                _("Effect size: Cohen's d of the paired differences with Hedges' correction."),
                _("Simulated with 4 to 24 pairs, the intervals cover the truth in 93 to 97 of 100 cases."),
            ]
            st.markdown("\n".join(f"- {line}" for line in said))


def files(experiment: Experiment, rows: Sequence[ScoreRow]) -> None:
    """Report, figures and the experiment itself, each made when it is asked for."""
    tongue = language()
    offers: list[tuple[str, str, str, str, Callable[[], bytes]]] = [
        (
            _("Report as a web page"),
            "report.html",
            "text/html",
            "description",
            lambda: _html(experiment, tongue),
        ),
        (
            _("Report as PDF"),
            "report.pdf",
            "application/pdf",
            "picture_as_pdf",
            lambda: _pdf(experiment, tongue),
        ),
        (_("All figures as CSV"), "scores.csv", "text/csv", "table", lambda: to_csv(rows).encode()),
    ]
    for label, name, mime, icon, data in offers:
        st.download_button(
            label, data, file_name=name, mime=mime, icon=f":material/{icon}:", on_click="ignore",
            key=f"experiment_file_{name}", width="stretch", disabled=not rows,
        )  # fmt: skip


def _html(experiment: Experiment, tongue: str) -> bytes:
    from services.experiments.report.facts import gather
    from services.experiments.report.page import html_page
    from services.experiments.report.words import words_in

    words = words_in(tongue)
    return html_page(gather(experiment, words), words)


def _pdf(experiment: Experiment, tongue: str) -> bytes:
    from services.experiments.report.facts import gather
    from services.experiments.report.pdf import pdf_report
    from services.experiments.report.words import words_in

    words = words_in(tongue)
    return pdf_report(gather(experiment, words), words)


def _line(experiment: Experiment, preset: Preset, rows: Sequence[ScoreRow], told: Findings | None) -> str:
    dot = f'<i class="dot" style="background:{colours(experiment.spec)[preset.key]}"></i>'
    role = f"<small>{escape(_('Baseline'))}</small>" if told is None else ""
    cells = "".join(_cell(preset, key, rows, told) for key in measures())
    effect = pair_count = formats.DASH
    if told is not None and (found := told.of(preset.key).difference) is not None:
        effect = f"{found.effect:+.2f}".replace("-", "−") if found.effect is not None else formats.DASH
        pair_count = pairs(found.pairs)
    ends = f"<td>{escape(effect)}</td><td>{escape(pair_count)}</td>"
    return f'<tr><th scope="row">{dot}{escape(title(preset))}{role}</th>{cells}{ends}</tr>'


def _cell(preset: Preset, measure: str, rows: Sequence[ScoreRow], told: Findings | None) -> str:
    values = [
        value
        for row in rows
        if row.last and row.strategy == preset.key and (value := getattr(row, measure)) is not None
    ]
    mean = sum(values) / len(values) if values else None
    below, look = "", ""
    if told is not None and (found := told.of(preset.key, measure).difference) is not None:
        change, low, high = (written(measure, v, signed=True) for v in (found.mean, found.low, found.high))
        below = f"<small>{change}</small><small>{low} … {high}</small>"
        look = ' class="shown"' if found.shown else ""
    return f"<td{look}>{written(measure, mean)}{below}</td>"
