"""How a group of scores is drawn: its violin or box, its quartiles, and a point for each variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from services.campaign_figures import histogram
from services.campaign_figures.load import five
from services.campaign_figures.views import Five, Point
from ui.charts import Place, see_through

HALF = 0.36
"""Half of a shape's thickness where a group has 1."""

FEW, MANY = 8, 400
"""Scores that make a shape; points above which each is drawn fainter."""

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


def line(
    group: Group, part: str, shape: str, y: float, axis: str = "x", colour: str = ""
) -> list[dict[str, Any]]:
    """A group's shape, its quartiles and its points, around the height `y`."""
    bins = group.counts[histogram.PARTS.index(part)]
    colour = colour or group.colour
    points = [(value, p) for p in group.points if (value := p.value(part)) is not None]
    quantiles = _quantiles(bins, [value for value, _point in points])
    if quantiles is None:
        return []
    drawn = _marks(quantiles, y, colour)
    if int(bins.sum()) >= FEW:  # fewer have no shape worth drawing: the points speak for themselves
        drawn = _box(quantiles, y, colour) if shape == "box" else [_violin(bins, y, colour), *drawn]
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
        "marker": {
            "color": colour,
            "size": 5 if len(points) > 60 else 7,
            "opacity": 0.35 if len(points) > MANY else 0.55,
        },
    }


def place_of(point: Point) -> Place:
    return (point.variant_id, point.session_id, point.kind)


def _clipped(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47]}…"
