"""The lite engine's shared space of pictures and words: ConSE (Norouzi et al., 2014, arXiv 1312.5650).

A picture is the convex combination of its likeliest labels' text embeddings, weighted by their
probabilities; a text is its own embedding. Cosine between the two means relevance. How the choices
below were made, and how far to trust their figures: `benchmarks/retrieval_encoder.py`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import ModelRef
from services.models.conse_parts import label_weights
from services.models.imagenet import ImageNetClassifier, softmax
from services.models.labels import ImageNetLabels
from services.models.minilm import DIM, TextEmbedder
from services.models.vector_cache import load_vectors, save_vectors
from services.parts import Vectors

SHIPPED = Path(__file__).resolve().parent / "shipped"
"""Label embeddings of the default recipe, as computed here, so that a fresh machine need not: 2000 texts
take the better part of a minute. The name holds a digest of model and texts: for any other recipe or
package version nothing matches, and they are computed. A test computes some of them again."""


@dataclass(frozen=True, slots=True)
class ConseRecipe:
    """How the space is built.

    `templates` are the texts of a label (fields: name, lemmas, definition); its embedding is their
    mean direction. `temperature` spreads the classifier's probabilities, `top` labels take part.
    """

    templates: tuple[str, ...] = ("{lemmas}: {definition}", "a photo of a {name}: {definition}")
    temperature: float = 2.0
    top: int = 10


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A label's first name and its probability (of a picture) or cosine (to a vector)."""

    name: str
    score: float


class ConseSpace:
    """Pictures and words as vectors (n, 384). Safe to share between threads.

    Label embeddings are computed once and kept under `cache_dir`; None keeps them in memory only.
    """

    def __init__(
        self,
        embedder: TextEmbedder,
        classifier: ImageNetClassifier,
        cache_dir: Path | None = None,
        recipe: ConseRecipe = ConseRecipe(),
    ) -> None:
        self.recipe = recipe
        self._embedder = embedder
        self._classifier = classifier
        self._cache_dir = cache_dir
        self._labels: Vectors | None = None
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        """Changes whenever a vector of the space would: models, their packages, the recipe."""
        eye, reader = self._classifier.ref, self._embedder.ref
        recipe = hashlib.sha256(repr(self.recipe).encode()).hexdigest()[:8]
        revision = f"{eye.revision}, {reader.revision}, recipe {recipe}"
        return ModelRef("encoder", f"conse:{eye.id}+{reader.id}", revision)

    @property
    def dim(self) -> int:
        return DIM

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 384). The norm is below 1 and falls as the likely labels disagree: keep it."""
        return self.combine(self._classifier.logits(images))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) unit vectors."""
        return self._embedder.encode(texts)

    def combine(self, logits: Vectors) -> Vectors:
        """(n, 1000) logits to (n, 384): the weighted mean of the top labels' embeddings."""
        return np.asarray(self.label_weights(logits) @ self.label_vectors(), np.float32)

    def label_weights(self, logits: Vectors) -> Vectors:
        """(n, 1000) logits to (n, 1000) weights of the labels: 0 but for the top ones, rows sum to 1."""
        return _keep_top(softmax(logits / np.float32(self.recipe.temperature)), self.recipe.top)

    def picture_labels(self, images: Sequence[Image.Image], k: int = 5) -> list[list[LabelScore]]:
        """The k likeliest labels of each picture with their probabilities, likeliest first."""
        names = self._classifier.labels.names
        return [_best(row, names, k) for row in self._classifier.probabilities(images)]

    def nearest_labels(self, vector: Vectors | Image.Image, k: int = 5) -> list[LabelScore]:
        """The k labels closest to a stored vector (cosine) or likeliest in a picture (probability)."""
        if isinstance(vector, Image.Image):
            return self.picture_labels([vector], k)[0]
        norm = float(np.linalg.norm(vector)) or 1.0
        return _best(self.label_vectors() @ (vector.reshape(-1) / norm), self._classifier.labels.names, k)

    def label_shares(self, pictures: Vectors, query: NDArray[np.float32]) -> list[list[LabelScore]]:
        """Per stored vector (n, 384) its labels and what each adds to the cosine to the unit `query` (384,).

        Largest first; the sum of all is the cosine. No picture and no model is needed.
        """
        names, labels = self._classifier.labels.names, self.label_vectors()
        along = labels @ query
        result = []
        for picture in pictures:
            length = float(np.linalg.norm(picture)) or 1.0
            found = label_weights(picture, labels).items()
            scores = [LabelScore(names[i], weight * float(along[i]) / length) for i, weight in found]
            result.append(sorted(scores, key=lambda score: -score.score))
        return result

    def label_vectors(self) -> Vectors:
        """(1000, 384) unit vectors of the labels, from memory, disk or the text model."""
        with self._lock:
            if self._labels is None:
                self._labels = self._load_labels()
            return self._labels

    def load(self) -> None:
        """Load both models and the label embeddings now."""
        self._embedder.load()
        self._classifier.load()
        self.label_vectors()

    def _load_labels(self) -> Vectors:
        texts = label_texts(self._classifier.labels, self.recipe.templates)
        if self._cache_dir is None:
            return self._embed_labels(texts)
        content = json.dumps([self._embedder.ref.id, self._embedder.ref.revision, texts])
        name = f"conse-labels-{hashlib.sha256(content.encode()).hexdigest()[:16]}.vectors"
        for folder in (SHIPPED, self._cache_dir):
            if (vectors := load_vectors(folder / name, (len(texts), DIM))) is not None:
                return vectors
        vectors = self._embed_labels(texts)
        save_vectors(self._cache_dir / name, vectors)
        return vectors

    def _embed_labels(self, texts: list[list[str]]) -> Vectors:
        flat = [text for row in texts for text in row]
        mean = self._embedder.encode(flat).reshape(len(texts), -1, DIM).mean(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def label_texts(labels: ImageNetLabels, templates: Sequence[str]) -> list[list[str]]:
    """The texts of each label, in the order of the classifier's logits."""
    rows = zip(labels.names, labels.lemmas, labels.definitions, strict=True)
    return [
        [template.format(name=name, lemmas=lemmas, definition=definition) for template in templates]
        for name, lemmas, definition in rows
    ]


def _keep_top(probabilities: Vectors, top: int) -> Vectors:
    """Zero all but the `top` largest of each row, and scale the rest to sum to 1."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    kept = np.zeros_like(probabilities)
    np.put_along_axis(kept, order, np.take_along_axis(probabilities, order, axis=1), axis=1)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), np.float32)


def _best(scores: Vectors, names: Sequence[str], k: int) -> list[LabelScore]:
    order = np.argsort(-scores, kind="stable")[:k]
    return [LabelScore(names[i], float(scores[i])) for i in order]
