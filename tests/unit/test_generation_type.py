"""Headlines: glyphs of every script, balanced lines, a real scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.generation.compositor.fonts import clusters, covers, drawable, face_for
from services.generation.compositor.lines import WIDOW
from services.generation.compositor.type import SCALE_RATIO, STYLES, draw, fit, scale_step

KOREAN = "포근한 하루, 노란 후드티"
FACES = STYLES["bold grotesque"].faces


def glyph(character: str, face: object) -> bytes:
    return bytes(face.at(40).getmask(character))  # type: ignore[attr-defined]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "text", [KOREAN, "새로운 AirPods 케이스", "Ünïcödé – naïve", "新しい季節", "Ωμέγα Добрый"]
)
def test_no_character_is_drawn_as_a_missing_glyph(style: str, text: str) -> None:
    faces = STYLES[style].faces
    for cluster in clusters(text):
        if cluster.isspace():
            continue
        face = face_for(cluster, faces)
        assert face is not None, cluster
        assert glyph(cluster, face) != glyph("\U000effff", face), f"{cluster} is tofu in {face}"


def test_korean_letters_differ_from_each_other_on_the_page() -> None:
    def page(text: str) -> np.ndarray:
        image = Image.new("L", (400, 120), 255).convert("RGB")
        draw(image, fit(text, STYLES["bold grotesque"], (380, 100), 200), 5, 5, (0, 0, 0))
        return np.asarray(image)

    assert (page("하루") < 128).sum() > 500
    assert not np.array_equal(page("하루"), page("노란"))


def test_emoji_and_scripts_without_a_face_are_left_out_and_named() -> None:
    kept, lost = drawable("New 🎉 case 👩‍👧 안녕", FACES)
    assert kept == "New case 안녕"
    assert "🎉" in lost
    assert not covers(FACES[0], "안")


@pytest.mark.parametrize("style", STYLES)
def test_lines_fit_their_box_and_sizes_are_on_the_scale(style: str) -> None:
    for text in [
        "Sale",
        "Warm days, yellow hoodie",
        KOREAN,
        "The softest hoodie your dog will ever refuse to take off",
    ]:
        headline = fit(text, STYLES[style], (500, 300), 1080)
        assert headline.width <= 500.5
        assert headline.height <= 300.5
        step = np.log(headline.size / scale_step(1080, 0)) / np.log(SCALE_RATIO)
        assert step == pytest.approx(round(step), abs=1e-6)


def test_the_measured_ink_is_the_drawn_ink() -> None:
    for style in STYLES.values():
        headline = fit("Warm days, yellow hoodie", style, (560, 400), 1080)
        image = Image.new("RGB", (700, 500), "white")
        draw(image, headline, 60, 50, (0, 0, 0))
        ink = np.asarray(image.convert("L")) < 128
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        slack = 0.08 * headline.size
        assert columns[0] >= 60 - slack
        assert columns[-1] <= 60 + headline.width + slack
        assert rows[0] == pytest.approx(50, abs=slack)
        assert rows[-1] == pytest.approx(50 + headline.height, abs=slack)


def test_no_widow_and_breaks_at_the_comma() -> None:
    assert fit("Warm days, yellow hoodie", STYLES["light grotesque"], (900, 300), 1080).lines == (
        "Warm days,",
        "yellow hoodie",
    )
    assert fit(KOREAN, STYLES["bold grotesque"], (700, 400), 1080).lines == ("포근한 하루,", "노란 후드티")
    lines = fit(
        "A small step for a dog and a very big one for us", STYLES["display serif"], (700, 420), 1080
    ).lines
    assert len(lines[-1]) >= WIDOW * 0.9 * max(len(line) for line in lines)


def test_a_long_word_shrinks_before_it_breaks() -> None:
    style = STYLES["bold grotesque"]
    word = "Donaudampfschifffahrt"
    assert fit(word, style, (500, 300), 1080).lines == (word,)
    assert fit(f"Die {word}", style, (500, 300), 1080).size < fit("Die Fahrt", style, (500, 300), 1080).size
    endless = fit("A" * 80, style, (300, 300), 1080)
    assert len(endless.lines) > 1
    assert "".join(endless.lines) == "A" * 80


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_is_set_or_refused(text: str) -> None:
    kept, _ = drawable(text, FACES)
    assert kept == " ".join(kept.split())
    if not kept:
        with pytest.raises(ValueError, match="no character"):
            fit(text, STYLES["bold grotesque"], (200, 100), 400)
        return
    headline = fit(text, STYLES["bold grotesque"], (200, 100), 400)
    assert "".join("".join(headline.lines).split()) == "".join(kept.split())
