"""The chunker: noun phrases that a person would type, and nothing else."""

from __future__ import annotations

import pytest

from services.planning.chunks import content_words, phrases, pieces
from services.planning.text import plain, sentences

HOODIE = (
    "A cute dog wearing yellow hoodie sits on a stylish sofa, gazing around in a warm and cozy living room. "
    "Soft lighting fills the space, casting gentle shadows on the plush cushions. The atmosphere feels calm "
    "and inviting, with a sense of comfort and warmth. "
)


def test_the_study_s_scene_becomes_its_parts() -> None:
    assert phrases(plain(HOODIE)) == [
        "a cute dog wearing yellow hoodie",
        "a stylish sofa",
        "a warm and cozy living room",
        "soft lighting",
        "gentle shadows",
        "plush cushions",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Soft, warm, cozy blanket made of organic cotton.",
            ["soft warm cozy blanket made of organic cotton"],
        ),
        (
            "A woman in a red dress drinks champagne on a rooftop terrace overlooking the skyline of Seoul.",
            ["a woman in a red dress", "champagne", "a rooftop terrace overlooking the skyline of Seoul"],
        ),
        ("BIKINIS, SUNGLASSES AND BEACH TOWELS. SHOP NOW!", ["bikinis", "sunglasses", "beach towels"]),
        ("This stylish dog collar combines navy fabric", ["a stylish dog collar", "navy fabric"]),
        ("crispy bacon, pickles and house sauce", ["crispy bacon", "pickles", "house sauce"]),
        ("Nike Air Max sneakers", ["Nike Air Max sneakers"]),
        ("a cup of hot chocolate", ["a cup of hot chocolate"]),
        ("keeps drinks cold for 24 hours", []),
        ("Feel the difference. Buy now!", []),
        ("free shipping and great quality for everyone", []),
        ("", []),
    ],
)
def test_phrases(text: str, expected: list[str]) -> None:
    assert phrases(plain(text)) == expected


def test_no_phrase_begins_or_ends_with_a_function_word() -> None:
    for phrase in phrases(plain(HOODIE * 3)):
        assert phrase.split()[-1].lower() not in {"the", "a", "and", "of", "in", "with", "wearing", "on"}
        assert phrase.split()[0].lower() not in {"and", "of", "in", "with", "on"}


def test_korean_is_cut_at_particles() -> None:
    text = "노란 후드티를 입은 귀여운 강아지가 세련된 소파에 앉아 있습니다."
    assert pieces(text, "ko")[0] == "노란 후드티"
    assert all(not piece.endswith("다") for piece in pieces(text, "ko"))


def test_german_is_cut_at_function_words() -> None:
    text = "Ein stilvolles Sofa im warmen Wohnzimmer, mit weichen Kissen"
    assert pieces(text, "de") == ["stilvolles Sofa", "warmen Wohnzimmer", "weichen Kissen"]


def test_content_words_leave_function_words_out() -> None:
    assert content_words("The dog is wearing a yellow hoodie in the house") == [
        "dog",
        "yellow",
        "hoodie",
        "house",
    ]


def test_plain_drops_markup_scripts_links_and_control_characters() -> None:
    text = "<h1>Handmade candle</h1><script>alert(1)</script><p>Lavender &amp; vanilla\x00\u200b</p>"
    text += " https://a.b/c 🎃 #cozy"
    assert plain(text) == "Handmade candle\nLavender & vanilla\ncozy"


def test_plain_keeps_comparisons_and_lowers_shouting() -> None:
    assert plain("weighs < 2 kg and > 1 kg") == "weighs < 2 kg and > 1 kg"
    assert plain("SUMMER SALE NOW") == "summer sale now"
    assert plain("The NASA watch") == "The NASA watch"


def test_sentences_split_at_stops_and_lines() -> None:
    assert sentences("One. Two!\nThree 1.5 l?") == ["One.", "Two!", "Three 1.5 l?"]
