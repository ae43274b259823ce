"""The layouts by the names that recipes use, and which of their choices each one has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.generation.compositor import card, cutout_scene, editorial, hero, mood_board, split, studio
from services.generation.compositor.canvas import Canvas, Job


@dataclass(frozen=True)
class Layout:
    """How a layout is drawn, which single scene it shows, and the schemes and type it looks best in."""

    draw: Callable[[Job], Canvas]
    scene: bool
    schemes: tuple[str, ...]
    styles: tuple[str, ...]
    needs_references: bool = False


LAYOUTS: dict[str, Layout] = {
    "hero": Layout(
        hero.draw,
        scene=False,
        schemes=("paper", "deep", "tint", "product colour"),
        styles=("bold grotesque", "display serif", "light grotesque"),
    ),
    "cut-out on scene": Layout(
        cutout_scene.draw,
        scene=True,
        schemes=("tint", "deep", "neighbour", "paper"),
        styles=("bold grotesque", "display serif", "spaced capitals"),
    ),
    "split": Layout(
        split.draw,
        scene=True,
        schemes=("deep", "product colour", "paper", "counterpoint", "tint"),
        styles=("display serif", "bold grotesque", "light grotesque"),
    ),
    "studio": Layout(
        studio.draw,
        scene=False,
        schemes=("tint", "counterpoint", "neighbour", "deep"),
        styles=("bold grotesque", "display serif", "spaced capitals"),
    ),
    "product card": Layout(
        card.draw,
        scene=True,
        schemes=("paper", "tint", "deep"),
        styles=("light grotesque", "display serif", "bold grotesque"),
    ),
    "editorial": Layout(
        editorial.draw,
        scene=True,
        schemes=("paper", "counterpoint", "tint", "neighbour", "deep"),
        styles=("display serif", "italic serif", "light grotesque"),
    ),
    "mood board": Layout(
        mood_board.draw,
        scene=False,
        schemes=("paper", "deep", "tint"),
        styles=("light grotesque", "display serif", "bold grotesque"),
        needs_references=True,
    ),
}
