"""How a score comes about, complete and exact, for those who ask."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.aim.ranking import mixed_scorers
from services.domain import AimScore, AimWeights, MetricScore, Variant
from ui import formats
from ui.bars import metric_names, metric_of
from ui.i18n import _
from ui.text import plain, say


def how_scored(variants: Sequence[Variant]) -> None:
    """The formulas, the models, and every raw and normalised figure."""
    scores = [v.score for v in variants if v.score]
    with st.expander(_("How is this scored?"), type="compact", icon=":material/functions:"):
        st.markdown(formulas(scores[0].weights if scores else AimWeights()))
        score_table(variants)
        _provenance(scores)


def formulas(weights: AimWeights) -> str:
    """The AIM score in words and formulas, with the shares in use."""
    rows = [
        (
            metric_names()["clip"],
            _("CLIP score: cosine of picture and product text, −1 to 1"),
            _("1 from 0.4 up; below, (s + 1) / 1.4"),
            weights.clip,
        ),
        (
            metric_names()["caption"],
            _("Caption similarity: cosine of the picture's caption and the topic"),
            _("1 from 0.7 up; below, s / 0.7, and 0 when negative"),
            weights.caption,
        ),
        (
            metric_names()["lpips"],
            _("LPIPS (AlexNet): distance to the reference picture, lower is more alike"),
            _("1 up to 0.6; 0.9 up to 0.75; falling from 0.89 to 0.1 at 0.95; 0 beyond"),
            weights.lpips,
        ),
    ]
    head = (
        f"| {_('Part')} | {_('Measured as')} | {_('Normalised to 0–1')} | {_('Share')} |\n|---|---|---|--:|\n"
    )
    body = "\n".join(f"| {a} | {b} | {c} | {formats.percent(w)} |" for a, b, c, w in rows)
    note = _(
        "The final score is 100 times the weighted sum. A part that could not be measured is called "
        "not scored, and never counts as 0."
    )
    return f"{head}{body}\n\n{note}"


def score_table(variants: Sequence[Variant]) -> None:
    """One row a variant, exact figures."""
    scored = [(v, v.score) for v in variants if v.score]
    if not scored:
        return
    names = metric_names()
    columns: dict[str, list[object]] = {
        _("Rank"): [v.rank for v, _s in scored],
        _("Final score"): [s.final for _v, s in scored],
    }
    for name, label in names.items():
        columns[f"{label} · {_('raw')}"] = [metric_of(s, name).raw for _v, s in scored]
        columns[f"{label} · {_('normalised')}"] = [metric_of(s, name).norm for _v, s in scored]
    columns[_("Caption")] = [s.caption.text for _v, s in scored]
    columns[_("Seed")] = [v.seed for v, _s in scored]
    figures = st.column_config.NumberColumn(format="%.4f")
    plain_numbers = (_("Rank"), _("Seed"), _("Caption"))
    st.dataframe(
        columns,
        hide_index=True,
        column_config={name: figures for name in columns if name not in plain_numbers}
        | {_("Seed"): st.column_config.NumberColumn(format="%d")},
        alt=_("Exact scores of every variant"),
    )
    for line in not_scored([s for _v, s in scored]):
        st.caption(line)


def not_scored(scores: Sequence[AimScore]) -> list[str]:
    """Each reason why some part was not measured, once."""
    lines: dict[str, None] = {}
    for score in scores:
        for name, label in metric_names().items():
            metric: MetricScore = metric_of(score, name)
            if metric.reason is not None:
                lines[f"{label}: {say(metric.reason)}"] = None
    return list(lines)


def _provenance(scores: Sequence[AimScore]) -> None:
    scorers = list(dict.fromkeys(s.scorer for s in scores))
    if mixed := mixed_scorers(scores):
        st.warning(say(mixed))
    for scorer in scorers:
        st.caption(f"{_('Scored by')}: {plain(scorer)}")
    for notice in dict.fromkeys(say(n) for s in scores for n in s.notices):
        st.caption(notice)
