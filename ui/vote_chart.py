"""The ranking by blind votes: a dot for each variant, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from services.votes.standing import Standing
from ui.charts import FAINT, NEUTRAL, Figure, layout
from ui.i18n import _, ngettext
from ui.theme import OKABE_ITO

ROW = 40
"""Pixels a variant."""


def ranking(found: Standing, names: Mapping[int, str], session_id: str, kind: str) -> Figure:
    """Chance of winning against an average variant, in per cent, with its 95 % interval; best on top."""
    places = range(len(found.ranking))
    chances = [_percent(s.strength) for _v, s in found.ranking]
    lows, highs = ([_percent(value) for value in ends] for ends in zip(
        *((s.low, s.high) for _v, s in found.ranking), strict=True))  # fmt: skip
    colours = [OKABE_ITO[0] if s.votes else NEUTRAL for _v, s in found.ranking]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": chances,
        "y": [-place for place in places],
        "marker": {"color": colours, "size": 12},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 0, "color": OKABE_ITO[0],
            "array": [high - x for high, x in zip(highs, chances, strict=True)],
            "arrayminus": [x - low for low, x in zip(lows, chances, strict=True)],
        },
        "customdata": [[variant, session_id, kind] for variant, _s in found.ranking],
        "hovertext": [
            _("{name}<br>{chance}% (95% interval {low}% to {high}%)<br>{votes}").format(
                name=escape(names[variant]), chance=f"{x:.1f}", low=f"{low:.1f}", high=f"{high:.1f}",
                votes=ngettext("{count} vote", "{count} votes", s.votes).format(count=s.votes),
            )
            for (variant, s), x, low, high in zip(found.ranking, chances, lows, highs, strict=True)
        ],
        "hoverinfo": "text",
    }  # fmt: skip
    average = {
        "type": "line", "x0": 50, "x1": 50, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
    }  # fmt: skip
    return {
        "data": [dots],
        "layout": layout(
            len(found.ranking) * ROW + 70,
            shapes=[average],
            xaxis={
                "range": [0, 100], "ticksuffix": "%", "fixedrange": True, "zeroline": False,
                "automargin": True, "gridcolor": FAINT,
                "title": {"text": _("Chance of being chosen over an average variant")},
            },
            yaxis={
                "tickmode": "array", "tickvals": [-place for place in places], "fixedrange": True,
                "ticktext": [f"#{s.rank} {escape(names[variant])}" for variant, s in found.ranking],
                "range": [-len(found.ranking) + 0.4, 0.6], "zeroline": False, "showgrid": False,
                "automargin": True, "ticklabelstandoff": 8,
            },
        ),
    }  # fmt: skip


def _percent(log_odds: float) -> float:
    return 100 / (1 + math.exp(-log_odds))
