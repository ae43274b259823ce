"""A small honest encoder and pictures with a known look, for tests of retrieval."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from services.domain import ModelRef
from services.parts import Vectors

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (30, 50, 220),
    "yellow": (240, 220, 40),
    "white": (245, 245, 245),
    "black": (12, 12, 12),
}


class ColourEncoder:
    """Pictures and words as shares of six colours, at a scale of 3. Words mean the colours they name."""

    relevance_floor = 0.5

    def __init__(self, name: str = "fake/colours", dim: int = 6) -> None:
        self.ref = ModelRef("encoder", name, "1")
        self.dim = dim
        self.batches: list[int] = []

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        self.batches.append(len(images))
        return np.stack([self._shares(image) for image in images]) * 3

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        rows = [[float(colour in text.lower()) for colour in COLOURS] for text in texts]
        return self._padded(np.array(rows, np.float32) + 1e-4) * 3

    def _shares(self, image: Image.Image) -> np.ndarray:
        assert image.mode == "RGB"
        pixels = np.asarray(image.resize((16, 16), Image.Resampling.BOX), np.float32).reshape(-1, 1, 3)
        palette = np.array(list(COLOURS.values()), np.float32)[None]
        nearest = np.abs(pixels - palette).sum(-1).argmin(1)
        return self._padded(np.bincount(nearest, minlength=len(COLOURS))[None].astype(np.float32) / 256)[0]

    def _padded(self, rows: np.ndarray) -> np.ndarray:
        return np.pad(rows, ((0, 0), (0, self.dim - rows.shape[1]))).astype(np.float32)


def scene(ground: str, seed: int = 0, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """A picture that is mostly `ground`, with seeded dark blobs that give it an outline of its own."""
    rng = np.random.default_rng(seed)
    blobs = Image.fromarray((rng.random((5, 6)) > 0.72).astype(np.uint8) * 255)
    mask = blobs.resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, "black"), Image.new("RGB", size, COLOURS[ground]), mask)


def png(image: Image.Image) -> bytes:
    return encoded(image, "PNG")


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def fill(folder: Path, names: dict[str, Image.Image]) -> Path:
    """Write pictures under their relative paths, in the format of their extension."""
    for name, image in names.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    return folder
