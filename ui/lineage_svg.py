"""The graph of ui/lineage_graph.py as one SVG; what is on the lit variant's path carries the class lit."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from ui import formats
from ui.i18n import _
from ui.images import encoded, thumbnail
from ui.lineage_graph import COLUMNS, GIVEN, VARIANTS, WEIGHTS, WIDTH, Graph, Link, Node
from ui.mixture import COLOURS
from ui.text import short

SIDE, DENSITY = 40, 2
"""A thumbnail's side in units of the drawing, and its pixels a unit."""
THICKEST = 22
"""Width of a link that carries the whole mixture."""
GREY = "var(--st-gray-color, #8A8A8A)"


def svg(graph: Graph, titles: dict[int, str]) -> str:
    """`titles` names the variants: id -> "Variant 3 · 81". Everything in it is escaped."""
    links = "".join(_link(graph, link) for link in graph.links)
    nodes = "".join(_node(graph, node, titles) for node in graph.nodes.values())
    label = escape(_("How the variants came about, from the brief at the left to the variants at the right"))
    height = graph.height + 8
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="group" aria-label="{label}" '
        f'style="min-width:760px">{_heads()}<g fill="none">{links}</g>{nodes}</svg>'
    )


def _heads() -> str:
    names = (_("Brief"), _("Parts of the plan"), _("What was used"), _("Weights"), _("Variants"))
    return "".join(
        f'<text class="head" x="{left}" y="14">{escape(name)}</text>'
        for (left, _width), name in zip(COLUMNS, names, strict=True)
    )


def _link(graph: Graph, link: Link) -> str:
    source, target = graph.nodes[link.source], graph.nodes[link.target]
    left = COLUMNS[source.column][0] + COLUMNS[source.column][1]
    right = COLUMNS[target.column][0]
    bend = (right - left) / 2
    curve = (
        f"M{left} {source.y:.1f}C{left + bend:.0f} {source.y:.1f} {right - bend:.0f} {target.y:.1f} "
        f"{right} {target.y:.1f}"
    )
    colour = COLOURS[link.kind] if link.kind else GREY
    return (
        f'<path class="link{_lit(graph, link.of)}" data-of="{_ids(link.of)}" d="{curve}" '
        f'stroke="{colour}" stroke-width="{max(1.5, THICKEST * link.share):.1f}"/>'
    )


def _node(graph: Graph, node: Node, titles: dict[int, str]) -> str:
    left, width = COLUMNS[node.column]
    box = _picture(node, left) if node.sha256 else ""
    if node.column == WEIGHTS:
        box = _weight(node, left)
    text_left = left + (SIDE + 8 if node.sha256 else 0 if node.column != WEIGHTS else 10)
    words = titles.get(node.variant, "") if node.variant is not None else node.label
    share = "" if node.share is None or node.column == WEIGHTS else formats.percent(node.share)
    lines = escape(short(words, 80))
    note = f"<small>{share}</small>" if share else ""
    if node.column == WEIGHTS:
        lines, note = f"{lines}<small>{formats.percent(node.share)}</small>", ""
    room = left + width - text_left
    text = (
        f'<foreignObject x="{text_left}" y="{node.y - 24:.1f}" width="{room}" height="48">'
        f'<div xmlns="http://www.w3.org/1999/xhtml" class="words">'
        f'<span title="{escape(words)}">{lines}</span>{note}</div></foreignObject>'
    )
    classes = f"node{_lit(graph, node.of)}{'' if node.of else ' unused'}"
    press = ""
    if node.column == VARIANTS:
        pressed = "true" if node.variant == graph.lit else "false"
        classes += " press"
        press = (
            f' data-variant="{node.variant}" role="button" tabindex="0" aria-pressed="{pressed}" '
            f'aria-label="{escape(words)}"'
        )
    return f'<g class="{classes}" data-of="{_ids(node.of)}"{press}>{_ground(node)}{box}{text}</g>'


def _ground(node: Node) -> str:
    """The room that a variant's press takes, and the frame that it has when lit."""
    if node.column != VARIANTS:
        return ""
    left, width = COLUMNS[node.column]
    return f'<rect class="ground" x="{left - 4}" y="{node.y - 22:.1f}" width="{width}" height="44" rx="8"/>'


def _weight(node: Node, left: int) -> str:
    colour = COLOURS[node.kind] if node.kind else GREY
    height = 14 + 40 * (node.share or 0.0)
    place = f'x="{left}" y="{node.y - height / 2:.1f}" width="5" height="{height:.1f}"'
    return f'<rect {place} rx="2" fill="{colour}"/>'


def _picture(node: Node, left: int) -> str:
    colour = COLOURS[node.kind] if node.kind and node.column == GIVEN else "none"
    place = f'x="{left}" y="{node.y - SIDE / 2:.1f}" width="{SIDE}" height="{SIDE}"'
    data = tiny(node.sha256 or "")
    shown = f'<image {place} href="{data}" clip-path="inset(0 round 6px)"/>' if data else ""
    frame = f'<rect {place} rx="6" fill="none" stroke="{colour}" stroke-width="2"/>'
    return f'<rect {place} rx="6" class="blank"/>{shown}{frame}'


@st.cache_data(max_entries=512, show_spinner=False)
def tiny(sha256: str) -> str:
    """A square of the picture as a data URI; "" when its file is lost."""
    data = thumbnail(sha256)
    if data is None:
        return ""
    side = SIDE * DENSITY
    small = ImageOps.fit(Image.open(BytesIO(data)).convert("RGB"), (side, side))
    return f"data:image/webp;base64,{base64.b64encode(encoded(small)).decode()}"


def _lit(graph: Graph, of: frozenset[int]) -> str:
    return " lit" if graph.lit in of else ""


def _ids(of: frozenset[int]) -> str:
    return " ".join(str(i) for i in sorted(of))
