"""The map of a library as a figure: points for pictures, diamonds for texts, lines to what is closest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from services.library_map import LibraryMap, Placed, place
from services.library_pages import ItemRow
from ui import formats
from ui.charts import Figure, see_through
from ui.i18n import _
from ui.library_tiles import readable
from ui.text import short
from ui.theme import OKABE_ITO

HEIGHT = 560
WEBGL_FROM = 1_500
"""Points. Fewer are drawn as shapes, which every browser can; more need its graphics card."""

KINDS_SHOWN = 7
"""Colours that can be told apart; what is left is grey."""

GREY = OKABE_ITO[7]
INK = "#5569E6"
"""Texts stand out from all pictures on both grounds."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What shares a colour: its name in the legend and the places of its points in the map."""

    name: str
    points: tuple[int, ...]
    colour: str


def kinds_of(values: Sequence[str], rest: str) -> list[Kind]:
    """The most frequent values, each in its colour; "" and all others together under the name `rest`."""
    members: dict[str, list[int]] = {}
    for spot, value in enumerate(values):
        members.setdefault(value, []).append(spot)
    ranked = sorted((v for v in members if v), key=lambda v: (-len(members[v]), v))
    kinds = [Kind(value, tuple(members[value]), OKABE_ITO[n]) for n, value in enumerate(ranked[:KINDS_SHOWN])]
    left = sorted(spot for value in (*ranked[KINDS_SHOWN:], "") for spot in members.get(value, ()))
    return [*kinds, Kind(rest, tuple(left), GREY)] if left else kinds


def figure(
    drawn: LibraryMap, kinds: Sequence[Kind], rows: dict[int, ItemRow], texts: Sequence[Placed]
) -> Figure:
    """Pictures by kind; each point carries its item's id."""
    traces = [_pictures(drawn, kind, rows) for kind in kinds]
    for text in texts:
        traces += _text(drawn, text)
    return {"data": traces, "layout": _layout()}


def _pictures(drawn: LibraryMap, kind: Kind, rows: dict[int, ItemRow]) -> dict[str, Any]:
    spots = list(kind.points)
    ids = [int(drawn.ids[spot]) for spot in spots]
    return {
        "type": "scattergl" if len(drawn.ids) >= WEBGL_FROM else "scatter",
        "mode": "markers",
        "name": escape(short(kind.name, 32)),
        "x": drawn.places[spots, 0].tolist(),
        "y": drawn.places[spots, 1].tolist(),
        "customdata": [[item] for item in ids],
        "text": [escape(short(readable(rows[i].name), 60)) if i in rows else formats.DASH for i in ids],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": kind.colour, "size": _size(len(drawn.ids)), "opacity": 0.8, "line": {"width": 0}},
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 0.8}},
    }


def _size(count: int) -> int:
    """Of a point in pixels: smaller where there are many."""
    return 11 if count <= 200 else 8 if count <= 1_000 else 5


def _text(drawn: LibraryMap, text: Placed) -> list[dict[str, Any]]:
    """A diamond among its closest pictures, and thin lines to them."""
    spot = place(drawn, text)
    if spot is None:
        return []
    found = {int(item): n for n, item in enumerate(drawn.ids)}
    xs: list[float | None] = []
    ys: list[float | None] = []
    for item, _cosine in text.closest:
        if item in found:
            xs += [spot[0], float(drawn.places[found[item], 0]), None]
            ys += [spot[1], float(drawn.places[found[item], 1]), None]
    best = formats.similarity(text.closest[0][1])
    hover = _("{text}<br>closest picture: {similarity}").format(text=escape(text.text), similarity=best)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": xs,
            "y": ys,
            "line": {"color": see_through(INK, 0.55), "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [spot[0]],
            "y": [spot[1]],
            "text": [f"<b>{escape(short(text.text, 28))}</b>"],
            "textposition": "top center",
            "hovertemplate": f"{hover}<extra></extra>",
            "marker": {
                "symbol": "diamond",
                "size": 15,
                "color": INK,
                "line": {"width": 2, "color": "#FFFFFF"},
            },
            "unselected": {"marker": {"opacity": 1.0}},
            "showlegend": False,
        },
    ]


def _layout() -> dict[str, Any]:
    """No axes: distances mean likeness, directions nothing. A drag looks closer, a double click goes back."""
    bare = {"visible": False, "zeroline": False, "showgrid": False}
    return {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "dragmode": "zoom",
        "clickmode": "event+select",
        "showlegend": True,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0, "itemsizing": "constant"},
        "xaxis": bare,
        "yaxis": bare | {"scaleanchor": "x"},
    }
