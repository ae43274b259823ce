"""The layouts by the names that recipes use, and which of their choices each one has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.generation.compositor import card, cutout_scene, editorial, hero, mood_board, split, studio
from services.generation.compositor.canvas import Canvas
from services.generation.compositor.job import Job


@dataclass(frozen=True)
class Layout:
    """How a layout is drawn, whether it shows a single scene, the schemes and type it looks best in, and
    which of the choices "side", "alignment", "headline", "split" it has."""

    draw: Callable[[Job], Canvas]
    scene: bool
    schemes: tuple[str, ...]
    styles: tuple[str, ...]
    choices: tuple[str, ...]
    needs_references: bool = False


LAYOUTS: dict[str, Layout] = {
    "hero": Layout(
        hero.draw,
        scene=False,
        schemes=("paper", "deep", "tint", "product colour"),
        styles=("bold grotesque", "display serif", "light grotesque"),
        choices=("side", "alignment", "headline"),
    ),
    "cut-out on scene": Layout(
        cutout_scene.draw,
        scene=True,
        schemes=("tint", "deep", "neighbour", "paper"),
        styles=("bold grotesque", "display serif", "spaced capitals"),
        choices=("side", "alignment"),
    ),
    "split": Layout(
        split.draw,
        scene=True,
        schemes=("deep", "product colour", "paper", "counterpoint", "tint"),
        styles=("display serif", "bold grotesque", "light grotesque"),
        choices=("side", "split"),
    ),
    "studio": Layout(
        studio.draw,
        scene=False,
        schemes=("tint", "counterpoint", "neighbour", "deep"),
        styles=("bold grotesque", "display serif", "spaced capitals"),
        choices=("side", "alignment", "headline"),
    ),
    "product card": Layout(
        card.draw,
        scene=True,
        schemes=("paper", "tint", "deep"),
        styles=("light grotesque", "display serif", "bold grotesque"),
        choices=("side", "alignment"),
    ),
    "editorial": Layout(
        editorial.draw,
        scene=True,
        schemes=("paper", "counterpoint", "tint", "neighbour", "deep"),
        styles=("display serif", "italic serif", "light grotesque"),
        choices=("side",),
    ),
    "mood board": Layout(
        mood_board.draw,
        scene=False,
        schemes=("paper", "deep", "tint"),
        styles=("light grotesque", "display serif", "bold grotesque"),
        choices=("side",),
        needs_references=True,
    ),
}
