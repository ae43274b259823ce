"""A brand on a layout: its colours in the place of the product's, its typeface, its logo in a corner.

A recipe carries the brand in its settings, so that the same picture can be made when the kit has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from PIL import Image

from services.brand_kit import BrandKit
from services.generation.compositor.canvas import Canvas
from services.generation.compositor.colour import RGB, from_lch, lch, pixels
from services.generation.compositor.contrast import luminance, ratio
from services.generation.compositor.fonts import Face
from services.generation.compositor.job import Job
from services.generation.compositor.palette import NEUTRAL_CHROMA, Palette, Scheme, scheme_of
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.type import TypeStyle

COLOURS, LOGO, HEADING, BODY = "brand colours", "brand logo", "brand heading font", "brand body font"
"""Names of the recipe's settings."""

QUIET = ("light grotesque", "spaced capitals")
"""Styles that take the brand's body font; the others take its heading font."""

TEXT_CONTRAST = 4.5
LOGO_CONTRAST = 3.0
"""WCAG 2.2: AA for text, and what graphics need (1.4.11)."""

LOGO_HEIGHT, LOGO_WIDTH = 0.075, 0.22
"""The most that a logo takes, as shares of the short side and of the width."""

PLATE_PAD = 0.3
"""Air around a logo on a plate, as a share of its height."""


def brand_settings(kit: BrandKit | None) -> tuple[tuple[str, str], ...]:
    """What a recipe keeps of the kit; () without one."""
    if kit is None:
        return ()
    kept = (
        (COLOURS, " ".join(kit.colours)),
        (LOGO, kit.logo_sha256 or ""),
        (HEADING, kit.heading_font or ""),
        (BODY, kit.body_font or ""),
    )
    return tuple((name, value) for name, value in kept if value)


def brand_colours(options: Mapping[str, str]) -> tuple[RGB, ...]:
    """The colours that the recipe's settings name, the leading one first."""
    return tuple(_rgb(colour) for colour in options.get(COLOURS, "").split())


def branded_palette(product: Palette, colours: tuple[RGB, ...]) -> Palette:
    """The brand's colours as a palette; the product's own without any."""
    if not colours:
        return product
    telling = next((c for c in colours if lch(c)[1] >= NEUTRAL_CHROMA), colours[0])
    _, chroma, hue = lch(telling)
    by_light = sorted(colours, key=lambda c: lch(c)[0])
    dark, light = by_light[0], by_light[-1]
    return Palette(
        swatches=colours,
        accent=telling,
        ink=dark if lch(dark)[0] < 0.35 else from_lch(0.2, min(0.025, chroma), hue),
        paper=light if lch(light)[0] > 0.93 else from_lch(0.972, min(0.010, chroma), hue),
        hue=hue,
        chroma=chroma,
        colourful=chroma >= NEUTRAL_CHROMA,
    )


def branded_scheme(palette: Palette, name: str, colours: tuple[RGB, ...]) -> Scheme:
    """The scheme `name` in the brand's colours, exact wherever one of them fills a ground."""
    scheme = scheme_of(palette, name)
    if not colours:
        return scheme
    grounds = {"product colour": palette.accent, "counterpoint": colours[1 % len(colours)]}
    # The brand's own dark and light, where it has them, rather than ones derived from its hue.
    grounds |= {
        role: own for role, own in (("deep", palette.ink), ("paper", palette.paper)) if own in colours
    }
    ground = grounds.get(name, scheme.ground)
    light, chroma, hue = lch(ground)
    shade = from_lch(max(light - 0.07, 0.0), chroma, hue) if name in grounds else scheme.shade
    return replace(scheme, ground=ground, shade=shade, text=_text_on(ground, palette), accent=palette.accent)


def branded_style(style: TypeStyle, options: Mapping[str, str]) -> TypeStyle:
    """The style in the brand's typeface; what that cannot draw stays in the studio's."""
    quiet, loud = options.get(BODY, ""), options.get(HEADING, "")
    font = (quiet or loud) if style.name in QUIET else (loud or quiet)
    return replace(style, faces=(Face(font), *style.faces)) if font else style


def put_logo(canvas: Canvas, job: Job, logo: Image.Image) -> Box:
    """Set `logo` into the calmest safe corner that no headline stands in; its box in px.

    Where the picture behind it is too much like it, it gets a plate of the palette's paper or ink.
    """
    mark = _fitted(logo, job)
    corner = min(_corners(mark.size, job.safe), key=lambda box: _unrest(canvas, box))
    behind = pixels(canvas.image.crop(corner.ints()))
    if _contrast(mark, behind) < LOGO_CONTRAST:
        tone = _tone(mark)
        plate = max((job.palette.paper, job.palette.ink), key=lambda colour: ratio(colour, tone))
        pad = PLATE_PAD * mark.size[1]
        canvas.fill(corner.inset(-pad), plate, radius=pad * 0.6)
    canvas.paste(mark, (corner.x0, corner.y0), mark)
    return corner


def _fitted(logo: Image.Image, job: Job) -> Image.Image:
    mark = logo.convert("RGBA")
    mark = mark.crop(mark.getchannel("A").getbbox() or (0, 0, *mark.size))
    scale = min(LOGO_HEIGHT * job.short / mark.height, LOGO_WIDTH * job.size[0] / mark.width)
    size = (max(round(mark.width * scale), 1), max(round(mark.height * scale), 1))
    return mark.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _corners(size: tuple[int, int], safe: Box) -> list[Box]:
    """The four, those that brands use most first: top left, top right, bottom right, bottom left."""
    wide, high = size
    lefts, tops = (safe.x0, safe.x1 - wide), (safe.y0, safe.y1 - high)
    places = ((lefts[0], tops[0]), (lefts[1], tops[0]), (lefts[1], tops[1]), (lefts[0], tops[1]))
    return [Box(round(x), round(y), round(x) + wide, round(y) + high) for x, y in places]


def _unrest(canvas: Canvas, box: Box) -> float:
    """How ill a logo would stand there: on a headline worst, on detail ill, in plain space well."""
    around = box.inset(-0.5 * box.height)
    on_text = any(
        around.x0 < text.box.x1
        and text.box.x0 < around.x1
        and around.y0 < text.box.y1
        and text.box.y0 < around.y1
        for text in canvas.texts
    )
    grey = np.asarray(canvas.image.crop(around.ints()).convert("L"), np.float32)
    return 1000.0 * on_text + round(float(grey.std()), 1)


def _contrast(mark: Image.Image, behind: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """Of the logo's mean tone to all but the worst tenth of what lies behind it."""
    own = float(luminance(np.array(_tone(mark), np.uint8)))
    other = luminance(behind)
    ratios = (np.maximum(own, other) + 0.05) / (np.minimum(own, other) + 0.05)
    return float(np.percentile(ratios, 10))


def _tone(mark: Image.Image) -> RGB:
    """Mean colour of the logo's opaque pixels."""
    data = np.asarray(mark, np.float32)
    weight = data[..., 3:] / 255 + 1e-6
    r, g, b = (int(v) for v in (data[..., :3] * weight).sum((0, 1)) / weight.sum())
    return r, g, b


def _text_on(ground: RGB, palette: Palette) -> RGB:
    """Paper or ink of the brand; plain white or black where neither can be read on its colour."""
    best = max((palette.paper, palette.ink), key=lambda colour: ratio(colour, ground))
    if ratio(best, ground) >= TEXT_CONTRAST:
        return best
    plain: tuple[RGB, RGB] = ((255, 255, 255), (0, 0, 0))
    return max(plain, key=lambda colour: ratio(colour, ground))


def _rgb(colour: str) -> RGB:
    value = int(colour.removeprefix("#"), 16)
    return value >> 16 & 255, value >> 8 & 255, value & 255
