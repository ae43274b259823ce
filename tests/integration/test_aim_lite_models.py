"""The lite scorer with its real models on real photos (scikit-image ships a cat and a cup of coffee)."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from services.aim.caption_labels import LabelCaptioner
from services.aim.clip_conse import ConseClip
from services.aim.lpips_alexnet import AlexNetLpips
from services.aim.normalisation import final_score
from services.aim.scorer import Candidate, Scorer
from services.aim.shared_logits import SharedConse, SharedLogits
from services.aim.topic_minilm import WORD_PIECES, MiniLmTopic, word_piece_counter
from services.models import lite
from services.models.conse import ConseSpace

pytestmark = pytest.mark.models


def photo(name: str) -> Candidate:
    import skimage

    with Image.open(Path(skimage.__file__).parent / "data" / f"{name}.png") as image:
        return Candidate(name, image.convert("RGB"))


@pytest.fixture(scope="module")
def look() -> SharedLogits:
    return SharedLogits(lite.classifier())


@pytest.fixture(scope="module")
def scorer(look: SharedLogits, pytestconfig: pytest.Config) -> Scorer:
    """As `lite_scorer()`, with the label embeddings kept between test runs."""
    assert pytestconfig.cache is not None
    space = ConseSpace(lite.text_embedder(), lite.classifier(), pytestconfig.cache.mkdir("conse"))
    clip = ConseClip(SharedConse(space, look), word_piece_counter(), WORD_PIECES)
    return Scorer(clip, LabelCaptioner(look), MiniLmTopic(lite.text_embedder()), AlexNetLpips())


def test_the_right_picture_wins_on_all_three(scorer: Scorer) -> None:
    images = [photo("coffee"), photo("chelsea")]
    coffee, cat = scorer.score(images, "a cup of coffee", "hot coffee in a cup on a table", photo("coffee"))
    assert coffee.is_reference
    assert coffee.clip.raw > cat.clip.raw
    assert coffee.caption.raw > cat.caption.raw
    assert "coffee" in coffee.caption.text or "espresso" in coffee.caption.text
    assert "cat" in cat.caption.text
    assert cat.lpips.raw > 0.3
    assert cat.final == final_score(cat.clip.norm, cat.lpips.norm, cat.caption.norm, cat.weights)
    assert coffee.notices == ()


def test_long_text_is_read_to_its_end(scorer: Scorer) -> None:
    filler = "The delivery is free and the return is simple. " * 60
    (cut,) = scorer.score([photo("chelsea")], "a cat", filler, None)
    (whole,) = scorer.score([photo("chelsea")], "a cat", filler + "A cat. " * 200, None)
    assert whole.clip.raw > cut.clip.raw
    assert "parts" in str(whole.notices[0])


def test_one_look_serves_clip_and_caption(look: SharedLogits, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    classifier = lite.classifier()
    logits = type(classifier).logits
    monkeypatch.setattr(
        type(classifier), "logits", lambda self, images: (seen.append(len(images)), logits(self, images))[1]
    )
    fresh = SharedLogits(classifier, entries=2)
    images = [photo("coffee").image, photo("chelsea").image]
    first = fresh.logits([*images, images[0]])
    assert (fresh.logits(images) == first[:2]).all()
    assert (first[0] == first[2]).all()
    assert seen == [2]
    fresh.logits([photo("astronaut").image, photo("motorcycle_left").image])
    assert seen == [2, 2]
    fresh.logits(images[:1])
    assert seen == [2, 2, 1]  # only two are kept


def test_word_pieces_are_counted_as_the_model_reads_them() -> None:
    count = word_piece_counter()
    tokenizer = lite.text_embedder()._loaded().tokenizer
    for text in ("a dog on a sofa", "Ünïcödé hyperparameterisation!", "강아지 " * 200):
        assert count(text) == len(tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"])


def test_topic_similarity_is_one_for_the_same_words() -> None:
    topic = MiniLmTopic(lite.text_embedder())
    same, other = topic.similarities(["a photo of a sofa", "a jellyfish"], "a photo of a sofa")
    assert same == pytest.approx(1, abs=1e-5)
    assert other < 0.5
    assert topic.similarities([], "x") == []
    with pytest.raises(ValueError, match="no text"):
        topic.similarities(["a"], " ")
