"""What an export holds, as it was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.domain import Placement, Variant
from services.errors import InvalidInput
from services.export.marks import Marks
from services.messages import N_


class Scope(StrEnum):
    """Which variants."""

    ALL = "all"
    SHORTLIST = "shortlist"


class PictureFormat(StrEnum):
    PNG = "png"  # exact pixels, with the recipe inside
    JPEG = "jpeg"  # a fifth of the bytes, without the recipe


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`placements` are the sizes of the delivered pictures. `recipe` puts the recipe into each PNG: turn it
    off where the pictures are published and the brief is nobody's business. `references` packs photos and
    references, so that another studio can make the variants again."""

    placements: tuple[Placement, ...]
    scope: Scope = Scope.ALL
    format: PictureFormat = PictureFormat.PNG
    safe_zones: bool = True
    contact_sheet: bool = True
    references: bool = True
    recipe: bool = True

    def __post_init__(self) -> None:
        if not self.placements:
            raise InvalidInput(N_("No size is chosen. Choose at least one."))

    def to_dict(self) -> dict[str, Any]:
        return {
            "placements": [p.value for p in self.placements],
            "scope": self.scope.value,
            "format": self.format.value,
            "safe_zones": self.safe_zones,
            "contact_sheet": self.contact_sheet,
            "references": self.references,
            "recipe": self.recipe,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExportOptions:
        return cls(
            placements=tuple(Placement(p) for p in data["placements"]),
            scope=Scope(data["scope"]),
            format=PictureFormat(data["format"]),
            safe_zones=data["safe_zones"],
            contact_sheet=data["contact_sheet"],
            references=data["references"],
            recipe=data["recipe"],
        )


def wanted(variants: Sequence[Variant], marks: Mapping[int, Marks], scope: Scope) -> list[Variant]:
    """The variants to export, best first. Raises InvalidInput where there is none."""
    chosen = [v for v in variants if scope is Scope.ALL or marks[v.id].shortlisted]
    if not variants:
        raise InvalidInput(N_("There is no variant to export yet. Generate some first."))
    if not chosen:
        raise InvalidInput(
            N_("The shortlist is empty. Put variants on it on the Variants tab, or export all of them.")
        )
    return chosen
