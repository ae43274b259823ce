"""An evaluator of fakes: values by the red of a picture's first pixel, so that scores are known by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
from PIL import Image

from services.aim.coverage import Measure, Pair
from services.aim.explain import Heatmap, HeatmapKind
from services.aim.explain.geometry import Box
from services.aim.explain.heatmap import shares
from services.aim.scorer import Scorer
from services.domain import ModelRef
from services.evaluators import Evaluator, Readers
from services.parts import Vectors
from tests.unit.aim_fakes import fake_scorer, red_of


class FakeChecker:
    """Every text is visible in a picture whose red is at least 128."""

    measure = Measure.PROBABILITY
    threshold = 0.5

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.revision = uuid.uuid4().hex  # answers are remembered by model for the life of the process

    @property
    def ref(self) -> ModelRef:
        return ModelRef("coverage", "fake-coverage", self.revision)

    def values(self, pairs: Sequence[Pair]) -> list[float]:
        self.asked += [(red_of(image), text) for image, text in pairs]
        return [red_of(image) / 255 for image, _ in pairs]


class FakeSpace:
    """Red 0..255 as an angle of 0..90 degrees."""

    @property
    def ref(self) -> ModelRef:
        return ModelRef("clip", "fake-clip", "1")

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        angles = np.array([red_of(image) / 255 * np.pi / 2 for image in images])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


class FakeExplainer:
    """Attention on the left, relevance on the right."""

    kinds = (HeatmapKind.RELEVANCE, HeatmapKind.ATTENTION)

    @property
    def ref(self) -> ModelRef:
        return ModelRef("clip", "fake-clip", "1")

    def explain(self, images: Sequence[Image.Image], text: str, kind: HeatmapKind) -> list[Heatmap]:
        attention = kind is HeatmapKind.ATTENTION
        grid = np.array([[3.0, 1.0], [0.0, 0.0]] if attention else [[1.0, 3.0], [0.0, 0.0]])
        box = Box(0.125, 0.0, 0.875, 1.0)
        return [Heatmap(kind, "" if attention else text, shares(grid), box, self.ref) for _ in images]


def fake_evaluator(name: str = "lite", scorer: Scorer | None = None) -> tuple[Evaluator, FakeChecker]:
    checker = FakeChecker()
    readers = Readers(lambda: checker, FakeSpace, FakeExplainer)
    return Evaluator(name, scorer or fake_scorer(), readers), checker
