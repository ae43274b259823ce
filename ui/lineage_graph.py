"""What a session's variants were made from, as a graph in five columns with a place for every node.

Brief -> parts of the plan -> what was used of them (text, photos, references) -> weights by kind ->
variants. A node or link is on the path of the variants in its `of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.domain import Condition, ConditionKind, Variant
from services.sessions import SessionView

BRIEF, PARTS, GIVEN, WEIGHTS, VARIANTS = range(5)
COLUMNS = ((0, 150), (200, 175), (425, 195), (668, 122), (838, 160))
"""Left edge and width of each column, in units of the drawing."""
WIDTH = 1000
TOP = 34
"""Room for the columns' names."""
ROW = 60
"""Height of a row: a card and the gap to the next."""
SHOWN = 24
"""As many variants as one drawing shows: those of one run."""

Given = tuple[ConditionKind, str]


@dataclass(frozen=True, slots=True)
class Node:
    """`share` is 0..1 of the lit variant's mixture (a part's of the plan); None: not part of it."""

    id: str
    column: int
    label: str
    of: frozenset[int]
    sha256: str | None = None
    share: float | None = None
    kind: ConditionKind | None = None
    variant: int | None = None
    y: float = 0.0
    """The middle, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Link:
    source: str
    target: str
    share: float
    of: frozenset[int]
    kind: ConditionKind | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    lit: int
    height: float

    def path(self) -> list[Node]:
        """The nodes that the lit variant came by, column by column."""
        return sorted((n for n in self.nodes.values() if self.lit in n.of), key=lambda n: (n.column, n.y))


def shares_of(variant: Variant) -> dict[Given, float]:
    """What the variant was made of: condition -> its share of 1."""
    total = sum(c.weight for c in variant.recipe.conditions) or 1.0
    shares: dict[Given, float] = {}
    for condition in variant.recipe.conditions:
        key = (condition.kind, condition.ref)
        shares[key] = shares.get(key, 0.0) + condition.weight / total
    return shares


def graph_of(view: SessionView, lit: int, names: Mapping[ConditionKind, str]) -> Graph:
    """The graph of up to SHOWN variants, `lit` among them; `names` are the kinds' for people."""
    variants = _shown(view, lit)
    shares = {v.id: shares_of(v) for v in variants}
    given = _given(view, variants)
    users = {key: frozenset(i for i, of in shares.items() if key in of) for key in given}
    nodes = [Node("brief", BRIEF, view.brief.topic, frozenset(shares), _hero(view))]
    links: list[Link] = []
    part_of = _part_of(view)
    for number, part in enumerate(view.plan.subqueries if view.plan else ()):
        used = _union(users[key] for key in given if part_of.get(key) == f"part{number}")
        nodes.append(Node(f"part{number}", PARTS, part.text, used, share=part.weight))
        links.append(Link("brief", f"part{number}", part.weight, used))
    for number, (key, condition) in enumerate(given.items()):
        node = _given_node(view, f"given{number}", condition, users[key], shares[lit].get(key))
        nodes.append(node)
        carried = node.share or 0.0
        links.append(Link(part_of.get(key, "brief"), node.id, carried, node.of, node.kind))
        links.append(Link(node.id, f"weight_{node.kind}", carried, node.of, node.kind))
    for kind in ConditionKind:
        of = {i: sum(s for key, s in each.items() if key[0] is kind) for i, each in shares.items()}
        used = frozenset(i for i, share in of.items() if share)
        if used:
            name = f"weight_{kind}"
            nodes.append(Node(name, WEIGHTS, names[kind], used, share=of[lit], kind=kind))
            links += [Link(name, f"variant{i}", of[i], frozenset({i}), kind) for i in shares if i in used]
    nodes += [
        Node(f"variant{v.id}", VARIANTS, "", frozenset({v.id}), v.sha256, variant=v.id) for v in variants
    ]
    placed, height = _placed(nodes, links)
    return Graph(placed, tuple(links), lit, height)


def _variant_node(variant: Variant) -> Node:
    return Node(
        f"variant{variant.id}", VARIANTS, "", frozenset({variant.id}), variant.sha256, variant=variant.id
    )


def _given_node(
    view: SessionView, name: str, condition: Condition, users: frozenset[int], share: float | None
) -> Node:
    picture = condition.ref if condition.kind is not ConditionKind.TEXT else None
    return Node(name, GIVEN, _label(view, condition), users, picture, share, condition.kind)


def _part_of(view: SessionView) -> dict[Given, str]:
    """Reference -> the node of the part of the plan that it was found for, if the plan still has it."""
    parts = len(view.plan.subqueries) if view.plan else 0
    return {
        (ConditionKind.MATCH, m.sha256): f"part{m.subquery}"
        for m in view.matches
        if m.kept and m.subquery < parts
    }


def _shown(view: SessionView, lit: int) -> list[Variant]:
    """The best ones, and the lit one in any case."""
    shown = list(view.variants[:SHOWN])
    if lit not in {v.id for v in shown}:
        shown[-1:] = [v for v in view.variants if v.id == lit]
    return shown


def _given(view: SessionView, variants: Sequence[Variant]) -> dict[Given, Condition]:
    """Everything that any of the variants was made of: texts, photos, then references by their part."""
    found = {(c.kind, c.ref): c for v in variants for c in v.recipe.conditions}
    kinds = list(ConditionKind)
    place = {m.sha256: n for n, m in enumerate(view.matches)}
    order = sorted(found, key=lambda key: (kinds.index(key[0]), place.get(key[1], len(place))))
    return {key: found[key] for key in order}


def _label(view: SessionView, condition: Condition) -> str:
    if condition.kind is ConditionKind.TEXT:
        return condition.ref
    match = next((m for m in view.matches if m.sha256 == condition.ref), None)
    return (match.caption or match.file_name) if match else condition.label


def _hero(view: SessionView) -> str | None:
    return view.brief.hero.sha256 if view.brief.hero else None


def _union(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset(each for some in sets for each in some)


def _placed(nodes: Sequence[Node], links: Sequence[Link]) -> tuple[dict[str, Node], float]:
    """Give every node its height: the fullest column first, the others beside what they lead to."""
    columns: list[list[Node]] = [[n for n in nodes if n.column == c] for c in range(len(COLUMNS))]
    most = max(len(column) for column in columns)
    height = TOP + most * ROW
    placed: dict[str, Node] = {}
    for column in (GIVEN, VARIANTS):
        _spread(placed, columns[column], height)
    for column in (PARTS, WEIGHTS):
        wished = [_middle(n, links, placed, column == PARTS) for n in columns[column]]
        _beside(placed, columns[column], wished, height)
    _spread(placed, columns[BRIEF], height)
    return placed, height


def _spread(placed: dict[str, Node], column: Sequence[Node], height: float) -> None:
    """Evenly, in the middle of the drawing."""
    top = TOP + (height - TOP - len(column) * ROW) / 2
    for place, node in enumerate(column):
        placed[node.id] = replace(node, y=top + (place + 0.5) * ROW)


def _middle(node: Node, links: Sequence[Link], placed: Mapping[str, Node], forward: bool) -> float | None:
    """The mean height of what the node leads to (`forward`) or comes from."""
    ends = [x.target for x in links if x.source == node.id] if forward else []
    ends = ends or [x.source for x in links if x.target == node.id]
    heights = [placed[end].y for end in ends if end in placed]
    return sum(heights) / len(heights) if heights else None


def _beside(
    placed: dict[str, Node], column: Sequence[Node], wished: Sequence[float | None], height: float
) -> None:
    """As near as possible to the heights wished for, without overlap, in the order given."""
    middle = (TOP + height) / 2
    heights = [middle if wish is None else wish for wish in wished]
    floor = TOP + ROW / 2
    for place, wish in enumerate(heights):
        heights[place] = floor = max(wish, floor)
        floor += ROW
    ceiling = height - ROW / 2
    for place in reversed(range(len(heights))):
        heights[place] = ceiling = min(heights[place], ceiling)
        ceiling -= ROW
    for node, y in zip(column, heights, strict=True):
        placed[node.id] = replace(node, y=y)
