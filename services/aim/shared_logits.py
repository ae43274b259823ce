"""The lite CLIP score and the lite caption look through the same classifier: one look serves both."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from PIL import Image

from services.domain import ModelRef
from services.models.conse import ConseSpace
from services.models.imagenet import ImageNetClassifier, softmax
from services.models.labels import ImageNetLabels
from services.parts import Vectors

ENTRIES = 256
"""Pictures whose logits are kept: 1 MB, several runs' worth of variants."""


class SharedLogits:
    """A Classifier that remembers the logits of the latest pictures by their pixels."""

    def __init__(self, classifier: ImageNetClassifier, entries: int = ENTRIES) -> None:
        self._classifier = classifier
        self._entries = entries
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def ref(self) -> ModelRef:
        return self._classifier.ref

    @property
    def labels(self) -> ImageNetLabels:
        return self._classifier.labels

    def logits(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 1000); only pictures that are not remembered go through the classifier."""
        keys = [_pixels_sha256(image) for image in images]
        with self._lock:
            rows = {key: self._known[key] for key in keys if key in self._known}
        fresh = {key: image for key, image in zip(keys, images, strict=True) if key not in rows}
        if fresh:
            rows.update(zip(fresh, self._classifier.logits(list(fresh.values())), strict=True))
        with self._lock:
            for key in keys:
                self._known[key] = rows[key]
                self._known.move_to_end(key)
            while len(self._known) > self._entries:
                self._known.popitem(last=False)
        return np.stack([rows[key] for key in keys]) if keys else self._classifier.logits([])

    def probabilities(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 1000), rows sum to 1."""
        return softmax(self.logits(images))


class SharedConse:
    """ConSE whose picture side takes its logits from `SharedLogits`. An ImageTextSpace."""

    def __init__(self, space: ConseSpace, logits: SharedLogits) -> None:
        self._space = space
        self._logits = logits

    @property
    def ref(self) -> ModelRef:
        return self._space.ref

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        return self._space.combine(self._logits.logits(images))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._space.encode_texts(texts)


def _pixels_sha256(image: Image.Image) -> str:
    header = f"{image.mode} {image.size} {image.info.get('transparency')!r}".encode()
    return hashlib.sha256(header + image.tobytes()).hexdigest()
