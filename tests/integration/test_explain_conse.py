"""The lite engine's class-activation map: its closed form, and what it does on real photos."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from services.aim.explain import HeatmapKind
from services.aim.explain.activation_conse import ConseExplainer, cosine_slopes
from services.aim.explain.geometry import Box
from services.errors import InvalidInput
from services.models.conse import ConseSpace
from services.models.imagenet import ImageNetClassifier, softmax
from services.models.minilm import TextEmbedder
from services.models.preprocess import View


def test_slopes_are_the_gradient_of_the_cosine() -> None:
    """Against automatic differentiation, with labels that take no part."""
    import torch

    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 12)).astype(np.float32)
    labels = random.normal(size=(12, 5)).astype(np.float32)
    text = random.normal(size=5).astype(np.float32)
    text /= np.linalg.norm(text)
    kept = np.argsort(-logits, axis=1)[:, :4]
    masked = np.full_like(logits, -np.inf)
    np.put_along_axis(masked, kept, np.take_along_axis(logits, kept, 1), 1)

    leaf = torch.from_numpy(logits.copy()).requires_grad_()
    chosen = torch.where(torch.from_numpy(np.isfinite(masked)), leaf, -torch.inf)
    vectors = (chosen / 2.0).softmax(dim=1) @ torch.from_numpy(labels)
    torch.nn.functional.cosine_similarity(vectors, torch.from_numpy(text)[None]).sum().backward()

    found = cosine_slopes(softmax(masked / 2.0), labels, text, temperature=2.0)
    assert leaf.grad is not None
    assert found == pytest.approx(leaf.grad.numpy(), abs=1e-6)
    assert np.abs(found).max() > 1e-3
    assert found.sum(axis=1) == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def classifier() -> ImageNetClassifier:
    return ImageNetClassifier()


@pytest.fixture(scope="module")
def space(classifier: ImageNetClassifier, tmp_path_factory: pytest.TempPathFactory) -> ConseSpace:
    return ConseSpace(TextEmbedder(), classifier, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def explainer(space: ConseSpace, classifier: ImageNetClassifier) -> ConseExplainer:
    return ConseExplainer(space, classifier)


def photo(name: str) -> Image.Image:
    import skimage.data

    return Image.fromarray(getattr(skimage.data, name)())


def score(space: ConseSpace, image: Image.Image, text: str) -> float:
    vector = space.encode_images([image])[0]
    return float(space.encode_texts([text])[0] @ vector / np.linalg.norm(vector))


def covered(image: Image.Image, box: Box, cell: tuple[int, int], cells: int) -> Image.Image:
    """`image` with the 3 x 3 cells around `cell` of the map painted in its mean colour."""
    left, top, right, bottom = box.pixels(image.size)
    width, height = (right - left) / cells, (bottom - top) / cells
    row, column = cell
    area = (
        max(0, round(left + (column - 1) * width)),
        max(0, round(top + (row - 1) * height)),
        min(image.width, round(left + (column + 2) * width)),
        min(image.height, round(top + (row + 2) * height)),
    )
    copy = image.copy()
    copy.paste(tuple(int(v) for v in np.asarray(image).mean((0, 1))), area)
    return copy


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "text"),
    [("coffee", "a cup of espresso"), ("chelsea", "a tabby cat"), ("rocket", "a rocket")],
)
def test_covering_the_hottest_part_costs_more_than_the_coldest(
    explainer: ConseExplainer, space: ConseSpace, name: str, text: str
) -> None:
    image = photo(name)
    (heatmap,) = explainer.explain([image], text, HeatmapKind.ACTIVATION)
    signed = explainer.maps([image], space.encode_texts([text])[0])[0]
    assert heatmap.grid == pytest.approx(np.maximum(signed, 0) / np.maximum(signed, 0).sum(), abs=1e-6)
    hot, cold = (
        tuple(map(int, np.unravel_index(place, signed.shape))) for place in (signed.argmax(), signed.argmin())
    )
    without_hot = score(space, covered(image, heatmap.box, hot, len(signed)), text)
    without_cold = score(space, covered(image, heatmap.box, cold, len(signed)), text)
    assert without_hot < without_cold


@pytest.mark.models
@pytest.mark.parametrize("size", [(900, 400), (400, 900)])
@pytest.mark.parametrize("cat_first", [False, True])
def test_the_map_lies_on_the_object_in_a_picture_of_any_shape(
    explainer: ConseExplainer, size: tuple[int, int], cat_first: bool
) -> None:
    """A rocket in one half of the middle square, a cat in the other; the map finds the cat."""
    side, wide = 170, size[0] > size[1]
    image = Image.new("RGB", size, (200, 200, 200))
    rocket, cat = (photo(name).crop((60, 0, 360, 300)).resize((side, side)) for name in ("rocket", "chelsea"))
    for offset, part in ((-side, cat if cat_first else rocket), (0, rocket if cat_first else cat)):
        along = (size[0] if wide else size[1]) // 2 + offset
        across = 200 - side // 2
        image.paste(part, (along, across) if wide else (across, along))
    (heatmap,) = explainer.explain([image], "a cat", HeatmapKind.ACTIVATION)
    box = heatmap.box.pixels(size)
    grid = np.asarray(
        Image.fromarray(heatmap.grid).resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.NEAREST)
    )
    whole = np.zeros((size[1], size[0]), np.float32)
    whole[box[1] : box[3], box[0] : box[2]] = grid
    along_axis = whole.sum(axis=0 if wide else 1)
    middle = len(along_axis) // 2
    first_half, second_half = along_axis[:middle].sum(), along_axis[middle:].sum()
    assert (first_half > 3 * second_half) if cat_first else (second_half > 3 * first_half)


@pytest.mark.models
def test_evidence_of_all_places_is_the_logit(classifier: ImageNetClassifier) -> None:
    images = [photo("coffee"), photo("rocket")]
    evidence, bias = classifier.logit_maps(images)
    assert evidence.mean(axis=(1, 3, 4)) + bias == pytest.approx(classifier.logits(images), abs=1e-3)


@pytest.mark.models
def test_mirrored_views_are_mirrored_back(classifier: ImageNetClassifier) -> None:
    mirrored = ImageNetClassifier(views=[View.CENTRE_FLIPPED])
    image = photo("rocket")
    flipped = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    plain, back = classifier.logit_maps([image])[0], mirrored.logit_maps([flipped])[0]
    assert back == pytest.approx(plain[..., ::-1], abs=1e-2)


@pytest.mark.models
def test_bad_requests_get_a_sentence(explainer: ConseExplainer) -> None:
    with pytest.raises(InvalidInput, match="no text"):
        explainer.explain([photo("coffee")], " ", HeatmapKind.ACTIVATION)
    with pytest.raises(InvalidInput, match="no map of the kind"):
        explainer.explain([photo("coffee")], "a cup", HeatmapKind.ATTENTION)
    assert explainer.explain([], "a cup", HeatmapKind.ACTIVATION) == []
