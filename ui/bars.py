"""Small bars in HTML: a score's three parts, and the shares of a whole. Every value is also words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from services.domain import AimScore, Decision, MetricScore, Variant
from ui import formats
from ui.i18n import _, tr
from ui.theme import METRIC_COLOURS


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole: `share` is 0..1."""

    label: str
    share: float
    colour: str


def metric_names() -> dict[str, str]:
    """Key of a metric -> its name for advertisers, in the order in which bars stand."""
    return {
        "clip": _("Matches text"),
        "caption": _("Shows topic"),
        "lpips": _("Looks like reference"),
    }


def metric_of(score: AimScore, name: str) -> MetricScore:
    return {"clip": score.clip, "caption": score.caption, "lpips": score.lpips}[name]


def score_line(variant: Variant, is_reference: bool, name: str = "") -> None:
    """The final score large, and beside it rank, reference and decision as tags, and at the end `name`."""
    final = variant.score.final if variant.score else None
    tags = []
    if variant.rank:
        tags.append(("tag tag-first" if variant.rank == 1 else "tag", f"#{variant.rank}"))
    if is_reference:
        tags.append(("tag", _("Reference")))
    if variant.decision is Decision.PICKED:
        tags.append(("tag tag-good", _("Picked")))
    elif variant.decision is Decision.REJECTED:
        tags.append(("tag", _("Rejected")))
    hover = _("Score of 0 to 100. Exactly {exact}.").format(exact=formats.exact(final))
    shown = "".join(f'<span class="{name}">{escape(text)}</span>' for name, text in tags)
    end = f'<span class="score-name">{escape(name)}</span>' if name else ""
    st.html(f'<div class="score" title="{escape(hover)}"><b>{formats.score(final)}</b>{shown}{end}</div>')


def seen(score: AimScore) -> None:
    """What the caption model sees in the picture."""
    if score.caption.text:
        hover = escape(_("What the model sees in the picture"))
        st.html(f'<div class="seen" title="{hover}">“{escape(score.caption.text)}”</div>')


def score_bars(score: AimScore) -> None:
    """Three bars of 0..100, longer is better; hover shows the exact figures."""
    rows = "".join(_metric_row(name, metric_of(score, name)) for name in METRIC_COLOURS)
    st.html(f'<div class="bars">{rows}</div>')


def _metric_row(name: str, metric: MetricScore) -> str:
    """Three cells: name, bar, figure. A metric that is not scored says so and why."""
    label = escape(metric_names()[name])
    if metric.norm is None:
        reason = escape(tr(metric.reason)) if metric.reason else ""
        missing = escape(_("not scored"))
        return (
            f'<span title="{reason}">{label}</span><span class="bar-none" title="{reason}">{missing}</span>'
        )
    exact = _("normalised {norm}, raw {raw}").format(
        norm=formats.exact(metric.norm), raw=formats.exact(metric.raw)
    )
    hover, fill = escape(exact), f"width:{metric.norm:.1%};background:{METRIC_COLOURS[name]}"
    return (
        f'<span title="{hover}">{label}</span>'
        f'<span class="bar-track" title="{hover}"><span style="{fill}"></span></span>'
        f'<span class="bar-value" title="{hover}">{formats.score(metric.norm * 100)}</span>'
    )


def share_bar(parts: Sequence[Share]) -> None:
    """One bar cut into shares, with its legend. What is too thin to see is still in the legend."""
    pieces = "".join(
        f'<span style="flex:{max(p.share, 0.002):.4f};background:{p.colour}" title="{escape(p.label)} '
        f'{formats.percent(p.share)}"></span>'
        for p in parts
    )
    legend = "".join(
        f'<span class="share-key"><i style="background:{p.colour}"></i>{escape(p.label)} '
        f"<b>{formats.percent(p.share)}</b></span>"
        for p in parts
    )
    st.html(f'<div class="share-bar">{pieces}</div><div class="share-legend">{legend}</div>')
