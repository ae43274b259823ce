"""CLIP's heatmaps on a tiny CLIPModel, loaded as the studio loads the real one.

The expected values come from the plain definition: weights from the layers' own projections for
attention; for relevance, one pair at a time and a forward pass written out here.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.aim.explain import HeatmapKind, explainer_for
from services.aim.explain.attention_clip import attention_maps
from services.aim.explain.explainer_clip import ClipExplainer
from services.aim.explain.relevance_clip import relevance_maps
from services.domain import ModelRef
from services.errors import EngineUnavailable, InvalidInput
from services.models.clip import Clip, pixels
from tests.tiny_models import HEADS, IMAGE_SIDE, PATCH, noise_images, save_tiny_clip

SIDE = IMAGE_SIDE // PATCH


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return Clip(str(save_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")), "cpu", "float32")


def run_by_hand(clip: Clip, image: Image.Image, leaves: bool = False) -> tuple[list[Any], Any]:
    """Attention maps (layers of (heads, tokens, tokens)) and the image embedding, from the bare weights."""
    import torch

    with clip.opened() as opened:
        vision, network = opened.network.vision_model, opened.network
        hidden = vision.pre_layrnorm(vision.embeddings(pixels(opened, [image])))[0]
    maps = []
    for layer in vision.encoder.layers:
        attention, normed = layer.self_attn, layer.layer_norm1(hidden)
        query, key, value = (
            part(normed).reshape(len(normed), HEADS, -1).transpose(0, 1)
            for part in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        weights = torch.softmax(query @ key.transpose(1, 2) / query.shape[-1] ** 0.5, dim=-1)
        if leaves and not weights.requires_grad:
            weights.requires_grad_()
        maps.append(weights)
        mixed = (weights @ value).transpose(0, 1).reshape(len(normed), -1)
        hidden = hidden + attention.out_proj(mixed)
        hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
    return maps, network.visual_projection(vision.post_layernorm(hidden[0]))


def relevance_by_hand(clip: Clip, image: Image.Image, text: str) -> np.ndarray:
    """The paper's update, head by head and layer by layer, for one pair."""
    import torch

    maps, vector = run_by_hand(clip, image, leaves=True)
    target = torch.from_numpy(clip.embed_text(text))
    with clip.opened() as opened:
        logit = opened.network.logit_scale.exp() * (vector / vector.norm()) @ target
    relevance = np.eye(len(maps[0][0]))
    for number, layer in enumerate(maps):
        (gradient,) = torch.autograd.grad(logit, layer, retain_graph=number + 1 < len(maps))
        weighted = np.zeros_like(relevance)
        for head in range(HEADS):
            weighted += np.maximum((gradient[head] * layer[head]).detach().numpy(), 0) / HEADS
        relevance = relevance + weighted @ relevance
    return relevance[0, 1:].reshape(SIDE, SIDE)


def test_attention_is_the_last_layers_class_row_averaged_over_heads(clip: Clip) -> None:
    images = noise_images(3)
    found = attention_maps(clip, images)
    for image, values in zip(images, found, strict=True):
        expected = run_by_hand(clip, image)[0][-1].mean(dim=0)[0, 1:].numpy().reshape(SIDE, SIDE)
        assert values == pytest.approx(expected, abs=1e-6)
    assert np.ptp(found[0]) > 0.01, "a flat map would agree with anything"


def test_relevance_is_that_of_the_paper(clip: Clip) -> None:
    images = noise_images(2, seed=3)
    pairs = [(images[0], "a cat"), (images[1], "a cat"), (images[0], "snow on the trees")]
    found = relevance_maps(clip, pairs)
    for (image, text), values in zip(pairs, found, strict=True):
        assert values == pytest.approx(relevance_by_hand(clip, image, text), rel=1e-3, abs=1e-5)
    assert not np.allclose(found[0], found[2], rtol=0.05), "the text decides"


def test_a_batch_gives_what_single_pairs_give(clip: Clip) -> None:
    pairs = [(image, text) for image in noise_images(6, seed=5) for text in ("a cat", "a dog", "red")]
    together = relevance_maps(clip, pairs)
    alone = [relevance_maps(clip, [pair])[0] for pair in pairs[-3:]]
    assert np.stack(together[-3:]) == pytest.approx(np.stack(alone), rel=1e-4, abs=1e-6)
    images = [image for image, _ in pairs]
    assert attention_maps(clip, images)[17] == pytest.approx(attention_maps(clip, images[17:])[0], abs=1e-6)


def test_nothing_is_left_behind(clip: Clip) -> None:
    relevance_maps(clip, [(noise_images(1)[0], "a cat")])
    with clip.opened() as opened:
        parameters = list(opened.network.parameters())
    assert all(p.grad is None and not p.requires_grad for p in parameters)


def test_long_texts_are_explained_as_they_are_scored(clip: Clip) -> None:
    text = "the wooden cabin among snow covered trees and a smoking chimney " * 8
    assert len(clip.chunks(text)) > 1
    image = noise_images(1)[0]
    assert relevance_maps(clip, [(image, text)])[0] == pytest.approx(
        relevance_by_hand(clip, image, text), rel=1e-3, abs=1e-5
    )


def test_heatmaps_cover_the_middle_square(clip: Clip) -> None:
    explainer = ClipExplainer(clip)
    wide, tall = noise_images(1, (96, 48))[0], noise_images(1, (40, 80))[0]
    for kind in explainer.kinds:
        first, second = explainer.explain([wide, tall], "a cat", kind)
        assert first.grid.sum() == pytest.approx(1, abs=1e-5)
        assert first.grid.shape == (SIDE, SIDE)
        assert (first.box.left, first.box.right) == (0.25, 0.75)
        assert (second.box.top, second.box.bottom) == (0.25, 0.75)
        assert first.model == clip.ref
    assert explainer.explain([wide], "a cat", HeatmapKind.ATTENTION)[0].text == ""


def test_the_seen_box_is_what_the_processor_crops(clip: Clip) -> None:
    """Outside the box a change alters nothing; inside it does."""
    image = noise_images(1, (200, 100), seed=9)[0]
    box = ClipExplainer(clip).explain([image], "", HeatmapKind.ATTENTION)[0].box.pixels(image.size)
    outside, inside = image.copy(), image.copy()
    outside.paste("white", (0, 0, box[0] - 4, 100))
    inside.paste("white", (box[0], 0, box[0] + 12, 100))
    views = clip.encode_images([image, outside, inside])
    assert views[1] == pytest.approx(views[0], abs=1e-5)
    assert np.abs(views[2] - views[0]).max() > 1e-2


def test_bad_requests_get_a_sentence(clip: Clip) -> None:
    explainer = ClipExplainer(clip)
    with pytest.raises(InvalidInput, match="no text"):
        explainer.explain(noise_images(1), "  ", HeatmapKind.RELEVANCE)
    with pytest.raises(InvalidInput, match="no map of the kind"):
        explainer.explain(noise_images(1), "a cat", HeatmapKind.ACTIVATION)


def test_the_explainer_is_that_of_the_score(clip: Clip, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from services.models import lite

    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", clip.model)
    lite.conse_space.cache_clear()
    try:
        assert explainer_for(lite.conse_space().ref).kinds == (HeatmapKind.ACTIVATION,)
    finally:
        lite.conse_space.cache_clear()  # it remembers this test's home
    assert explainer_for(clip.ref).kinds == (HeatmapKind.RELEVANCE, HeatmapKind.ATTENTION)
    with pytest.raises(EngineUnavailable, match="score again"):
        explainer_for(ModelRef("clip", "another/clip"))


def test_threads_share_one_model(clip: Clip) -> None:
    """Maps with gradients and plain embeddings at the same time do not disturb each other."""
    image = noise_images(1)[0]
    expected = relevance_maps(clip, [(image, "a cat")])[0], clip.encode_images([image])
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(5):
                np.testing.assert_allclose(relevance_maps(clip, [(image, "a cat")])[0], expected[0], 1e-4)
                np.testing.assert_allclose(clip.encode_images([image]), expected[1], 1e-4)
        except (AssertionError, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
