"""A studio whose settings name tiny Kandinsky models, for tests: loaded as the real ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from services.choices import GenerationOptions
from services.domain import Brief, Condition, ConditionKind, Photo, Placement
from services.settings import get_settings
from services.storage.images import get_store
from tests.builders import a_brief
from tests.kandinsky_decoders import save_tiny_decoder
from tests.kandinsky_models import DIMS, save_tiny_prior

FAMILIES = ("kandinsky21", "kandinsky22")
QUICK = GenerationOptions(steps=2, prior_steps=2, prior_guidance=1.0)
"""Few steps: what is tested is the way, not the picture."""


def save_all(folder: Path) -> dict[str, str]:
    """Tiny models of both families under `folder`; the environment that names them."""
    names = {}
    for family in FAMILIES:
        dim, key = DIMS[family], f"AIM_STUDIO_{family.upper()}"
        names[f"{key}_PRIOR_MODEL"] = str(save_tiny_prior(folder / f"{family}-prior", family))
        names[f"{key}_MODEL"] = str(save_tiny_decoder(folder / family, family, dim))
        names[f"{key}_INPAINT_MODEL"] = str(
            save_tiny_decoder(folder / f"{family}-inpaint", family, dim, True)
        )
    return names


def use(names: dict[str, str], patch: pytest.MonkeyPatch, **other: str) -> None:
    """Point the settings at them: on the processor, at a size that takes milliseconds."""
    few = {"AIM_STUDIO_DEVICE": "cpu", "AIM_STUDIO_DTYPE": "float32", "AIM_STUDIO_DIFFUSION_SIDE": "64"}
    for key, value in {**names, **few, **other}.items():
        patch.setenv(key, value)
    get_settings.cache_clear()


def product_photo(size: tuple[int, int] = (240, 320)) -> str:
    """A red bottle with a label on a plain background, in the image store; its key."""
    image = Image.new("RGB", size, (226, 228, 230))
    pen, (w, h) = ImageDraw.Draw(image), size
    pen.rounded_rectangle((0.32 * w, 0.25 * h, 0.68 * w, 0.85 * h), 20, (178, 34, 40))
    pen.rectangle((0.44 * w, 0.15 * h, 0.56 * w, 0.26 * h), (120, 20, 26))
    pen.rectangle((0.36 * w, 0.5 * h, 0.64 * w, 0.65 * h), (240, 210, 90))
    return get_store().put_image(image)


def busy_photo() -> str:
    """No plain background, no product to be told from it."""
    noise = np.random.default_rng(3).integers(0, 255, (200, 240, 3), np.uint8)
    return get_store().put_image(Image.fromarray(noise))


def brief_of(photo: str, options: GenerationOptions = QUICK, **changes: object) -> Brief:
    image = get_store().open(photo)
    brief = a_brief(
        photos=(Photo(photo, "bottle.png", *image.size, hero=True),),
        library=None,
        variants=2,
        placement=Placement.LINK,
        options=options,
    )
    return replace(brief, **changes)  # type: ignore[arg-type]


def conditions_of(brief: Brief, *texts: str) -> Sequence[Condition]:
    said = [
        Condition(ConditionKind.TEXT, text, 0.6 / n, text)
        for n, text in enumerate(texts or ("a red hoodie", "a cozy sofa"), 1)
    ]
    return (*said, *(Condition(ConditionKind.PHOTO, p.sha256, 0.4, p.file_name) for p in brief.photos))
