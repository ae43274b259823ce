"""Pictures for the generator's tests: products on plain and busy grounds, adversarial photos, scenes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.domain import Brief, Condition, ConditionKind, Photo, Placement

Pictures = dict[str, Image.Image]


def noise(size: tuple[int, int], seed: int = 0) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def checkerboard(size: tuple[int, int], cell: int = 8) -> Image.Image:
    y, x = np.mgrid[: size[1], : size[0]]
    return Image.fromarray((((x // cell + y // cell) % 2) * 255).astype(np.uint8)).convert("RGB")


def halves(size: tuple[int, int], upright: bool = True) -> Image.Image:
    """Half black, half white."""
    image = Image.new("RGB", size, "black")
    box = (size[0] // 2, 0, *size) if upright else (0, size[1] // 2, *size)
    image.paste("white", box)
    return image


def bottle(
    size: tuple[int, int] = (400, 500), ground: str = "#dcdcd8", at: tuple[float, float] = (0.5, 0.5)
) -> Image.Image:
    """A red bottle standing on a plain ground with a slight fall-off of light."""
    image = Image.new("RGB", size, ground)
    w, h = size
    shade = np.asarray(image, np.float32) * np.linspace(1.0, 0.94, h, dtype=np.float32)[:, None, None]
    image = Image.fromarray(shade.astype(np.uint8))
    pen = ImageDraw.Draw(image)
    cx, cy = at[0] * w, at[1] * h
    pen.rounded_rectangle(
        (cx - 0.14 * w, cy - 0.2 * h, cx + 0.14 * w, cy + 0.3 * h), 0.04 * w, fill="#a82018"
    )
    pen.rectangle((cx - 0.05 * w, cy - 0.34 * h, cx + 0.05 * w, cy - 0.2 * h), fill="#5a0d08")
    return image.filter(ImageFilter.GaussianBlur(0.7))


def bottle_box(size: tuple[int, int] = (400, 500), at: tuple[float, float] = (0.5, 0.5)) -> tuple[float, ...]:
    w, h = size
    return (at[0] - 0.14) * w, (at[1] - 0.34) * h, (at[0] + 0.14) * w, (at[1] + 0.3) * h


def transparent_bottle(size: tuple[int, int] = (400, 500)) -> Image.Image:
    image = bottle(size).convert("RGBA")
    alpha = Image.new("L", size, 0)
    x0, y0, x1, y1 = bottle_box(size)
    ImageDraw.Draw(alpha).rounded_rectangle((x0, y0, x1, y1), 12, fill=255)
    image.putalpha(alpha.filter(ImageFilter.GaussianBlur(1)))
    return image


def bottle_on_noise(size: tuple[int, int] = (400, 500), seed: int = 3) -> Image.Image:
    image, product = noise(size, seed), bottle(size)
    x0, y0, x1, y1 = (round(v) for v in bottle_box(size))
    image.paste(product.crop((x0, y0, x1, y1)), (x0, y0))
    return image


def bottle_on_tiles(size: tuple[int, int] = (400, 500)) -> Image.Image:
    """The bottle before blue and green tiles: busy, and without any red."""
    board = np.asarray(checkerboard(size, 20))[..., :1] > 0
    image = Image.fromarray(np.where(board, [30, 90, 200], [40, 170, 90]).astype(np.uint8))
    x0, y0, x1, y1 = (round(v) for v in bottle_box(size))
    image.paste(bottle(size).crop((x0, y0, x1, y1)), (x0, y0))
    return image


def scene(seed: int, size: tuple[int, int] = (360, 270)) -> Image.Image:
    """A smooth landscape of random colours, unlike those of other seeds."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def source_of(pictures: Pictures) -> Callable[[str], Image.Image]:
    return lambda sha256: pictures[sha256]


def brief_of(
    headline: str = "Warm days, yellow hoodie",
    placement: Placement = Placement.SQUARE,
    variants: int = 8,
    seed: int = 0,
) -> Brief:
    photo = Photo("photo", "photo.png", 400, 500, hero=True)
    return Brief(
        "a bottle", "A red bottle.", (photo,), headline, placement=placement, variants=variants, seed=seed
    )


def conditions_of(
    references: dict[str, float], photos: tuple[str, ...] = ("photo",)
) -> tuple[Condition, ...]:
    return (
        Condition(ConditionKind.TEXT, "A red bottle.", 0.3, "A red bottle."),
        *(Condition(ConditionKind.PHOTO, p, 0.4 / len(photos), f"{p}.png") for p in photos),
        *(Condition(ConditionKind.MATCH, r, w, f"{r}.jpg") for r, w in references.items()),
    )
