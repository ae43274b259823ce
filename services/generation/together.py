"""Several pictures in one go, where a generator can; one after the other where it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image

from services.domain import Recipe
from services.parts import BatchGenerator, Generator, ImageSource, Progress


def at_once(generator: Generator, recipe: Recipe) -> int:
    """How many pictures such as `recipe` to give to `pictures` together."""
    return generator.batch_size(recipe) if isinstance(generator, BatchGenerator) else 1


def pictures(
    generator: Generator, recipes: Sequence[Recipe], source: ImageSource, progress: Progress | None = None
) -> Iterator[Image.Image]:
    """The pictures of `recipes` in their order, each as soon as it is there."""
    if isinstance(generator, BatchGenerator):
        yield from generator.generate_many(recipes, source, progress)
        return
    for recipe in recipes:
        yield generator.generate(recipe, source, progress)
