"""Differences to the baseline as dots and bars: one line a strategy, the line at zero is the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from services.experiments.findings import Findings
from services.experiments.presets import Preset
from services.experiments.statistics import PairedDifference
from ui.charts import NEUTRAL, Figure, layout
from ui.experiment_words import measures, pairs, title, written
from ui.i18n import _
from ui.text import short

ROW = 46


def intervals(
    others: Sequence[Preset], told: Findings, measure: str, colours: dict[str, str], baseline: str
) -> Figure:
    """`others` from top to bottom; the figures stand beside the bars, so colour says nothing alone."""
    words = measures()[measure]
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    ends = [0.0]
    for place, preset in enumerate(others):
        difference = told.of(preset.key, measure).difference
        if difference is None:
            notes.append(_note(_("too few pairs"), 0.0, -place, "left") | {"xshift": 8})
            continue
        mean, low, high = (v * words.scale for v in (difference.mean, difference.low, difference.high))
        ends += [low, high]
        colour = colours[preset.key]
        hover = _hover(preset, difference, measure)
        common = {"type": "scatter", "y": [-place, -place], "hovertext": hover, "hoverinfo": "text"}
        traces.append({**common, "mode": "lines", "x": [low, high], "line": {"color": colour, "width": 5}})
        traces.append(
            {
                **common,
                "mode": "markers",
                "x": [mean],
                "y": [-place],
                "marker": {"color": "#FFFFFF", "size": 12, "line": {"color": colour, "width": 3.5}},
            }
        )
        text = f"<b>{written(measure, difference.mean, signed=True)}</b>"
        notes.append(_note(text, mean, -place, "center") | {"yshift": 16})
    return {"data": traces, "layout": _layout(others, notes, ends, baseline)}


def _layout(
    others: Sequence[Preset], notes: list[dict[str, Any]], ends: Sequence[float], baseline: str
) -> dict[str, Any]:
    wide = max(ends) - min(ends) or 1.0
    zero = {
        "type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    return layout(
        len(others) * ROW + 76,
        shapes=[zero],
        annotations=notes,
        xaxis={
            "range": [min(ends) - 0.08 * wide, max(ends) + 0.08 * wide],
            "title": {"text": _("Difference to “{baseline}” in points").format(baseline=escape(baseline))},
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
            "nticks": 8,
        },
        yaxis={
            "tickmode": "array",
            "tickvals": [-place for place in range(len(others))],
            "ticktext": [escape(short(title(preset), 28)) for preset in others],
            "range": [-len(others) + 0.4, 0.75],
            "zeroline": False,
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "tickfont": {"size": 14},
        },
    )


def _hover(preset: Preset, found: PairedDifference, measure: str) -> str:
    low, mean, high = (written(measure, v, signed=True) for v in (found.low, found.mean, found.high))
    return _("{strategy}<br>{mean}, interval {low} to {high}, {pairs}").format(
        strategy=escape(title(preset)), mean=mean, low=low, high=high, pairs=pairs(found.pairs)
    )


def _note(text: str, x: float, y: float, anchor: str) -> dict[str, Any]:
    return {"text": text, "x": x, "y": y, "xanchor": anchor, "showarrow": False, "font": {"size": 13}}
