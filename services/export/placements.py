"""One variant in the size of one placement, product whole.

A layout is composed again in the new size from the same recipe: headline and product stay whole, which
no crop can promise. Any other picture is cropped around its product; where no crop of the new shape
holds the product at a decent scale, the picture is fitted whole and continued, out of focus, to the edges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from services.domain import Placement, Recipe, Variant
from services.errors import NotFound, StorageError
from services.parts import ImageSource

if TYPE_CHECKING:
    from services.generation.compositor.product import Product
    from services.generation.compositor.smartcrop import Box

COMPOSITOR = "layout-compositor"

WHOLE = 0.01
"""How much of the crop the product need fill: as little as there is, so that the crop is the largest."""

CORE = 0.8
"""Share of the squared saliency that a crop of a full scene must hold. On four photographs of
scikit-image this is the cup with its spoon, the cat's face, head and shoulders, the rocket with its pad;
the whole of the saliency, which the compositor keeps, is nearly the whole scene and leaves no crop."""


class How(StrEnum):
    """How a picture came to its size; the manifest says it of each."""

    ORIGINAL = "original"  # the variant itself, its pixels untouched
    COMPOSED = "composed"  # laid out again in this size
    CROPPED = "cropped"  # cut around the product
    EXTENDED = "extended"  # whole, its surroundings continued


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture in a placement's size. `recipe` is the one that makes exactly these pixels; None where a
    crop of the variant's picture made them."""

    image: Image.Image
    how: How
    recipe: Recipe | None


class Composer(Protocol):
    """What the layout compositor offers; anything else is not composed again."""

    def generate(self, recipe: Recipe, source: ImageSource) -> Image.Image: ...


def fit(
    variant: Variant, picture: Image.Image, placement: Placement, composer: Composer, source: ImageSource
) -> Fitted:
    """`variant`, whose `picture` (RGB) is decoded, in the size of `placement`."""
    recipe, size = variant.recipe, placement.pixels
    if picture.size == size:
        return Fitted(picture, How.ORIGINAL, recipe)
    if is_layout(recipe):
        again = _in_size(recipe, placement)
        try:
            return Fitted(composer.generate(again, source), How.COMPOSED, again)
        except (NotFound, StorageError):
            pass  # a picture that it was made from is lost: what is left can still be cropped
    return _cropped(picture, placement)


def is_layout(recipe: Recipe) -> bool:
    """Whether the compositor can lay the recipe out again."""
    from services.generation.compositor.layouts import LAYOUTS

    return recipe.generator.id == COMPOSITOR and recipe.layout in LAYOUTS


def _in_size(recipe: Recipe, placement: Placement) -> Recipe:
    """The recipe in another size. Its pixels are new, and of this version, whichever made the variant."""
    from services.generation.compositor.compositor import VERSION

    made_by = replace(recipe.generator, revision=VERSION)
    return replace(recipe, generator=made_by, placement=placement, size=placement.pixels)


def _cropped(picture: Image.Image, placement: Placement) -> Fitted:
    from services.generation.compositor.photo_fill import continued
    from services.generation.compositor.product import look
    from services.generation.compositor.smartcrop import cover_crop, frame_size
    from services.generation.compositor.surfaces import resample

    size = placement.pixels
    product = look(picture.convert("RGB"))
    if product.found == "saliency":
        product = replace(product, box=_core(product))
    focus = focus_of(placement)
    crop = cover_crop(product.size, product.box, size, focus, fill=WHOLE)
    if crop is not None:
        return Fitted(resample(product.image, size, crop), How.CROPPED, None)
    frame = frame_size(product.size, product.box, size)
    if cover_crop(product.size, product.box, frame, focus) is None:  # tiny: shown whole
        scale = min(size[0] / picture.width, size[1] / picture.height)
        frame = (round(picture.width * scale), round(picture.height * scale))
    return Fitted(continued(product, size, frame, focus), How.EXTENDED, None)


def _core(product: Product) -> Box:
    """The box (px) of what draws the eye most: CORE of the squared saliency, the same tail on each side."""
    import numpy as np

    from services.generation.compositor.smartcrop import Box

    spans, weight = [], np.square(product.mask, dtype=np.float64)
    for axis, side in ((0, product.size[0]), (1, product.size[1])):
        run = np.cumsum(weight.sum(axis))
        low, high = np.searchsorted(run / run[-1], [(1 - CORE) / 4, 1 - (1 - CORE) / 4])
        spans.append((low / len(run) * side, min(high + 1, len(run)) / len(run) * side))
    (x0, x1), (y0, y1) = spans
    return Box(float(x0), float(y0), float(x1), float(y1))


def focus_of(placement: Placement) -> tuple[float, float]:
    """The middle of what the platform leaves free, 0..1: where the product belongs."""
    from services.export.safe_zones import SAFE_ZONES

    zone = SAFE_ZONES[placement][0]
    return (zone.left + 1 - zone.right) / 2, (zone.top + 1 - zone.bottom) / 2
