"""The lite engine's eye: EfficientNet-Lite0 (Tan & Le, 2019; TensorFlow's lite variant) and what it says of
pictures. Where its weights come from and how they are run: `services.models.imagenet_network`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import ModelRef
from services.models.imagenet_network import MODEL_ID, PACKAGE, ImageNetNetwork
from services.models.labels import CLASSES, ImageNetLabels
from services.models.packages import package_version
from services.models.preprocess import View, view
from services.models.threads import side_by_side
from services.parts import Vectors

R = TypeVar("R")

VIEWS = (View.CENTRE,)
"""What the logits of a picture are averaged over. A mirrored view beside it gained 0.007 recall@10 and
0.010 mAP on 78 queries, within their noise, for twice the time: `benchmarks/retrieval_encoder.py`."""


class ImageNetClassifier:
    """Pictures to logits over the 1000 classes of ImageNet. Safe to share between threads."""

    def __init__(self, threads: int = 0, views: Sequence[View] = VIEWS) -> None:
        self._threads = threads
        self._views = tuple(views)
        self._network: ImageNetNetwork | None = None
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return ModelRef("classifier", MODEL_ID, f"{PACKAGE} {package_version(PACKAGE)}")

    @property
    def labels(self) -> ImageNetLabels:
        return ImageNetLabels.load()

    def logits(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 1000) logits, the mean over the classifier's views of each picture.

        Pictures may have any mode and size; transparency is laid on white.
        """
        rows = self._of_each(self._logits, images)
        return np.stack(rows) if rows else np.zeros((0, CLASSES), np.float32)

    def logit_maps(self, images: Sequence[Image.Image]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, views, 1000, h, w) evidence of each place of each view, and (1000,) the classes' biases.

        The head is linear after global average pooling, so the mean over places plus the bias is the
        view's logit, exactly (class activation mapping; Zhou et al., CVPR 2016). Mirrored views are
        mirrored back. Raises ValueError without images.
        """
        return np.stack(self._of_each(self._maps, images)), self._loaded().bias.copy()

    @property
    def views(self) -> tuple[View, ...]:
        """What the logits of a picture are averaged over."""
        return self._views

    def probabilities(self, images: Sequence[Image.Image], temperature: float = 1.0) -> Vectors:
        """(n, 1000) probabilities, rows sum to 1. A higher temperature spreads them out."""
        return softmax(self.logits(images) / np.float32(temperature))

    def load(self) -> None:
        """Load the weights now rather than at the first picture."""
        self._loaded()

    def free(self) -> None:
        """Give the memory back; the next picture loads again."""
        with self._lock:
            self._network = None

    def _logits(self, image: Image.Image) -> NDArray[np.float32]:
        network = self._loaded()
        views = [network.logits(view(image, kind)) for kind in self._views]
        return np.asarray(np.mean(views, axis=0), np.float32)

    def _maps(self, image: Image.Image) -> NDArray[np.float32]:
        network = self._loaded()
        maps = []
        for kind in self._views:
            features = network.features(view(image, kind))
            found = np.tensordot(network.weight, features, axes=1)
            mirrored = kind in (View.CENTRE_FLIPPED, View.WHOLE_FLIPPED)
            maps.append(found[..., ::-1] if mirrored else found)
        return np.stack(maps)

    def _of_each(self, work: Callable[[Image.Image], R], images: Sequence[Image.Image]) -> list[R]:
        self.load()
        for image in images:
            image.load()  # the same lazily opened file in two threads would be read by both at once
        return side_by_side(work, images, self._threads)

    def _loaded(self) -> ImageNetNetwork:
        with self._lock:
            if self._network is None:
                self._network = ImageNetNetwork()
            return self._network


def softmax(logits: Vectors) -> Vectors:
    """Rows of `logits` to probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
