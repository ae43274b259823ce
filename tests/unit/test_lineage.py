"""The lineage graph: the right things lead to the right variants, and nothing stands on anything else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from services import sessions
from services.domain import Condition, ConditionKind, ModelRef, Recipe
from services.sessions import SessionView
from tests.pages import seeds
from ui.i18n import speaking
from ui.lineage import in_words
from ui.lineage_graph import GIVEN, ROW, SHOWN, VARIANTS, Graph, graph_of, shares_of
from ui.lineage_svg import svg
from ui.mixture import kind_names

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def view() -> SessionView:
    """Two variants of the session's own references, and one made from text alone."""
    session_id = seeds.session(variants=2)
    view = sessions.load(session_id)
    alone = Condition(ConditionKind.TEXT, "A <b>bold</b> dog", 2.0, "summary")
    size = view.brief.placement.pixels
    recipe = Recipe(
        ModelRef("generator", "layouts", "1"), 99, view.brief.placement, size, (alone,), "", "hero"
    )
    sessions.save_variant(session_id, None, 2, recipe, seeds.drawn(7), *size)
    return sessions.load(session_id)


def of(view: SessionView, place: int) -> Graph:
    token = speaking.set("en")
    try:
        return graph_of(view, view.variants[place].id, kind_names())
    finally:
        speaking.reset(token)


def test_shares_sum_to_one_and_equal_conditions_count_once(view: SessionView) -> None:
    variant = view.variants[0]
    assert sum(shares_of(variant).values()) == pytest.approx(1)
    twice = replace(variant, recipe=replace(variant.recipe, conditions=variant.recipe.conditions * 2))
    assert shares_of(twice) == pytest.approx(shares_of(variant))


def test_a_path_holds_what_the_variant_was_made_of_and_no_more(view: SessionView) -> None:
    graph = of(view, 0)
    first = view.variants[0]
    given = [n for n in graph.path() if n.column == GIVEN]
    assert {(n.kind, n.sha256 or n.label) for n in given} == set(shares_of(first))
    assert sum(n.share or 0 for n in given) == pytest.approx(1)
    assert [n.variant for n in graph.path() if n.column == VARIANTS] == [first.id]
    alone = of(view, 2)
    assert [n.label for n in alone.path()] == [seeds.TOPIC, "A <b>bold</b> dog", "Text", ""]


def test_links_join_neighbours_and_carry_their_ends(view: SessionView) -> None:
    graph = of(view, 0)
    for link in graph.links:
        source, target = graph.nodes[link.source], graph.nodes[link.target]
        assert source.column < target.column
        assert link.of <= target.of
    unused = graph.nodes["part2"]  # both of its matches were left out
    assert unused.of == frozenset()


def test_cards_of_a_column_do_not_overlap_and_stay_inside(view: SessionView) -> None:
    graph = of(view, 0)
    for column in range(5):
        heights = sorted(n.y for n in graph.nodes.values() if n.column == column)
        assert all(below - above >= ROW - 1e-6 for above, below in pairwise(heights))
        assert heights[0] >= ROW / 2
        assert heights[-1] <= graph.height - ROW / 2 + 1e-6


def test_the_lit_variant_is_drawn_even_among_many() -> None:
    session_id = seeds.session(upto="references")
    seeds.add_variants(session_id, SHOWN + 6, lambda n: seeds.score(90 - n))
    graph = of(sessions.load(session_id), -1)
    drawn = [n.variant for n in graph.nodes.values() if n.column == VARIANTS]
    assert len(drawn) == SHOWN
    assert graph.lit in drawn


def test_words_of_people_are_text_in_the_drawing(view: SessionView) -> None:
    graph = of(view, 2)
    titles = {v.id: f"Variant {v.index + 1}" for v in view.variants}
    token = speaking.set("en")
    try:
        drawing, words = svg(graph, titles), in_words(graph, titles[graph.lit])
    finally:
        speaking.reset(token)
    for html in (drawing, words):
        assert "<b>bold" not in html
        assert "&lt;b&gt;bold" in html
    assert drawing.count('role="button"') == 3
    assert drawing.count('aria-pressed="true"') == 1
