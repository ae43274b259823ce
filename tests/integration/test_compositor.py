"""The compositor as a whole: exact sizes, same bytes, variants that differ, every kind of photo."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from PIL import Image

from services.domain import ConditionKind, Placement, Recipe
from services.errors import Cancelled, InvalidInput
from services.generation.compositor import LayoutCompositor
from services.generation.compositor.choices import variant_seed
from services.generation.compositor.layouts import LAYOUTS
from services.generation.png import encode_png
from tests.unit import generation_pictures as pictures

REFERENCES = {"a": 0.3, "b": 0.2, "c": 0.1}
IMAGES = {name: pictures.scene(i) for i, name in enumerate(REFERENCES)} | {"photo": pictures.bottle()}
SOURCE = pictures.source_of(IMAGES)
PHOTOS = {
    "plain": pictures.bottle(),
    "busy": pictures.bottle_on_noise(),
    "transparent": pictures.transparent_bottle(),
    "tiny": pictures.bottle((24, 30)),
    "panorama": pictures.scene(8, (900, 60)),
    "tower": pictures.scene(9, (50, 800)),
    "cut below": pictures.bottle(at=(0.5, 0.9)),
    "all transparent": Image.new("RGBA", (60, 60), (0, 0, 0, 0)),
}


def small(recipe: Recipe, divisor: int = 4) -> Recipe:
    return replace(recipe, size=(recipe.size[0] // divisor, recipe.size[1] // divisor))


def recipes(references: dict[str, float] = REFERENCES, **brief: object) -> list[Recipe]:
    made = pictures.brief_of(**brief)  # type: ignore[arg-type]
    return LayoutCompositor().recipes(made, pictures.conditions_of(references))


@pytest.mark.parametrize("placement", Placement)
def test_every_placement_is_delivered_at_its_exact_size(placement: Placement) -> None:
    image = LayoutCompositor().generate(recipes(placement=placement, variants=1)[0], SOURCE)
    assert image.size == placement.pixels
    assert image.mode == "RGB"


@pytest.mark.parametrize("placement", Placement)
@pytest.mark.parametrize("headline", ["", "Sale", "포근한 하루, 노란 후드티"])
@pytest.mark.parametrize("references", [{}, REFERENCES], ids=["no reference", "references"])
def test_every_layout_works_everywhere(
    placement: Placement, headline: str, references: dict[str, float]
) -> None:
    compositor = LayoutCompositor()
    for recipe in map(small, recipes(references, placement=placement, headline=headline, variants=7)):
        canvas = compositor.compose(recipe, SOURCE)
        assert canvas.image.size == recipe.size
        assert len(canvas.texts) == bool(headline)
        for text in canvas.texts:
            margin = 0.05 * min(recipe.size)
            assert margin <= text.ink.x0 < text.ink.x1 <= recipe.size[0] - margin, recipe.layout
            assert margin <= text.ink.y0 < text.ink.y1 <= recipe.size[1] - margin, recipe.layout
            if placement is Placement.STORY:
                assert text.ink.y0 >= 0.14 * recipe.size[1] - 1, recipe.layout
                assert text.ink.y1 <= 0.80 * recipe.size[1] + 1, recipe.layout


@pytest.mark.parametrize("name", PHOTOS)
def test_every_kind_of_photo_makes_every_layout(name: str) -> None:
    source = pictures.source_of(IMAGES | {"photo": PHOTOS[name]})
    compositor = LayoutCompositor()
    for recipe in map(small, recipes(variants=7)):
        image = np.asarray(compositor.generate(recipe, source))
        assert image.shape == (270, 270, 3)
        assert name == "all transparent" or image.std() > 3, recipe.layout


def test_the_same_recipe_gives_the_same_bytes_in_another_instance_and_order() -> None:
    all_recipes = [small(r) for r in recipes(variants=7)]
    first = LayoutCompositor()
    bytes_of = {r.sha256: encode_png(first.generate(r, SOURCE), r) for r in all_recipes}
    other = LayoutCompositor()
    for r in reversed(all_recipes):
        assert encode_png(other.generate(r, SOURCE), r) == bytes_of[r.sha256], r.layout


SCRIPT = """
import hashlib
from tests.integration.test_compositor import SOURCE, recipes, small
from services.generation.compositor import LayoutCompositor
from services.generation.png import encode_png
g = LayoutCompositor()
for r in map(small, recipes(variants=7)):
    print(hashlib.sha256(encode_png(g.generate(r, SOURCE), r)).hexdigest())
"""


def test_the_same_recipe_gives_the_same_bytes_in_another_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120
    )
    compositor = LayoutCompositor()
    here = [
        hashlib.sha256(encode_png(compositor.generate(r, SOURCE), r)).hexdigest()
        for r in map(small, recipes(variants=7))
    ]
    assert done.stdout.split() == here


def test_other_seeds_give_other_variants() -> None:
    compositor = LayoutCompositor()
    pages = {}
    for seed in range(3):
        made = recipes(variants=4, seed=seed)
        assert [r.seed for r in made] == [variant_seed(seed, i) for i in range(4)]
        pages[seed] = {compositor.generate(small(r), SOURCE).tobytes() for r in made}
    assert not pages[0] & pages[1]
    assert not pages[1] & pages[2]


def test_equal_briefs_give_equal_recipes() -> None:
    assert recipes(variants=24, seed=5) == recipes(variants=24, seed=5)
    assert len({r.sha256 for r in recipes(variants=24, seed=5)}) == 24


def thumbnail(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((24, 24), Image.Resampling.BOX), np.float32)


@pytest.mark.parametrize("references", [{}, REFERENCES], ids=["no reference", "references"])
@pytest.mark.parametrize("photo", ["plain", "busy"])
def test_variants_differ_to_the_eye(references: dict[str, float], photo: str) -> None:
    """Mean absolute difference of 24 px thumbnails; 4 of 255 is a clearly different page."""
    source = pictures.source_of(IMAGES | {"photo": PHOTOS[photo]})
    compositor = LayoutCompositor()
    made = [small(r) for r in recipes(references, variants=8)]
    shown = [thumbnail(compositor.generate(r, source)) for r in made]
    for (i, a), (j, b) in combinations(enumerate(shown), 2):
        assert np.abs(a - b).mean() > 4, (made[i].layout, made[j].layout)


def test_recipes_name_their_choices() -> None:
    for recipe in recipes(variants=7):
        settings = dict(recipe.settings)
        assert recipe.layout in LAYOUTS
        assert settings["photo"] == "1: photo.png"
        assert settings["palette"] in LAYOUTS[recipe.layout].schemes
        assert ("scene" in settings) == LAYOUTS[recipe.layout].scene
        assert recipe.generator.id == "layout-compositor"


def test_scenes_are_drawn_in_proportion_to_their_weights() -> None:
    made = recipes({"a": 0.3, "b": 0.2, "c": 0.1, "never": 0.0}, variants=24)
    scenes = [dict(r.settings)["scene"] for r in made if LAYOUTS[r.layout].scene]
    for number, share in enumerate([3, 2, 1, 0], start=1):
        count = sum(s.startswith(f"{number}:") for s in scenes)
        assert abs(count - len(scenes) * share / 6) < 1


def test_no_layout_returns_before_all_had_their_turn() -> None:
    names = [r.layout for r in recipes(variants=14)]
    assert len(set(names[:7])) == 7
    assert all(a != b for a, b in pairwise(names))


def test_with_a_source_the_cut_out_is_offered_only_where_it_is_sure() -> None:
    brief, conditions = pictures.brief_of(variants=24), pictures.conditions_of(REFERENCES)
    for name, sure in [("plain", True), ("transparent", True), ("busy", False)]:
        source = pictures.source_of(IMAGES | {"photo": PHOTOS[name]})
        layouts = {r.layout for r in LayoutCompositor(source).recipes(brief, conditions)}
        assert ("cut-out on scene" in layouts) is sure, name


def test_what_cannot_be_drawn_is_one_sentence() -> None:
    conditions = [c for c in pictures.conditions_of({}) if c.kind is ConditionKind.TEXT]
    with pytest.raises(InvalidInput, match="product photo"):
        LayoutCompositor().recipes(pictures.brief_of(), conditions)
    with pytest.raises(InvalidInput, match="fonts"):
        recipes(headline="🎉🎉")
    with pytest.raises(InvalidInput, match="layout compositor"):
        LayoutCompositor().generate(replace(recipes()[0], layout=""), SOURCE)


def test_progress_runs_to_one_and_may_cancel() -> None:
    told: list[float] = []
    LayoutCompositor().generate(small(recipes()[0]), SOURCE, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(_: float) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        LayoutCompositor().generate(small(recipes()[0]), SOURCE, stop)


def test_heavy_libraries_stay_unloaded() -> None:
    heavy = ("torch", "cv2", "scipy")
    code = f"import sys, services.generation.compositor; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
