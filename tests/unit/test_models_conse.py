"""The ConSE space over small fakes: convexity, the disk cache, names of the nearest labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.domain import ModelRef
from services.models.conse import ConseRecipe, ConseSpace, label_texts
from services.models.imagenet import softmax
from services.models.imagenet_network import timm_names
from services.models.labels import ImageNetLabels
from services.models.preprocess import SIDE, View, on_white, view
from services.models.vector_cache import load_vectors, save_vectors
from services.parts import Vectors
from tests.unit.text_fakes import FakeEmbedder

LABELS = ImageNetLabels(
    ("cat", "dog", "teapot", "sofa"),
    ("cat, kitty", "dog", "teapot", "sofa, couch"),
    ("a purring animal", "a barking animal", "a pot for tea", "a seat for two"),
)


class FakeClassifier:
    """Logits by the picture's red value; four labels."""

    ref = ModelRef("classifier", "fake", "1")
    labels = LABELS

    def logits(self, images: Sequence[Image.Image]) -> Vectors:
        return np.stack([np.eye(4, dtype=np.float32)[image.getpixel((0, 0))[0]] * 9 for image in images])

    def probabilities(self, images: Sequence[Image.Image]) -> Vectors:
        return softmax(self.logits(images))


def space(cache: Path | None = None, embedder: FakeEmbedder | None = None, **recipe: object) -> ConseSpace:
    return ConseSpace(embedder or FakeEmbedder(), FakeClassifier(), cache, ConseRecipe(**recipe))  # type: ignore[arg-type]


def photo(label: int) -> Image.Image:
    return Image.new("RGB", (20, 20), (label, 0, 0))


def test_a_picture_is_a_convex_combination() -> None:
    vectors = space(top=2).combine(np.array([[5, 5, 0, 0], [99, 0, 0, 0]], np.float32))
    labels = space().label_vectors()
    np.testing.assert_allclose(vectors[0], (labels[0] + labels[1]) / 2, atol=1e-5)
    assert np.linalg.norm(vectors[0]) < 0.99
    assert np.linalg.norm(vectors[1]) == pytest.approx(1, abs=1e-4)


def test_pictures_match_words_about_their_label() -> None:
    conse = space()
    cosines = (
        conse.encode_texts(["a photo of a dog", "a teapot"]) @ conse.encode_images([photo(1), photo(2)]).T
    )
    assert cosines[0].argmax() == 0
    assert cosines[1].argmax() == 1


def test_nearest_labels_of_a_picture_and_of_a_vector() -> None:
    conse = space()
    assert conse.nearest_labels(photo(3), k=2)[0].name == "sofa"
    assert conse.nearest_labels(conse.label_vectors()[2] * 0.3, k=1)[0].name == "teapot"
    assert conse.nearest_labels(np.zeros(384, np.float32), k=1)[0].score == 0


def test_label_embeddings_are_kept_on_disk(tmp_path: Path) -> None:
    first = space(tmp_path).label_vectors()
    reader = FakeEmbedder()
    np.testing.assert_array_equal(space(tmp_path, reader).label_vectors(), first)
    assert reader.encoded == 0
    space(tmp_path, reader, templates=("{name}",)).label_vectors()
    assert reader.encoded == 4
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_cache_is_computed_again(tmp_path: Path) -> None:
    first = space(tmp_path).label_vectors()
    path = next(tmp_path.iterdir())
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    np.testing.assert_array_equal(space(tmp_path).label_vectors(), first)
    assert load_vectors(path, (4, 384)) is not None


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"y" * 100])
def test_vector_files_that_are_not_trusted(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "v"
    path.write_bytes(damage)
    assert load_vectors(path, (2, 3)) is None


def test_vector_files_of_another_shape(tmp_path: Path) -> None:
    save_vectors(tmp_path / "v", np.ones((2, 3), np.float32))
    assert load_vectors(tmp_path / "v", (3, 2)) is None
    assert load_vectors(tmp_path / "v", (2, 3)) is not None


def test_the_reference_changes_with_the_recipe() -> None:
    assert space().ref != space(temperature=1.0).ref
    assert space().ref == space().ref


def test_label_texts_fill_every_template() -> None:
    assert label_texts(LABELS, ("a {name}", "{lemmas}: {definition}"))[3] == [
        "a sofa",
        "sofa, couch: a seat for two",
    ]


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "I;16", "CMYK", "LA"])
def test_every_mode_becomes_pixels(mode: str) -> None:
    pixels = view(Image.new("RGB", (300, 40)).convert(mode) if mode != "I;16" else Image.new(mode, (300, 40)))
    assert pixels.shape == (3, SIDE, SIDE)
    assert pixels.dtype == np.float32
    assert -1 <= pixels.min() <= pixels.max() <= 1


def test_transparency_lies_on_white() -> None:
    assert on_white(Image.new("RGBA", (4, 4), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


def test_views_mirror() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    np.testing.assert_array_equal(view(image, View.CENTRE)[:, :, ::-1], view(image, View.CENTRE_FLIPPED))


def test_an_unknown_weight_is_refused() -> None:
    with pytest.raises(KeyError):
        timm_names({"_strange.weight": None})  # type: ignore[dict-item]
