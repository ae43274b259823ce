"""What a picture begins with, and what is put back at its end: the product photo and its mask."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from services.choices import GenerationMode, GenerationOptions
from services.domain import Recipe
from services.errors import InvalidInput
from services.generation.compositor.product import look
from services.generation.kandinsky import masks
from services.generation.kandinsky.framing import Frame, around, covering
from services.generation.kandinsky.recipes import decoded_size, read
from services.messages import N_
from services.parts import ImageSource
from services.storage.images import get_store

_GROUND = (128, 128, 128)
"""Around the photo where it does not reach: all of it is painted over."""


@dataclass(frozen=True)
class Start:
    """The photo (RGB) as it lies in the picture; for KEEP with its finished mask (L, of the photo's size)."""

    photo: Image.Image
    frame: Frame
    mask: Image.Image | None = None

    def picture(self, made: tuple[int, int]) -> Image.Image:
        """The photo in its place, RGB of `made`: what the decoder is shown."""
        return self.frame.at(made).draw(self.photo, Image.new("RGB", made, _GROUND))

    def repaint(self, made: tuple[int, int]) -> Image.Image | None:
        """L of `made`, 255 where the decoder paints; None where it paints all."""
        if self.mask is None:
            return None
        kept = self.frame.at(made).draw(self.mask, Image.new("L", made))
        return kept.point(lambda value: 0 if value >= masks.SOLID else 255)

    def restored(self, image: Image.Image) -> Image.Image:
        """`image` (delivered size) with the photo's pixels back in it, exact where the mask is 255."""
        if self.mask is None:
            return image
        photo = self.frame.draw(self.photo, image.copy())
        alpha = self.frame.draw(self.mask, Image.new("L", image.size))
        return Image.composite(photo, image, alpha)


def start_of(recipe: Recipe, source: ImageSource) -> Start | None:
    """How the recipe's picture begins; None where it begins from noise.

    Raises NotFound for a photo or mask that is gone, InvalidInput for a mask that does not fit.
    """
    options, settings = read(recipe), dict(recipe.settings)
    if options.mode is GenerationMode.SCENE:
        return None
    given = source(settings.get("photo", ""))
    photo = masks.flattened(given)
    decoded_size(recipe)
    if options.mode is GenerationMode.VARIATION:
        return Start(photo, covering(photo.size, look(given).box, recipe.size))
    mask = _fitting(source(options.mask_sha256 or ""), photo)
    box, edges = masks.product_box(mask)
    return Start(photo, around(photo.size, box, edges, recipe.size), mask)


def finished_mask(options: GenerationOptions, photo: str, source: ImageSource) -> str | None:
    """The mask that KEEP will use, in the image store: the one chosen, else of the cut-out. None else.

    Raises InvalidInput where the photo cannot be cut out surely and no mask was chosen.
    """
    if options.mode is not GenerationMode.KEEP:
        return None
    picture = source(photo)
    if options.mask_sha256:
        masks.product_box(_fitting(source(options.mask_sha256), picture))
        return options.mask_sha256
    raw = masks.automatic(picture)
    if raw is None:
        raise InvalidInput(
            N_(
                "The product cannot be told from its background surely enough to keep its pixels. Use a "
                "photo on a plain or transparent background, or give a mask under “How the picture is made”."
            )
        )
    return get_store().put_image(masks.shaped(raw))


def _fitting(mask: Image.Image, photo: Image.Image) -> Image.Image:
    """`mask` as L. Raises InvalidInput where it was made for a photo of another size."""
    if mask.size != photo.size:
        raise InvalidInput(
            N_("The mask was made for another photo. Open the mask editor and make it again for this one.")
        )
    return mask.convert("L")
