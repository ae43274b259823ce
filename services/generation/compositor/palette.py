"""A palette taken from the product, and the colour schemes made of it.

Colours are found by k-means in OKLab over the product's own pixels (seeded). Grounds are then set in
OKLCH at fixed lightness and held-back chroma with the product's hue: a colour lifted straight from a
photo is seldom fit to fill a third of an ad.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.generation.compositor.colour import RGB, Floats, from_lch, from_oklab, lch, to_oklab
from services.generation.compositor.contrast import ratio

CLUSTERS = 7
SAMPLES = 4096
NEUTRAL_CHROMA = 0.03
"""Below this chroma in OKLab a colour reads as grey, black or white: no accent."""

GROUND_CHROMA = 0.14
"""Most chroma of a ground in the product's own colour."""

READABLE = 5.0
"""WCAG contrast of the text on every scheme's ground: a little above AA's 4.5."""

VIVID = 0.1
"""Chroma from which a colour counts fully when the palette is drawn up."""

WARM_NEUTRAL_HUE = 75.0
"""Hue for the papers and inks of a product without any colour: the warm grey of uncoated paper."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of the product, most frequent first (`swatches`), and picks to design with.

    `accent` is its most telling colour, `ink` near black and `paper` near white, both with a breath of
    the accent's hue. `hue` in degrees; `colourful` is False where the product has no colour of its own.
    """

    swatches: tuple[RGB, ...]
    accent: RGB
    ink: RGB
    paper: RGB
    hue: float
    chroma: float
    colourful: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours of one variant: `ground` fills, `shade` is its companion, `text` reads on it, `accent` dots."""

    name: str
    ground: RGB
    shade: RGB
    text: RGB
    accent: RGB


SCHEMES = ("paper", "product colour", "deep", "tint", "counterpoint", "neighbour")
"""Names of the schemes, as recipes say them."""


def kmeans(points: Floats, k: int, rng: np.random.Generator, steps: int = 12) -> tuple[Floats, Floats]:
    """k-means with k-means++ seeding. `points` (n, 3) -> centres (k, 3), shares (k,) that sum to 1."""
    centres = [points[rng.integers(len(points))]]
    for _ in range(k - 1):
        gap = np.min([((points - c) ** 2).sum(1) for c in centres], axis=0).astype(np.float64)
        total = float(gap.sum())
        if total < 1e-9:
            break
        centres.append(points[rng.choice(len(points), p=gap / total)])
    centre = np.array(centres, np.float32)
    label = np.zeros(len(points), np.intp)
    for _ in range(steps):
        label = ((points[:, None] - centre[None]) ** 2).sum(2).argmin(1)
        centre = np.array(
            [points[label == i].mean(0) if (label == i).any() else c for i, c in enumerate(centre)],
            np.float32,
        )
    share = np.asarray(np.bincount(label, minlength=len(centre)) / len(points), np.float32)
    return centre, share


def palette_of(rgb: NDArray[np.uint8], weights: Floats, seed: int = 0) -> Palette:
    """Palette of the pixels `rgb` (h, w, 3); `weights` (h, w) in 0..1 says how surely each is product."""
    rng = np.random.default_rng(seed)
    lab = to_oklab(rgb.reshape(-1, 3))
    # Vivid pixels count more: a small coloured label says more of a product than its white carton.
    vividness = 0.25 + np.minimum(np.hypot(lab[:, 1], lab[:, 2]) / VIVID, 1.0)
    flat = (weights.reshape(-1).astype(np.float64) + 1e-6) * vividness
    chosen = rng.choice(flat.size, size=min(SAMPLES, flat.size * 2), p=flat / flat.sum())
    centre, share = kmeans(lab[chosen], CLUSTERS, rng)
    order = np.argsort(-share, kind="stable")
    centre, share = centre[order], share[order]
    chroma = np.hypot(centre[:, 1], centre[:, 2])
    # A telling colour is vivid, takes some room, and is neither near black nor near white.
    mid = np.clip(1 - np.abs(centre[:, 0] - 0.62) / 0.5, 0.05, 1)
    best = int(np.argmax(chroma * np.cbrt(share) * mid))
    colourful = bool(chroma[best] >= NEUTRAL_CHROMA)
    picks = [tuple(int(v) for v in from_oklab(c)) for c in centre]
    light, vivid, hue = lch(picks[best])  # type: ignore[arg-type]
    if not colourful:
        hue, vivid = WARM_NEUTRAL_HUE, 0.02
    accent = from_lch(float(np.clip(light, 0.52, 0.78)), float(np.clip(vivid, 0.02, 0.16)), hue)
    return Palette(
        swatches=_distinct(centre),
        accent=accent,
        ink=from_lch(0.2, min(0.025, vivid), hue),
        paper=from_lch(0.972, min(0.010, vivid), hue),
        hue=hue,
        chroma=float(vivid),
        colourful=colourful,
    )


def scheme_of(palette: Palette, name: str) -> Scheme:
    """The scheme called `name`, one of SCHEMES. Text reaches 4.5:1 on its ground by construction."""
    h, c = palette.hue, palette.chroma
    muted = min(c, 0.11)
    own = _readable(palette)
    aside = 42 if h < 110 or h > 330 else -38  # towards sand and sage, never towards salmon
    grounds: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
        "paper": ((0.955, min(c, 0.014), h), (0.90, min(c, 0.024), h)),
        "tint": ((0.89, min(c * 0.4, 0.042), h), (0.82, min(c * 0.5, 0.055), h)),
        "product colour": ((own, min(c, GROUND_CHROMA), h), (own - 0.07, min(c, GROUND_CHROMA), h)),
        "deep": ((0.27, min(c, 0.05), h), (0.21, min(c, 0.045), h)),
        "counterpoint": ((0.34, min(muted, 0.06), h + 180), (0.28, min(muted, 0.055), h + 180)),
        "neighbour": ((0.86, min(muted * 0.5, 0.043), h + aside), (0.79, min(muted * 0.6, 0.058), h + aside)),
    }
    ground, shade = (from_lch(*v) for v in grounds[name])
    text = max(palette.paper, palette.ink, key=lambda colour: ratio(colour, ground))
    dark = grounds[name][0][0] < 0.6
    accent = from_lch(0.80, min(c, 0.14), h) if dark else from_lch(0.55, min(c, 0.15), h)
    return Scheme(name, ground, shade, text, accent)


def _readable(palette: Palette) -> float:
    """The accent's lightness, moved away from the middle until ink or paper can be read on it."""
    light = lch(palette.accent)[0]
    step = -0.01 if light < 0.6 else 0.01
    chroma = min(palette.chroma, GROUND_CHROMA)
    for _ in range(40):
        colour = from_lch(light, chroma, palette.hue)
        if max(ratio(palette.paper, colour), ratio(palette.ink, colour)) >= READABLE:
            break
        light += step
    return light


def _distinct(centre: Floats) -> tuple[RGB, ...]:
    """Clusters as colours, near-twins left out."""
    kept: list[Floats] = []
    for c in centre:
        if all(float(np.linalg.norm(c - other)) > 0.06 for other in kept):
            kept.append(c)
    return tuple((int(r), int(g), int(b)) for r, g, b in (from_oklab(c) for c in kept))
