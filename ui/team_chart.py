"""How far AIM, its parts and coverage order the variants as people do: dots with intervals, -1 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from services.votes.aim import Measure, TeamView
from services.votes.correlation import Correlation, Interval
from ui import formats
from ui.charts import FAINT, NEUTRAL, Figure, layout
from ui.i18n import _
from ui.team_words import interval, measure_names
from ui.theme import METRIC_COLOURS, OKABE_ITO

ROW = 48
"""Pixels a measure."""

COLOURS = {
    Measure.FINAL: OKABE_ITO[5],
    Measure.CLIP: METRIC_COLOURS["clip"],
    Measure.CAPTION: METRIC_COLOURS["caption"],
    Measure.LPIPS: METRIC_COLOURS["lpips"],
    Measure.COVERAGE: OKABE_ITO[1],
}
PANELS = ((0.0, 0.47), (0.53, 1.0))


def correlations(view: TeamView) -> Figure:
    """Stars at the left, votes at the right; circles are Spearman, open diamonds Kendall."""
    names = measure_names()
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    kinds = ((_("With stars"), view.stars), (_("With blind votes"), view.votes))
    for number, ((title, found), span) in enumerate(zip(kinds, PANELS, strict=True)):
        axis = "x2" if number else "x"
        axes[axis.replace("x", "xaxis")] = _axis(span)
        traces += _panel(found, names, axis)
        notes += [_title(title, span[0]), *_missing(found, axis)]
    rows = len(names)
    base = layout(
        rows * ROW + 100,
        annotations=notes,
        yaxis={
            "tickmode": "array", "tickvals": [-place for place in range(rows)],
            "ticktext": [escape(name) for name in names.values()], "range": [-rows + 0.4, 0.6],
            "zeroline": False, "showgrid": False, "fixedrange": True, "automargin": True,
            "ticklabelstandoff": 8,
        },
        **axes,
    )  # fmt: skip
    return {"data": traces, "layout": base | {"margin": base["margin"] | {"t": 36}}}


def _panel(
    found: Mapping[Measure, Correlation], names: Mapping[Measure, str], axis: str
) -> list[dict[str, Any]]:
    traces = []
    for place, (measure, name) in enumerate(names.items()):
        each = found[measure]
        for label, value, symbol, shift in (
            ("Spearman", each.spearman, "circle", 0.13),
            ("Kendall", each.kendall, "diamond-open", -0.13),
        ):
            if value is not None:
                count = formats.variants(each.variants)
                hover = f"{escape(name)}<br>{label} {interval(value)}<br>{count}"
                traces.append(_dot(value, -place + shift, axis, COLOURS[measure], symbol, hover))
    return traces


def _dot(value: Interval, y: float, axis: str, colour: str, symbol: str, hover: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": [value.value], "y": [y], "xaxis": axis, "yaxis": "y",
        "marker": {"color": colour, "size": 11, "symbol": symbol, "line": {"width": 2, "color": colour}},
        "error_x": {
            "type": "data", "symmetric": False, "array": [value.high - value.value],
            "arrayminus": [value.value - value.low], "color": colour, "thickness": 2, "width": 0,
        },
        "hovertext": [hover], "hoverinfo": "text",
    }  # fmt: skip


def _missing(found: Mapping[Measure, Correlation], axis: str) -> list[dict[str, Any]]:
    return [
        {
            "text": _("not enough data yet"), "x": 0, "y": -place, "xref": axis, "yref": "y",
            "showarrow": False, "font": {"color": NEUTRAL, "size": 12},
        }
        for place, measure in enumerate(Measure)
        if found[measure].spearman is None
    ]  # fmt: skip


def _axis(span: tuple[float, float]) -> dict[str, Any]:
    return {
        "domain": list(span), "range": [-1.05, 1.05], "fixedrange": True, "automargin": True,
        "zeroline": True, "zerolinecolor": NEUTRAL, "zerolinewidth": 1, "gridcolor": FAINT,
        "tickvals": [-1, -0.5, 0, 0.5, 1],
        "ticktext": [_("−1<br>opposite"), "−0.5", _("0<br>no relation"), "0.5", _("1<br>same order")],
    }  # fmt: skip


def _title(text: str, left: float) -> dict[str, Any]:
    return {
        "text": f"<b>{escape(text)}</b>", "x": left, "y": 1.0, "xref": "paper", "yref": "paper",
        "xanchor": "left", "yanchor": "bottom", "showarrow": False, "yshift": 8,
    }  # fmt: skip
