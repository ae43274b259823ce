"""Night skies: the Milky Way, a moon behind cloud, northern lights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import fbm, profile, resize
from services.retrieval.backdrops.skies import gradient, heaps, ridge
from services.retrieval.backdrops.sprites import add_disc


def _stars(canvas: Canvas, colour: Colour, count: int, lowest: float, crowd: Field | None = None) -> None:
    rng = canvas.rng("stars")
    for _ in range(count):
        u, v = rng.random(), rng.random() * lowest
        if crowd is not None:
            here = crowd[int(v * (canvas.height - 1)), int(u * (canvas.width - 1))]
            if rng.random() > 0.18 + 0.82 * here:
                continue
        power = min(1.0, 0.07 / (rng.random() + 0.03))
        tint = ink("#cfe0ff") * 0.6 + ink("#ffe6c8") * np.float32(0.4 * rng.random())
        add_disc(
            canvas, colour, (u - 0.5) * canvas.design_width, (v - 0.5) * canvas.design_height,
            0.7 + 1.0 * power, tint * np.float32(power), 0.6, 0.0,
        )  # fmt: skip


def starry(canvas: Canvas) -> Colour:
    """The Milky Way over a dark mountain ridge."""
    colour = gradient(canvas, (0.0, "#060a1c"), (0.55, "#101f42"), (0.85, "#2c4468"), (1.0, "#4a5f78"))
    soft = canvas.reduced(1.6)
    axis = (soft.x * 0.62 + (soft.y + 90) * 0.78) / 200
    drift = fbm(soft, 260, "drift", finest=3, gain=0.58)
    dust = fbm(soft, 150, "dust", finest=2, gain=0.6)
    glow = np.exp(-((axis + 0.16 * drift) ** 2)) * smoothstep(0.95, 0.55, soft.v)
    lane = smoothstep(0.0, 2.0, dust + 0.9 * np.exp(-((axis * 2.4 + 0.5 * drift) ** 2)))
    band = np.clip(glow * (1 - 0.62 * lane) * (0.85 + 0.12 * drift), 0, 1)
    band = np.clip(resize(band, canvas.width, canvas.height), 0, 1)
    colour = colour + mix(ink("#5f78b8"), ink("#d9bdb4"), band**2) * (0.22 * band**1.3)[..., None]
    _stars(canvas, colour, 2600, 0.9, band)
    return ridge(canvas, colour, 0.90, "#05070d", 46)


def moonlit(canvas: Canvas) -> Colour:
    """A full moon behind thin drifting cloud, its halo on the night."""
    colour = gradient(canvas, (0.0, "#0a1226"), (0.6, "#18294a"), (1.0, "#2c4060"))
    _stars(canvas, colour, 350, 1.0)
    glow = pool(canvas, 0.66, 0.30, 0.20)
    opacity, light = heaps(canvas, 330, -0.1)
    cloud = ink("#0d1730") + ink("#b8c8e4") * (np.clip(glow * 1.15, 0, 1) * (0.25 + 0.75 * light))[..., None]
    moon: Colour = np.zeros_like(colour)
    x, y = 0.16 * canvas.design_width, -0.20 * canvas.design_height
    add_disc(canvas, moon, x, y, 62, ink("#f6f1e2"), 0.02, 0.0)
    seas = resize(fbm(canvas.reduced(2), 50, "seas", finest=4), canvas.width, canvas.height)
    colour = colour + ink("#7f98c8") * (0.32 * glow**2)[..., None]
    colour = np.maximum(colour, moon * (0.86 + 0.07 * np.clip(seas, -2, 1))[..., None])
    veil = 0.86 * opacity * (1 - 0.55 * smoothstep(0.4, 0.9, moon[..., 0]))
    return mix(colour, cloud, veil) * vignette(canvas, 0.3)[..., None]


def aurora(canvas: Canvas) -> Colour:
    """Green curtains with violet tops over a snowy treeless ridge."""
    colour = gradient(canvas, (0.0, "#050a1a"), (0.6, "#0b2233"), (1.0, "#15384a"))
    _stars(canvas, colour, 900, 0.85)
    u = canvas.u
    for k, (foot, power) in enumerate(((0.66, 0.55), (0.56, 0.42), (0.74, 0.28))):
        sway = profile(canvas, 480, f"sway {k}", finest=150, gain=0.4)
        rays = profile(canvas, 90, f"rays {k}", finest=4, gain=0.62)
        veil = profile(canvas, 420, f"veil {k}", finest=200)
        above = foot + 0.075 * sway + 0.05 * np.sin(u * 7 + k * 2) - canvas.v
        tall = 0.26 + 0.06 * rays
        curtain = smoothstep(-0.025, 0.03, above) * np.exp(-np.maximum(above, 0) / tall * 2.2)
        strength = curtain * np.clip(0.62 + 0.24 * rays + 0.35 * veil, 0, 1.6) * power
        tint = ramp(
            np.clip(above / 0.42, 0, 1),
            ((0.0, "#8dffb0"), (0.4, "#3fdc9a"), (0.75, "#4a78d8"), (1.0, "#9a5ad0")),
        )
        colour = colour + tint * strength[..., None]
    return ridge(canvas, colour, 0.90, "#0a141d", 34)


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "sky-starry-night": starry,
    "sky-moonlit-clouds": moonlit,
    "sky-aurora": aurora,
}
