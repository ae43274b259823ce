"""Mood boards: every picture is as large as its weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain import Placement
from services.generation.compositor import LayoutCompositor
from services.generation.compositor.mood_board import TILES, tiles
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.treemap import squarify
from tests.unit import generation_pictures as pictures

weights = st.lists(st.floats(0.02, 1), min_size=1, max_size=12).map(lambda w: sorted(w, reverse=True))


def area(box: Box) -> float:
    return box.width * box.height


@given(weights, st.integers(50, 2000), st.integers(50, 2000))
def test_a_treemap_tiles_its_area_in_proportion(shares: list[float], width: int, height: int) -> None:
    board = Box(10, 20, 10 + width, 20 + height)
    boxes = squarify(shares, board)
    for share, box in zip(shares, boxes, strict=True):
        assert area(box) == pytest.approx(area(board) * share / sum(shares), rel=1e-6)
        assert board.holds(box, slack=1e-6 * max(width, height))
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            overlap = (min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))
            assert min(overlap) <= 1e-6 * max(width, height)


@pytest.mark.parametrize("placement", Placement)
@pytest.mark.parametrize("photos", [("photo",), ("photo", "second")])
def test_the_board_s_tiles_are_proportional_to_their_weights(
    placement: Placement, photos: tuple[str, ...]
) -> None:
    references = {"a": 0.25, "b": 0.15, "c": 0.1}
    images = {name: pictures.scene(i) for i, name in enumerate(references)}
    images |= {"photo": pictures.bottle(), "second": pictures.bottle(ground="#8090c0")}
    compositor = LayoutCompositor()
    brief = pictures.brief_of(placement=placement, variants=24)
    recipes = compositor.recipes(brief, pictures.conditions_of(references, photos))
    job = compositor.job(next(r for r in recipes if r.layout == "mood board"), pictures.source_of(images))
    board = Box(0, 0, 600, 400)
    placed = tiles(job, board)
    total = sum(references.values()) + 0.4
    assert sum(area(t.box) for t in placed) == pytest.approx(area(board))
    for tile in placed:
        assert area(tile.box) / area(board) == pytest.approx(tile.weight / total, rel=1e-6)
    shown = sorted((round(t.weight, 6) for t in placed), reverse=True)
    expected = [0.4, 0.25, 0.15, 0.1] if len(photos) == 1 else [0.25, 0.2, 0.2, 0.15, 0.1]
    assert shown == pytest.approx(sorted(expected, reverse=True))


def test_a_board_of_many_shows_the_heaviest_and_always_the_product() -> None:
    references = {f"r{i}": 0.5 - i * 0.01 for i in range(12)}
    images = {name: pictures.scene(i) for i, name in enumerate(references)} | {"photo": pictures.bottle()}
    compositor = LayoutCompositor()
    recipes = compositor.recipes(pictures.brief_of(variants=24), pictures.conditions_of(references))
    job = compositor.job(next(r for r in recipes if r.layout == "mood board"), pictures.source_of(images))
    placed = tiles(job, Box(0, 0, 600, 400))
    assert len(placed) == TILES
    assert any(t.content is job.product for t in placed)
    assert np.isclose(sum(area(t.box) for t in placed), 600 * 400)
