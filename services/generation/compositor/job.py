"""What a layout draws from, and the page's geometry: margins, safe zones, orientation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from services.domain import Placement
from services.generation.compositor.cutout import CutOut
from services.generation.compositor.palette import Palette, Scheme
from services.generation.compositor.product import Product
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.type import TypeStyle

MARGIN = 0.074
"""Safe margin as a share of the short side."""

STORY_TOP = 0.14
STORY_BOTTOM = 0.20
"""Shares of a story's height that the platform's own controls cover: no text there."""


@dataclass(frozen=True)
class Reference:
    """A retrieved image with its share of the references' weight."""

    image: Image.Image
    weight: float


@dataclass(frozen=True)
class Job:
    """All that a layout draws from. `weight` is the product photo's, `others` are the further photos with
    theirs (for mood boards only, like `references`). `options` are the recipe's settings."""

    size: tuple[int, int]
    placement: Placement
    product: Product
    weight: float
    others: tuple[tuple[float, Product], ...]
    scene: Image.Image | None
    references: tuple[Reference, ...]
    palette: Palette
    scheme: Scheme
    style: TypeStyle
    headline: str
    options: dict[str, str]
    seed: int
    cut: CutOut | None = None

    @property
    def short(self) -> int:
        return min(self.size)

    @property
    def wide(self) -> bool:
        return self.size[0] > 1.25 * self.size[1]

    @property
    def tall(self) -> bool:
        return self.size[1] > 1.5 * self.size[0]

    @property
    def page(self) -> Box:
        return Box(0, 0, *self.size)

    @property
    def margin(self) -> float:
        return MARGIN * self.short

    @property
    def safe(self) -> Box:
        """Where text may stand."""
        box = self.page.inset(self.margin)
        if self.placement is Placement.STORY:
            top, bottom = STORY_TOP * self.size[1], STORY_BOTTOM * self.size[1]
            return Box(box.x0, max(box.y0, top), box.x1, min(box.y1, self.size[1] - bottom))
        return box

    @property
    def chance(self) -> float:
        """The variant's own number in 0..1, for what is continuous: where a scene is cropped."""
        return float(np.random.default_rng(self.seed).random())

    @property
    def mirrored(self) -> bool:
        return self.options.get("side") == "right"

    @property
    def centred(self) -> bool:
        return self.options.get("alignment") == "centre"
