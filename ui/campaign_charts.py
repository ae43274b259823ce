"""Figures of the Campaigns page as plain data: spreads, trend, parts, funnel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from services.campaign_figures import histogram
from services.campaign_figures.views import Trend
from ui import campaign_words, formats
from ui.bars import metric_names
from ui.campaign_shapes import Group, line
from ui.charts import FAINT, Figure, layout, score_axis, see_through
from ui.i18n import _
from ui.theme import METRIC_COLOURS, OKABE_ITO

ROW, SLIM_ROW = 86, 44
"""Height of a group in pixels; of one of many."""

MAIN = OKABE_ITO[0]


def spread(groups: Sequence[Group], shape: str) -> Figure:
    """Finals of each group, one below the other; `shape` is violin or box."""
    low, high = _ends(groups, 0)
    traces = [trace for place, group in enumerate(groups) for trace in line(group, "final", shape, -place)]
    height = len(groups) * (ROW if len(groups) <= 8 else SLIM_ROW) + 60
    return {
        "data": traces,
        "layout": layout(height, xaxis=score_axis(low, high, _("Score")), yaxis=_groups_axis(groups)),
    }


def parts(groups: Sequence[Group], shape: str) -> Figure:
    """The three parts of the score side by side, each on 0..100, in the part's own colour."""
    traces: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    titles = []
    for number, (part, name) in enumerate(metric_names().items(), start=1):
        axis = "x" if number == 1 else f"x{number}"
        left = (number - 1) * 0.345
        low, high = _ends(groups, histogram.PARTS.index(part))
        axes[axis.replace("x", "xaxis")] = score_axis(low, high, "") | {"domain": [left, left + 0.31]}
        for place, group in enumerate(groups):
            traces += line(group, part, shape, -place, axis, METRIC_COLOURS[part])
        titles.append(_title(name, left))
    height = len(groups) * ROW + 90
    base = layout(height, yaxis=_groups_axis(groups), annotations=titles, **axes)
    return {"data": traces, "layout": base | {"margin": base["margin"] | {"t": 36}}}


def trend(found: Trend) -> Figure:
    """Half of all finals as a band, their middle as a line, the best of each period as points."""
    points = found.points
    starts = [p.start.isoformat() for p in points]
    places = [[p.best_variant_id, p.session_id, p.kind] for p in points]
    hovers = [
        _("{period}<br>best {best}, median {median}<br>{variants}").format(
            period=campaign_words.period(p.start, found.level),
            best=f"{p.best:.1f}",
            median=f"{p.five.median:.1f}",
            variants=formats.variants(p.count),
        )
        for p in points
    ]
    band = {
        "x": [*starts, *reversed(starts)],
        "y": [*(p.five.third for p in points), *(p.five.first for p in reversed(points))],
        "type": "scatter",
        "mode": "lines",
        "fill": "toself",
        "fillcolor": see_through(MAIN, 0.2),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    common = {"x": starts, "type": "scatter", "customdata": places, "hovertext": hovers, "hoverinfo": "text"}
    middle = {
        **common,
        "y": [p.five.median for p in points],
        "mode": "lines+markers",
        "line": {"color": MAIN, "width": 2.5},
        "marker": {"color": MAIN, "size": 6},
    }
    best = {
        **common,
        "y": [p.best for p in points],
        "mode": "markers",
        "marker": {"color": OKABE_ITO[1], "size": 10, "symbol": "diamond"},
    }
    values = [value for p in points for value in (p.five.first, p.best)]
    axis = score_axis(min(values), max(values), _("Score"))
    return {"data": [band, middle, best], "layout": layout(320, xaxis=_time_axis(found), yaxis=axis)}


def funnel(steps: Sequence[tuple[str, int]]) -> Figure:
    """Bars from all variants down to the approved ones; (name, count)."""
    total = max(steps[0][1], 1)
    labels = [f"{formats.number(count)} · {formats.percent(count / total)}" for _name, count in steps]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": [count for _name, count in steps],
        "y": [name for name, _count in steps],
        "text": labels,
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [see_through(MAIN, 1 - 0.13 * n) for n in range(len(steps))], "cornerradius": 4},
        "hoverinfo": "skip",
    }
    return {
        "data": [bar],
        "layout": layout(
            len(steps) * 46 + 24,
            xaxis={"visible": False, "range": [0, total * 1.22], "fixedrange": True},
            yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True, "ticklabelstandoff": 6},
            bargap=0.3,
        ),
    }


# --- ---------------------------------------------------------------------------------------------


def _ends(groups: Sequence[Group], part: int) -> tuple[float, float]:
    """The lowest and the highest score there is, to the bin."""
    used = np.flatnonzero(sum(group.counts[part] for group in groups))
    if not len(used):
        return 0.0, 100.0
    return float(used[0] * histogram.BIN_WIDTH), float((used[-1] + 1) * histogram.BIN_WIDTH)


def _groups_axis(groups: Sequence[Group]) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickvals": [-place for place in range(len(groups))],
        "ticktext": [escape(group.label).replace("\n", "<br>") for group in groups],
        "range": [-len(groups) + 0.45, 0.55],
        "zeroline": False,
        "showgrid": False,
        "fixedrange": True,
        "automargin": True,
        "ticklabelstandoff": 8,
    }


def _title(text: str, left: float) -> dict[str, Any]:
    return {
        "text": f"<b>{escape(text)}</b>", "x": left, "y": 1.0, "xref": "paper", "yref": "paper",
        "xanchor": "left", "yanchor": "bottom", "showarrow": False, "yshift": 8,
    }  # fmt: skip


def _time_axis(found: Trend) -> dict[str, Any]:
    """Up to eight dates in the reader's language: plotly's own are English."""
    step = max(1, -(-len(found.points) // 8))
    shown = found.points[::step]
    return {
        "type": "date",
        "tickmode": "array",
        "tickvals": [p.start.isoformat() for p in shown],
        "ticktext": [campaign_words.short_period(p.start, found.level) for p in shown],
        "showgrid": False,
        "fixedrange": True,
        "linecolor": FAINT,
        "automargin": True,
    }
