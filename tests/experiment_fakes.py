"""Experiments without models: the chaos tests' parts, with layouts that draw a sixteenth of the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from services import libraries
from services.domain import Brief, Condition, Recipe
from services.engines import Engine, Parts, get_engine, use_engine, use_evaluator
from services.generation.compositor import LayoutCompositor
from services.retrieval.sources_folder import FolderSource
from services.storage.images import get_store
from tests.chaos.small_engine import ColourPlanner
from tests.integration.evaluation_fakes import fake_evaluator
from tests.retrieval_fakes import COLOURS, ColourEncoder, fill, scene
from tests.unit.aim_fakes import fake_scorer

LIBRARY = "colours"


class SmallCompositor(LayoutCompositor):
    """The studio's layouts at a quarter of the width: an experiment's tests are not about pixels."""

    def recipes(self, brief: Brief, conditions: Sequence[Condition]) -> list[Recipe]:
        width, height = brief.placement.pixels
        size = (width // 4, height // 4)
        return [replace(recipe, size=size) for recipe in super().recipes(brief, conditions)]


def use_quick_engine() -> None:
    generator = SmallCompositor(source=get_store().open)
    use_engine(Engine("lite", Parts(ColourPlanner, ColourEncoder, lambda: generator, fake_scorer)))
    use_evaluator(fake_evaluator()[0])


def forget_engine() -> None:
    use_engine(None)
    use_evaluator(None)


def colour_library(folder: Path, name: str = LIBRARY) -> None:
    """Three pictures of each of six colours."""
    pictures = {f"{ground} {n}.png": scene(ground, n) for ground in COLOURS for n in range(3)}
    libraries.build(name, FolderSource(fill(folder / name, pictures)), get_engine("lite").encoder)


def noise_library(folder: Path, name: str = "noise", count: int = 8) -> None:
    """Pictures that answer nothing."""
    pictures = {f"noise {n}.png": noise(n) for n in range(count)}
    libraries.build(name, FolderSource(fill(folder / name, pictures)), get_engine("lite").encoder)


def noise(seed: int, side: int = 64) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
