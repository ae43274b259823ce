"""Which part of a picture a model sees after its resizing and cropping, to put maps back in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in shares of the picture's width and height, 0..1, from the top left."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in whole pixels of a picture of `size` (width, height)."""
        width, height = size
        return (
            round(self.left * width),
            round(self.top * height),
            max(round(self.right * width), round(self.left * width) + 1),
            max(round(self.bottom * height), round(self.top * height) + 1),
        )


def middle(size: tuple[int, int], width: float, height: float) -> Box:
    """The box of `width` x `height` pixels in the middle of a picture of `size`, cut at its edges."""
    across, down = min(width / size[0], 1.0), min(height / size[1], 1.0)
    return Box((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)


def crop_box(size: tuple[int, int], shortest_edge: float, crop: tuple[float, float]) -> Box:
    """What stays of a picture scaled to a shorter side of `shortest_edge`, then cropped to `crop` (w, h)."""
    scale = min(size) / shortest_edge
    return middle(size, crop[0] * scale, crop[1] * scale)


def processor_box(processor: Any, size: tuple[int, int]) -> Box:
    """The box of a transformers image processor: `size`, `crop_size`, `do_resize`, `do_center_crop`."""
    resized, crop = _mapping(processor.size), _mapping(getattr(processor, "crop_size", None))
    if not getattr(processor, "do_center_crop", False) or not crop:
        return Box()
    kept = (crop["width"], crop["height"])
    if not processor.do_resize:
        return middle(size, *kept)
    if "shortest_edge" in resized:
        return crop_box(size, resized["shortest_edge"], kept)
    # Squeezed to a fixed size first: the crop is a share of each side.
    return middle(size, kept[0] / resized["width"] * size[0], kept[1] / resized["height"] * size[1])


def _mapping(value: Any) -> Mapping[str, float]:
    """A SizeDict or dict without its empty fields."""
    pairs = value.items() if hasattr(value, "items") else vars(value or object).items() if value else ()
    return {name: float(number) for name, number in pairs if isinstance(number, int | float)}
