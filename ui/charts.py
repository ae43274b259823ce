"""Charts of one face: Okabe and Ito's colours on the page's own ground, and points that open a variant.

Streamlit's theme gives a figure the fonts, texts and lines of light or dark. Colours here are middle tones
that stand out on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from services.domain import Strategy
from ui.navigation import DETAILS_PARAM, SESSION_PARAM, go, session_page
from ui.theme import OKABE_ITO

Figure = dict[str, Any]
"""A plotly figure as plain data: {"data": traces, "layout": layout}."""

Place = tuple[int, str, str]
"""What a point carries: variant, session, kind of the session."""

NEUTRAL = "#8A8A8A"
FAINT = "rgba(138, 138, 138, 0.28)"
STRATEGY_COLOURS = {strategy.value: OKABE_ITO[place] for place, strategy in enumerate(Strategy)}
ENGINE_COLOURS = {"lite": OKABE_ITO[4], "full": OKABE_ITO[5], "mixed": OKABE_ITO[7]}
CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}


def strategy_colour(strategy: str) -> str:
    """The same colour for the same way of finding references, everywhere."""
    return STRATEGY_COLOURS.get(strategy, NEUTRAL)


def engine_colour(engine: str) -> str:
    return ENGINE_COLOURS.get(engine, NEUTRAL)


def campaign_colours(ids: Sequence[str]) -> dict[str, str]:
    """Each campaign's colour by its place in the order of making: it stays when others follow."""
    return {key: OKABE_ITO[place % len(OKABE_ITO)] for place, key in enumerate(ids)}


def see_through(colour: str, alpha: float) -> str:
    """A hexadecimal colour as rgba()."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


def layout(height: int, **more: Any) -> dict[str, Any]:
    """What all charts share: no frame, hover on the nearest point, nothing to drag."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        **more,
    }


def score_axis(low: float, high: float, title: str) -> dict[str, Any]:
    """An axis of 0..100, cut to what is there with some air."""
    return {
        "range": [max(-1.0, low - 5), min(101.0, high + 5)],
        "title": {"text": title},
        "zeroline": False,
        "showgrid": True,
        "fixedrange": True,
        "automargin": True,
    }


def show(figure: Figure, key: str, alt: str) -> None:
    """Draw the figure; a click on a point that carries a place opens its variant."""
    state = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode="points", config=CONFIG, alt=alt, width="stretch"
    )
    for point in state.selection.points:
        place: list[object] = list(point.get("customdata") or [])
        if len(place) >= 3:
            open_variant(int(str(place[0])), str(place[1]), str(place[2]))


def open_variant(variant_id: int, session_id: str, kind: str) -> None:
    """Leave for the variant's details in its session."""
    params = {SESSION_PARAM: session_id, DETAILS_PARAM: str(variant_id)}
    go(session_page(kind, made=True), **params)
