"""Figures of the Campaigns page as plain data: spreads, trend, parts, funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from services.campaign_figures import histogram
from services.campaign_figures.load import five
from services.campaign_figures.views import Five, Point, Trend
from ui import campaign_words, formats
from ui.bars import metric_names
from ui.charts import FAINT, Figure, Place, layout, score_axis, see_through
from ui.i18n import _
from ui.theme import METRIC_COLOURS, OKABE_ITO

ROW, SLIM_ROW = 86, 44
"""Height of a group in pixels; of one of many."""

HALF = 0.36
"""Half of a shape's thickness where a group has 1."""

MAIN = OKABE_ITO[0]
GOLDEN = 0.6180339887
"""Multiples of it spread evenly: points lie beside each other, at the same place at every look."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One line of a spread: all its scores as counts, and the points that are drawn of them."""

    label: str
    colour: str
    count: int
    counts: histogram.Counts
    points: Sequence[Point]
    kind: str = ""
    """What its colour stands for, where the label does not say it."""


def spread(groups: Sequence[Group], shape: str) -> Figure:
    """Finals of each group, one below the other; `shape` is violin or box."""
    low, high = _ends(groups, 0)
    traces = [trace for place, group in enumerate(groups) for trace in _line(group, "final", shape, -place)]
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
            traces += _line(group, part, shape, -place, axis, METRIC_COLOURS[part])
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


def _line(
    group: Group, part: str, shape: str, y: float, axis: str = "x", colour: str = ""
) -> list[dict[str, Any]]:
    """A group's shape, its quartiles and its points, around the height `y`."""
    bins = group.counts[histogram.PARTS.index(part)]
    colour = colour or group.colour
    points = [(value, p) for p in group.points if (value := p.value(part)) is not None]
    quantiles = _quantiles(bins, [value for value, _point in points])
    if quantiles is None:
        return []
    drawn = [_violin(bins, y, colour), *_marks(quantiles, y, colour)]
    if shape == "box":
        drawn = _box(quantiles, y, colour)
    return [trace | {"xaxis": axis} for trace in [*drawn, _cloud(points, y, colour)]]


def _quantiles(bins: Any, values: Sequence[float]) -> Five | None:
    """Exact where every score is drawn as a point, else read off the counts."""
    if values and len(values) == int(bins.sum()):
        return Five(*(float(v) for v in np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))))
    return five(bins)


def _violin(bins: Any, y: float, colour: str) -> dict[str, Any]:
    values, curve = histogram.density(bins, histogram.bandwidth_of(bins))
    thickness = HALF * curve / curve.max()
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*values.round(2).tolist(), *values[::-1].round(2).tolist()],
        "y": [*(y + thickness).round(4).tolist(), *(y - thickness[::-1]).round(4).tolist()],
        "fill": "toself",
        "fillcolor": see_through(colour, 0.22),
        "line": {"color": colour, "width": 1.2},
        "hoverinfo": "skip",
    }


def _marks(found: Five, y: float, colour: str) -> list[dict[str, Any]]:
    """Inside a violin: a thin line over nine tenths, a thick one over half, a dot at the median."""
    line = {"type": "scatter", "mode": "lines", "y": [y, y], "hoverinfo": "skip"}
    return [
        {**line, "x": [found.low, found.high], "line": {"color": colour, "width": 1.5}},
        {**line, "x": [found.first, found.third], "line": {"color": colour, "width": 8}},
        {
            **line,
            "mode": "markers",
            "x": [found.median],
            "y": [y],
            "marker": {"color": "#FFFFFF", "size": 9, "line": {"color": colour, "width": 2.5}},
        },
    ]


def _box(found: Five, y: float, colour: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "box",
            "orientation": "h",
            "y": [y],
            "lowerfence": [found.low],
            "q1": [found.first],
            "median": [found.median],
            "q3": [found.third],
            "upperfence": [found.high],
            "fillcolor": see_through(colour, 0.3),
            "line": {"color": colour, "width": 2},
            "width": HALF * 1.5,
            "hoverinfo": "skip",
        }
    ]


def _cloud(points: Sequence[tuple[float, Point]], y: float, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(value, 2) for value, _point in points],
        "y": [round(y + (p.variant_id * GOLDEN % 1 - 0.5) * HALF * 1.5, 4) for _value, p in points],
        "customdata": [list(place_of(p)) for _value, p in points],
        "hovertext": [f"{value:.1f}<br>{escape(_clipped(p.topic))}" for value, p in points],
        "hoverinfo": "text",
        "marker": {"color": colour, "size": 5 if len(points) > 60 else 7, "opacity": 0.55},
    }


def place_of(point: Point) -> Place:
    return (point.variant_id, point.session_id, point.kind)


def _clipped(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47]}…"


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
