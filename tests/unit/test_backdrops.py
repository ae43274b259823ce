"""The built-in backdrops: enough of them, told apart, the same every time, at any size, light to import."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.errors import NotFound
from services.retrieval import backdrops
from services.retrieval.backdrops import BACKDROPS, VERSION, Backdrop, draw

FAMILIES = sorted({backdrop.family for backdrop in BACKDROPS})
SMALL = (160, 120)


def first_of(family: str) -> Backdrop:
    return next(backdrop for backdrop in BACKDROPS if backdrop.family == family)


@pytest.fixture(scope="module")
def thumbnails() -> dict[str, Image.Image]:
    return {backdrop.name: draw(backdrop.name, SMALL) for backdrop in BACKDROPS}


def test_there_are_enough_and_each_has_its_own_words() -> None:
    assert len(BACKDROPS) >= 72
    for values in ([b.name for b in BACKDROPS], [b.caption for b in BACKDROPS], [b.title for b in BACKDROPS]):
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("backdrop", BACKDROPS, ids=lambda b: b.name)
def test_words_are_usable(backdrop: Backdrop) -> None:
    assert backdrop.name == backdrop.name.lower().replace(" ", "-")
    assert 40 <= len(backdrop.caption) <= 160
    assert 8 <= len(backdrop.caption.split()) <= 26
    assert len(backdrop.tags) >= 4
    assert len(set(backdrop.tags)) == len(backdrop.tags)


def test_every_drawing_is_in_the_catalogue_and_the_other_way_round() -> None:
    for family in FAMILIES:
        module = import_module(f"services.retrieval.backdrops.{family}")
        assert set(module.DRAWINGS) == {b.name for b in BACKDROPS if b.family == family}


def test_drawn_pictures_have_the_size_asked_and_are_not_blank(thumbnails: dict[str, Image.Image]) -> None:
    for name, picture in thumbnails.items():
        assert (picture.mode, picture.size) == ("RGB", SMALL), name
        pixels = np.asarray(picture, dtype=np.float32)
        assert pixels.std() > 4, name
        assert 12 < pixels.mean() < 243, name  # neither lost in black nor burnt out
        assert (pixels >= 255).mean() < 0.20, name


def test_no_two_look_alike(thumbnails: dict[str, Image.Image]) -> None:
    small = {n: np.asarray(p.resize((16, 12)), dtype=np.float32) for n, p in thumbnails.items()}
    gaps = {
        (a, b): float(np.sqrt(((small[a] - small[b]) ** 2).mean()))
        for a, b in itertools.combinations(small, 2)
    }
    nearest = min(gaps, key=lambda pair: gaps[pair])
    assert gaps[nearest] > 6, (nearest, gaps[nearest])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_bytes_every_time(family: str) -> None:
    name = first_of(family).name
    assert draw(name, SMALL).tobytes() == draw(name, SMALL).tobytes()


def test_a_drawing_does_not_hang_on_what_was_drawn_before_it() -> None:
    alone = draw("bokeh-city-night", SMALL).tobytes()
    draw("textile-denim", (100, 90))
    np.random.default_rng(3).random(10)
    assert draw("bokeh-city-night", SMALL).tobytes() == alone


@pytest.mark.parametrize("family", FAMILIES)
def test_any_shape_of_picture(family: str) -> None:
    name = first_of(family).name
    for size in ((90, 160), (191, 100), (64, 64)):
        picture = draw(name, size)
        assert picture.size == size
        assert np.asarray(picture, dtype=np.float32).std() > 3


def test_a_story_at_full_size() -> None:
    assert draw("podium-blush-round", (1080, 1920)).size == (1080, 1920)


def test_a_thumbnail_shows_the_scene_of_the_full_picture() -> None:
    large = draw("winter-snow-drifts", (640, 480)).resize((16, 12))
    small = draw("winter-snow-drifts", SMALL).resize((16, 12))
    gap = np.asarray(large, dtype=np.float32) - np.asarray(small, dtype=np.float32)
    assert np.abs(gap).mean() < 12


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(NotFound, match="no-such-place"):
        draw("no-such-place")


def test_the_version_follows_the_sources(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = backdrops._sources_digest(tmp_path)
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    assert backdrops._sources_digest(tmp_path) == before
    (tmp_path / "a.py").write_text("x = 2\n")
    assert backdrops._sources_digest(tmp_path) != before
    assert len(VERSION) == 16
    assert hashlib.sha256(b"").hexdigest()[:16] != VERSION  # the sources were found


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, services.retrieval.backdrops as b; assert len(b.BACKDROPS) >= 72;"
        "print([m for m in ('torch', 'scipy', 'numpy', 'PIL', 'faiss') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"
