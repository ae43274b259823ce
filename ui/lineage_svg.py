"""The graph of ui/lineage_graph.py as one SVG; what is on the lit variant's path carries the class lit."""

from __future__ import annotations

from html import escape

from ui import formats
from ui.i18n import _
from ui.images import tiny
from ui.lineage_graph import COLUMNS, VARIANTS, WIDTH, Graph, Link, Node
from ui.mixture import COLOURS
from ui.text import short

CARD, SIDE = 52, 40
"""Height of a node's card, and the side of its thumbnail, in units of the drawing."""
THICKEST = 24
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
    """A card with picture, words and share. A variant's can be pressed."""
    words = titles.get(node.variant, "") if node.variant is not None else node.label
    note = "" if node.share is None else formats.percent(node.share)
    if not node.of:
        note = _("{share} · nothing used").format(share=note)
    classes, press = f"node{_lit(graph, node.of)}", ""
    if node.column == VARIANTS:
        pressed = "true" if node.variant == graph.lit else "false"
        classes += " press"
        press = (
            f' data-variant="{node.variant}" role="button" tabindex="0" aria-pressed="{pressed}" '
            f'aria-label="{escape(words)}"'
        )
    drawn = _card(node) + _picture(node) + _words(node, words, note)
    return f'<g class="{classes}" data-of="{_ids(node.of)}"{press}>{drawn}</g>'


def _card(node: Node) -> str:
    """The ground, and at its left edge the colour of its kind."""
    left, width = COLUMNS[node.column]
    top = node.y - CARD / 2
    edge = ""
    if node.kind:
        place = f'x="{left}" y="{top + 6:.1f}" width="4" height="{CARD - 12}"'
        edge = f'<rect {place} rx="2" fill="{COLOURS[node.kind]}"/>'
    return f'<rect class="card" x="{left}" y="{top:.1f}" width="{width}" height="{CARD}" rx="8"/>{edge}'


def _picture(node: Node) -> str:
    if not node.sha256:
        return ""
    place = f'x="{COLUMNS[node.column][0] + 10}" y="{node.y - SIDE / 2:.1f}" width="{SIDE}" height="{SIDE}"'
    data = tiny(node.sha256)
    shown = f'<image {place} href="{data}" clip-path="inset(0 round 6px)"/>' if data else ""
    return f'<rect {place} rx="6" class="blank"/>{shown}'


def _words(node: Node, words: str, note: str) -> str:
    """At most two lines, and the share below; the hover has all of it."""
    left, width = COLUMNS[node.column]
    begin = left + (SIDE + 18 if node.sha256 else 12)
    place = f'x="{begin}" y="{node.y - CARD / 2:.1f}" width="{left + width - begin - 4}" height="{CARD}"'
    small = f"<small>{escape(note)}</small>" if note else ""
    return (
        f'<foreignObject {place}><div xmlns="http://www.w3.org/1999/xhtml" class="words">'
        f'<span title="{escape(words)}">{escape(short(words, 80))}</span>{small}</div></foreignObject>'
    )


def _lit(graph: Graph, of: frozenset[int]) -> str:
    return " lit" if graph.lit in of else ""


def _ids(of: frozenset[int]) -> str:
    return " ".join(str(i) for i in sorted(of))
