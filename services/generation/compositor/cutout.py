"""Cutting the product out, only where that is sure.

A photo with transparency brings its own outline. Else OpenCV's GrabCut (Rother et al., 2004) runs on
photos with a plain background, and its result is used only when a confidence test says so: background
plain, mask of sensible size and of one piece, and an outline that lies on real edges. Otherwise there
is no cut-out, and the framed layouts serve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from services.generation.compositor.colour import Floats, pixels, to_oklab
from services.generation.compositor.product import Product
from services.generation.compositor.smartcrop import Edges

CUT_SIDE = 420
"""Longer side at which GrabCut runs; its outline is then refined at the photo's own size."""

SURE = 0.6
"""Confidence from which a cut-out is used. Set on plain, patterned and busy photos in the tests."""

AREA = (0.02, 0.80)
"""Share of the photo that a product may fill; outside it the mask is a speck or the whole photo."""

RNG_SEED = 7


@dataclass(frozen=True)
class CutOut:
    """The product alone: `image` RGBA cropped to it, edge colours freed of the background.

    `confidence` 0..1; `edges` says where the photo had cut the product: such a side is straight.
    `at` is its top left corner in the photo, px.
    """

    image: Image.Image
    edges: Edges
    confidence: float
    at: tuple[int, int] = (0, 0)


def cut_out(product: Product) -> CutOut | None:
    """The product of `product` without its background, or None where that is not sure."""
    if product.found == "transparency":
        own = np.asarray(product.image.getchannel("A"), np.float32) / np.float32(255)
        return _finish(product.image, own, product, 1.0)
    if product.plain is None:
        return None
    scale = min(CUT_SIDE / max(product.size), 1.0)
    size = (max(round(product.size[0] * scale), 8), max(round(product.size[1] * scale), 8))
    rgb = pixels(product.image.resize(size, Image.Resampling.LANCZOS))
    mask = _grab(rgb, product)
    confidence = confidence_of(mask, rgb, product)
    if confidence < SURE:
        return None
    alpha = _soft(mask, product.size)
    return _finish(product.image, alpha, product, confidence)


def _grab(rgb: NDArray[np.uint8], product: Product) -> NDArray[np.bool_]:
    """GrabCut from a first guess: far from the background's colour is product, close to it is not."""
    import cv2
    from scipy import ndimage

    height, width, _ = rgb.shape
    if product.plain is None:
        return np.zeros((height, width), bool)
    gap = np.linalg.norm(to_oklab(rgb) - product.plain.over(height, width), axis=-1)
    guess = np.asarray(Image.fromarray(product.mask > 0.5).resize((width, height)))
    near = ndimage.binary_dilation(guess, iterations=max(3, height // 60))
    core = ndimage.binary_erosion(guess, iterations=max(2, height // 90)) & (gap > 0.05)
    trimap = np.full((height, width), cv2.GC_BGD, np.uint8)
    trimap[near] = cv2.GC_PR_BGD
    trimap[guess] = cv2.GC_PR_FGD
    trimap[core] = cv2.GC_FGD
    if not core.any() or not (trimap == cv2.GC_BGD).any():
        return guess
    cv2.setRNGSeed(RNG_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(rgb[..., ::-1]), trimap, None, *models, 4, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    cut = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    cut = ndimage.binary_fill_holes(ndimage.binary_opening(cut, iterations=1) | core)
    labels, count = ndimage.label(cut)
    if count > 1:
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        cut = (sizes >= 0.06 * sizes.max())[labels]
    return np.asarray(cut, bool)


def confidence_of(mask: NDArray[np.bool_], rgb: NDArray[np.uint8], product: Product) -> float:
    """How sure the outline is, 0..1: the product of its doubts, so that any single one can veto.

    Plainness of the border; area; compactness (share of the largest piece, length of the outline);
    agreement with the plain difference to the background; and edge agreement: the share of the outline
    where colour changes as it is crossed.
    """
    from scipy import ndimage

    area = float(mask.mean())
    if product.plain is None or not AREA[0] <= area <= AREA[1]:
        return 0.0
    labels, _ = ndimage.label(mask)
    largest = float(np.bincount(labels.ravel())[1:].max() / mask.sum())
    plain = np.clip((product.plain.share - 0.6) / 0.2, 0, 1) * np.clip(
        1.6 - product.plain.noise / 0.012, 0, 1
    )
    agreement = edge_agreement(mask, rgb)
    guess = np.asarray(Image.fromarray(product.mask > 0.5).resize(mask.shape[::-1]))
    alike = float((guess & mask).sum() / (guess | mask).sum())
    length = float((mask ^ ndimage.binary_erosion(mask)).sum())
    # A circle has 1; a ragged outline that follows noise has a hundredth.
    compact = np.clip(4 * np.pi * mask.sum() / max(length, 1) ** 2 / 0.06, 0, 1)
    whole = np.clip((largest - 0.7) / 0.25, 0, 1) * np.clip((alike - 0.6) / 0.25, 0, 1)
    return float(plain * whole * compact * np.clip((agreement - 0.5) / 0.3, 0, 1))


def edge_agreement(mask: NDArray[np.bool_], rgb: NDArray[np.uint8]) -> float:
    """Share of the outline, 0..1, across which the colour changes visibly (OKLab 0.05 within 6 px)."""
    from scipy import ndimage

    lab = to_oklab(np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(0.8))))
    inner = mask & ~ndimage.binary_erosion(mask, iterations=3, border_value=1)
    outer = ~mask & ndimage.binary_dilation(mask, iterations=3)
    rim = mask & ~ndimage.binary_erosion(mask, border_value=1)
    if not rim.any() or not outer.any():
        return 0.0
    inside, outside = _spread(lab, inner), _spread(lab, outer)
    step = np.linalg.norm(inside[rim] - outside[rim], axis=-1)
    return float((step > 0.05).mean())


def _spread(values: Floats, where: NDArray[np.bool_], radius: int = 9) -> Floats:
    """Mean of `values` (h, w, c) over `where` near each pixel."""
    from scipy import ndimage

    weight = ndimage.uniform_filter(where.astype(np.float32), radius) + 1e-6
    parts = [ndimage.uniform_filter(values[..., c] * where, radius) / weight for c in range(values.shape[2])]
    return np.asarray(np.stack(parts, -1), np.float32)


def _soft(mask: NDArray[np.bool_], size: tuple[int, int]) -> Floats:
    """The mask at the photo's size with a feather of about a pixel, drawn in a little: no halo."""
    image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.3))
    image = image.resize(size, Image.Resampling.BICUBIC)
    alpha = np.asarray(image, np.float32) / 255
    return np.asarray(np.clip((alpha - 0.50) / 0.42, 0, 1), np.float32)


def _finish(image: Image.Image, alpha: Floats, product: Product, confidence: float) -> CutOut | None:
    """RGBA cropped to the alpha's extent, with edge colours taken from the inside."""
    rows, columns = np.flatnonzero((alpha > 0.03).any(1)), np.flatnonzero((alpha > 0.03).any(0))
    if not rows.size or not columns.size:
        return None
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    rgb = pixels(image)[y0:y1, x0:x1]
    alpha = alpha[y0:y1, x0:x1]
    cut = np.dstack([_decontaminate(rgb, alpha), (alpha * 255 + 0.5).astype(np.uint8)])
    height, width = product.image.height, product.image.width
    edges = Edges(bool(x0 <= 1), bool(y0 <= 1), bool(x1 >= width - 1), bool(y1 >= height - 1))
    return CutOut(Image.fromarray(cut, "RGBA"), edges, confidence, (int(x0), int(y0)))


def _decontaminate(rgb: NDArray[np.uint8], alpha: Floats) -> NDArray[np.uint8]:
    """Colours of half-covered pixels, which are half background, replaced by the product's beside them."""
    from scipy import ndimage

    # A photo's own blur and sharpening reach two or three pixels in; on a large photo more.
    reach = 2 + max(alpha.shape) // 500
    core = ndimage.binary_erosion(alpha > 0.98, iterations=reach, border_value=1)
    if not core.any():
        return rgb
    span = 4 * reach + 3
    weight = ndimage.uniform_filter(core.astype(np.float32), span)
    near = np.stack(
        [ndimage.uniform_filter(rgb[..., c].astype(np.float32) * core, span) for c in range(3)], -1
    )
    known = near / np.maximum(weight, 1e-4)[..., None]
    rim = ~core & (weight > 1e-3)
    out = rgb.copy()
    out[rim] = np.clip(known[rim], 0, 255).astype(np.uint8)
    return out
