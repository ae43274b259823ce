"""BLIP-2's coverage on a tiny Blip2ForConditionalGeneration, loaded as the studio loads the real one."""

from __future__ import annotations

import numpy as np
import pytest

from services.aim.coverage import Measure, check_coverage
from services.aim.coverage_blip2 import Blip2Coverage, answer_tokens, question
from services.aim.pictures import Candidate
from services.aim.score_cache import MemoryScoreCache
from services.domain import SubQuery
from services.models.blip2 import Blip2
from tests.tiny_models import noise_images, save_tiny_blip2


@pytest.fixture(scope="module")
def blip2(tmp_path_factory: pytest.TempPathFactory) -> Blip2:
    return Blip2(str(save_tiny_blip2(tmp_path_factory.mktemp("models") / "tiny-blip2")), "cpu", "float32")


def yes_by_hand(blip2: Blip2, image: object, text: str) -> float:
    """One pair through the model's own processor and forward, then a softmax over two words."""
    import torch

    with blip2.opened() as opened, torch.inference_mode():
        inputs = opened.processor(images=image, text=question(text), return_tensors="pt")
        chances = opened.network(**inputs).logits[0, -1].double().softmax(dim=0)
        yes, no = (opened.processor.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
    return float(chances[yes] / (chances[yes] + chances[no]))


TEXTS = ("a cat", "the wooden cabin among snow covered trees", "a red cup")


def test_a_batch_answers_as_single_questions_do(blip2: Blip2) -> None:
    """Questions of different lengths are padded together; pictures are looked at once for all of them."""
    images = noise_images(3, (40, 64))
    pairs = [(image, text) for image in images for text in TEXTS]
    found = Blip2Coverage(blip2).values(pairs)
    expected = [yes_by_hand(blip2, image, text) for image, text in pairs]
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.ptp(np.array(found).reshape(3, 3), axis=0).max() > 0.01, "the picture decides"
    assert np.ptp(np.array(found).reshape(3, 3), axis=1).max() > 0.01, "the question decides"


def test_pictures_go_through_the_vision_model_once(blip2: Blip2, monkeypatch: pytest.MonkeyPatch) -> None:
    images = noise_images(2)
    with blip2.opened() as opened:
        seen: list[int] = []
        vision = opened.network.vision_model
        hook = vision.register_forward_pre_hook(
            lambda module, args, kwargs: seen.append(len(kwargs.get("pixel_values", *args[:1]))),
            with_kwargs=True,
        )
    Blip2Coverage(blip2).values([(image, text) for image in images for text in TEXTS])
    hook.remove()
    assert seen == [2]


def test_the_words_are_found_in_the_vocabulary(blip2: Blip2) -> None:
    with blip2.opened() as opened:
        yes, no = answer_tokens(opened.processor.tokenizer)
        words = opened.processor.tokenizer.convert_ids_to_tokens([*yes, *no])
    assert words == ["yes", "no"]


def test_a_checklist_of_every_picture(blip2: Blip2) -> None:
    plan = tuple(SubQuery(text, weight) for text, weight in zip(TEXTS, (0.5, 0.3, 0.2), strict=True))
    images = [Candidate(str(number), image) for number, image in enumerate(noise_images(4))]
    checker = Blip2Coverage(blip2)
    coverages = check_coverage(checker, images, plan, cache=MemoryScoreCache())
    for coverage in coverages:
        assert coverage.measure is Measure.PROBABILITY
        assert all(0 <= (item.value or 0) <= 1 for item in coverage.items)
        expected = sum(item.weight for item in coverage.items if (item.value or 0) >= 0.5)
        assert coverage.share == pytest.approx(expected)
    assert coverages[0].checker.id == "tiny-blip2"
    assert checker.values([]) == []
