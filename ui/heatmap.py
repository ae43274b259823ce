"""Where in a picture the score comes from: the picture, and beside it the same under colours.

The map is made by the worker; here it is only laid over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from services.aim.explain import Heatmap, HeatmapKind
from services.aim.explain.heatmap import legend, unseen
from services.aim.explain.overlay import ALPHA, overlay, overlay_png
from services.evaluation import Evaluation, Row, find_heatmaps, start_heatmap
from services.jobs import queue
from services.jobs.queue import RunState
from services.messages import Message
from services.storage.images import encode_small, get_store
from ui.i18n import _, tr
from ui.job_progress import run_panel
from ui.text import say, short

SIDE = 720
"""Longer side shown, in pixels: two pictures stand side by side in a dialog of 1280."""


def heatmap_panel(evaluation: Evaluation, row: Row) -> None:
    """A choice of text, then picture and overlay; while the worker draws the map, its progress."""
    text = _text_choice(evaluation, row)
    maps = [found.heatmap for found in find_heatmaps(row.id, text) if found.sha256 == row.variant.sha256]
    drawn = any(found.text for found in maps)
    heatmap = _kind_choice(row, maps) if drawn else None
    shown, covered = st.columns(2, gap="small")
    with shown, st.container(key=f"map_picture_{row.id}"):
        st.image(encode_small(_base(row.variant.sha256)), alt=row.name, width="stretch")
    if heatmap is None:
        with covered:
            _being_drawn(row, text)
    else:
        _overlay(row, heatmap, covered)


def _text_choice(evaluation: Evaluation, row: Row) -> str:
    texts = list(dict.fromkeys(evaluation.texts))
    whole = texts[0]
    chosen: str = st.selectbox(
        _("What to look for"),
        texts,
        format_func=lambda text: _("The whole text") if text == whole else short(text, 80),
        key=f"map_text_{row.id}",
        help=_("The whole text, or one part of the plan."),
    )
    return chosen


def _being_drawn(row: Row, text: str) -> None:
    """Ask the worker for the map once, and tell how it goes."""
    key = f"map_run_{row.id}_{text}"
    if key not in st.session_state:
        st.session_state[key] = start_heatmap(row.id, text)
    run = queue.get(st.session_state[key])
    if run.state is RunState.DONE:
        st.info(_("The models in use draw no map of this picture."), icon=":material/info:")
    else:
        run_panel(run)


def _overlay(row: Row, heatmap: Heatmap, place: DeltaGenerator) -> None:
    """The covered picture in its `place`; below both, how to read it and how strong the colours are."""
    how = _legend(heatmap)
    _colour_bar()
    st.caption(" ".join([say(how), *([say(edges)] if (edges := unseen(heatmap)) else [])]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = _("Strength of the colours")
        share = st.slider(label, 0, 100, round(ALPHA * 100), 5, format="%d%%", key=f"map_share_{row.id}")
        st.download_button(
            _("Save this view"),
            lambda: overlay_png(heatmap, get_store().open(row.variant.sha256), share / 100),
            file_name=f"{row.variant.sha256[:12]}_{heatmap.kind}.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
            key=f"map_save_{row.id}",
        )
    with place, st.container(key=f"map_overlay_{row.id}"):
        image = overlay(heatmap, _base(row.variant.sha256), share / 100, SIDE)
        st.image(encode_small(image), alt=tr(how), width="stretch")


def _legend(heatmap: Heatmap) -> Message:
    """The service's sentence, with a long text cut short: it stands in the box above."""
    said = legend(heatmap)
    return replace(
        said, values={k: short(v, 60) if isinstance(v, str) else v for k, v in said.values.items()}
    )


def _kind_choice(row: Row, maps: Sequence[Heatmap]) -> Heatmap:
    """The map of the text first; where the model looks anyway second."""
    by_kind = {found.kind: found for found in sorted(maps, key=lambda m: m.kind is HeatmapKind.ATTENTION)}
    if len(by_kind) == 1:
        return next(iter(by_kind.values()))
    names = {
        HeatmapKind.RELEVANCE: _("What answers to the text"),
        HeatmapKind.ACTIVATION: _("What answers to the text"),
        HeatmapKind.ATTENTION: _("Where the model looks"),
    }
    kinds = list(by_kind)
    chosen = st.segmented_control(
        _("Map"),
        kinds,
        default=kinds[0],
        required=True,
        format_func=lambda kind: names[kind],
        key=f"map_kind_{row.id}",
        label_visibility="collapsed",
    )
    return by_kind[chosen or kinds[0]]


def _colour_bar() -> None:
    from services.aim.explain.colours import table

    colours = table()
    stops = ",".join("rgb({},{},{})".format(*colours[n]) for n in range(0, 256, 51))
    low, high = escape(_("least")), escape(_("most"))
    st.html(
        f'<div class="colours"><span>{low}</span>'
        f'<i style="background:linear-gradient(90deg,{stops})"></i><span>{high}</span></div>'
    )


@st.cache_data(max_entries=48, show_spinner=False)
def _base(sha256: str) -> Image.Image:
    """The picture at the size shown, RGB on white. A map's box is in shares, so it fits any size."""
    from services.models.preprocess import on_white

    image = on_white(get_store().open(sha256))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image
