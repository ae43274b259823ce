"""The variants of one run, fixed before the first is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain import Recipe


@dataclass(frozen=True, slots=True)
class Batch:
    """Recipes to be made together. `inputs` is the digest of what they were made from."""

    recipes: tuple[Recipe, ...]
    first_position: int
    inputs: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "recipes": [recipe.to_json() for recipe in self.recipes],
            "first_position": self.first_position,
            "inputs": self.inputs,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Batch:
        recipes = tuple(Recipe.from_json(text) for text in data["recipes"])
        return cls(recipes, data["first_position"], data["inputs"])
