"""The map of a library: what it holds at a glance, and where the parts of a brief fall among its pictures."""

from __future__ import annotations

import streamlit as st

from services import library_map as maps
from services import library_pages
from services.libraries import LibraryCard
from services.library_map import Layout, LibraryMap, Placed
from services.library_pages import ItemRow
from ui import address, formats
from ui.i18n import _
from ui.layout import empty_state
from ui.library_asked import asked
from ui.library_map_figure import Kind, figure, kinds_of
from ui.library_pictures import prepare_first, searchable
from ui.library_texts import texts_field
from ui.library_tiles import open_item

LAYOUT, COLOUR = "layout", "colour"
GROUPS, TAGS, LICENCES = "", "tags", "licences"
FEWEST = 3
"""Fewer pictures are looked at quicker than they are mapped."""

CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": "reset"}


def library_map(card: LibraryCard) -> None:
    if card.images < FEWEST:
        with empty_state("scatter_plot", _("Too few pictures for a map"), _("It begins with three.")):
            return
    if not searchable(card.name):
        prepare_first(card.name)
        return
    with st.container(horizontal=True, key="library_map_bar"):
        layout = address.segments(
            _("Layout"),
            LAYOUT,
            {Layout.COMPONENTS: _("Overview"), Layout.NEIGHBOURS: _("Close-knit groups")},
        )
        colour = address.segments(
            _("Colours"), COLOUR, {GROUPS: _("By group"), TAGS: _("By tag"), LICENCES: _("By licence")}
        )
    with st.expander(_("Show the parts of a brief on the map"), type="compact", expanded=_wanted()):
        texts = texts_field("library_map")
    what = (card.name, library_pages.version(card.name), layout)
    run = asked(
        "library_map", what, lambda: maps.ask(card.name, Layout(layout)), _("Drawing the map of the library.")
    )
    if run is None:
        return
    drawn = maps.read(run)
    placed = _placed(card.name, texts) if texts else []
    _draw(card.name, drawn, colour, placed, run.id)
    _reading(drawn, layout, bool(placed))


def _wanted() -> bool:
    return bool(address.read("for") or address.read("texts"))


def _placed(name: str, texts: list[str]) -> list[Placed]:
    """Where the texts belong; none while the worker is still at it, which is told in its place."""
    what = (name, library_pages.version(name), tuple(texts))
    run = asked(
        "library_map_texts",
        what,
        lambda: maps.ask_places(name, texts),
        _("Finding the texts' places on the map."),
    )
    return maps.read_places(run) if run else []


def _draw(name: str, drawn: LibraryMap, colour: str, placed: list[Placed], run_id: str) -> None:
    rows = _rows(name, library_pages.version(name), tuple(drawn.ids.tolist()))
    kinds = _kinds(drawn, rows, colour)
    key = f"library_map_{run_id}"
    st.plotly_chart(
        figure(drawn, kinds, rows, placed),
        key=key,
        on_select=lambda: _open(key),
        selection_mode="points",
        config=CONFIG,
        width="stretch",
        alt=_alt(drawn, kinds),
    )


def _open(key: str) -> None:
    """A click on a picture's point opens it; one on a text has nothing to open."""
    points = st.session_state[key].selection.points
    place = list(points[0].get("customdata") or []) if points else []
    if place:
        open_item(int(place[0]))


@st.cache_data(max_entries=8, show_spinner=False)
def _rows(name: str, _version: int, ids: tuple[int, ...]) -> dict[int, ItemRow]:
    return library_pages.rows(name, ids)


def _kinds(drawn: LibraryMap, rows: dict[int, ItemRow], colour: str) -> list[Kind]:
    if colour == TAGS:
        return kinds_of([_first_tag(rows, int(i)) for i in drawn.ids], _("Other tags, or none"))
    if colour == LICENCES:
        values = [(rows[int(i)].licence or "") if int(i) in rows else "" for i in drawn.ids]
        return kinds_of(values, _("Other licences, or not known"))
    return kinds_of([group_name(drawn, int(group)) for group in drawn.groups], _("Others"))


def _first_tag(rows: dict[int, ItemRow], item: int) -> str:
    return next(iter(rows[item].tags), "") if item in rows else ""


def group_name(drawn: LibraryMap, group: int) -> str:
    return drawn.names[group] or _("Group {number}").format(number=group + 1)


def _alt(drawn: LibraryMap, kinds: list[Kind]) -> str:
    counts = ", ".join(f"{kind.name}: {formats.number(len(kind.points))}" for kind in kinds)
    shown = formats.pictures(len(drawn.ids))
    return _("Map of {pictures}. {counts}").format(pictures=shown, counts=counts)


def _reading(drawn: LibraryMap, layout: str, with_texts: bool) -> None:
    """How to read it, in a line each."""
    lines = [_("Alike pictures stand close together. Click a point to see its picture; drag to look closer.")]
    if with_texts:
        lines.append(
            _(
                "A text stands in the middle of the five pictures closest to it, with lines to them: texts "
                "and pictures lie in regions of their own, so its own place would be far from all of them."
            )
        )
    if drawn.sampled:
        lines.append(
            _("{shown} of {pictures} are shown, evenly chosen.").format(
                shown=formats.number(len(drawn.ids)), pictures=formats.pictures(drawn.total)
            )
        )
    if layout == Layout.NEIGHBOURS:
        lines.append(_("Groups are true here, distances between them are not (t-SNE)."))
    else:
        lines.append(_("Distances are true as far as a plane can show them (two principal components)."))
    st.caption(" ".join(lines))
