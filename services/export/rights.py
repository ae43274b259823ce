"""Where each picture that went into a variant is from, and under which terms. What is not known is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from db.repositories.exports import ExportRepository
from db.repositories.rights import RightsRepository
from db.tables import Item, Library, PictureRights
from services.database import read_session
from services.domain import ConditionKind, Recipe, Variant
from services.generation.compositor.choices import chosen
from services.retrieval.refusals import BACKDROPS_LIBRARY
from services.sessions import SessionView

UNKNOWN = "unknown"
"""Stands where nobody wrote down a licence. It is no permission."""

PROJECT_LICENCE = "MIT"
PROJECT_ATTRIBUTION = "Drawn by AIM Studio"


class Origin(StrEnum):
    """Where a picture came into the session from."""

    BRIEF = "brief"  # a product photo, supplied with the brief
    LIBRARY = "library"  # found in a library
    DRAWN = "drawn"  # a backdrop that the studio draws itself


@dataclass(frozen=True, slots=True)
class UsedPicture:
    """A photo or reference that variants were made from. `variants` are their ids.

    `licence` and `attribution` are `UNKNOWN` where they are not recorded; `library` is empty for photos
    and where the library is gone.
    """

    sha256: str
    origin: Origin
    file_name: str
    licence: str
    attribution: str
    source_url: str
    library: str
    variants: tuple[int, ...]


def used_pictures(view: SessionView, variants: Sequence[Variant]) -> list[UsedPicture]:
    """Every picture in the brief, in the session's conditions or in a variant's recipe, each once."""
    names = {m.sha256: m.file_name for m in view.matches}
    photos = {p.sha256: p.file_name for p in view.brief.photos}
    for mask in _masks(view, variants):
        photos.setdefault(mask, "mask.png")
    conditions = [*view.conditions, *(c for v in variants for c in v.recipe.conditions)]
    for condition in conditions:
        if condition.kind is ConditionKind.PHOTO:
            photos.setdefault(condition.ref, condition.label)
        elif condition.kind is ConditionKind.MATCH:
            names.setdefault(condition.ref, condition.label)
    kept = [c.ref for c in conditions if c.kind is ConditionKind.MATCH]
    rows = _library_rows(kept)
    gone = _kept_rights([key for key in kept if key not in rows])
    users = {key: _users(key, variants) for key in (*photos, *kept)}
    found = [
        UsedPicture(key, Origin.BRIEF, name, UNKNOWN, UNKNOWN, "", "", users[key])
        for key, name in photos.items()
    ]
    others = [key for key in dict.fromkeys(kept) if key not in photos]
    return [
        *found,
        *(
            _of_gone(gone[key], users[key])
            if key in gone
            else _reference(key, names[key], rows.get(key), users[key])
            for key in others
        ),
    ]


def _reference(key: str, name: str, row: tuple[Item, Library] | None, users: tuple[int, ...]) -> UsedPicture:
    if row is None:
        return UsedPicture(key, Origin.LIBRARY, name, UNKNOWN, UNKNOWN, "", "", users)
    item, library = row
    drawn = library.name == BACKDROPS_LIBRARY and library.built_in
    return UsedPicture(
        sha256=key,
        origin=Origin.DRAWN if drawn else Origin.LIBRARY,
        file_name=item.file_name,
        licence=PROJECT_LICENCE if drawn else item.licence or UNKNOWN,
        attribution=PROJECT_ATTRIBUTION if drawn else item.attribution or UNKNOWN,
        source_url="" if drawn else item.source_url or "",
        library=library.name,
        variants=users,
    )


def _of_gone(row: PictureRights, users: tuple[int, ...]) -> UsedPicture:
    """The picture left its library since; what was known of it when the session took it still holds."""
    drawn = row.library == BACKDROPS_LIBRARY
    return UsedPicture(
        sha256=row.sha256,
        origin=Origin.DRAWN if drawn else Origin.LIBRARY,
        file_name=row.file_name,
        licence=PROJECT_LICENCE if drawn else row.licence or UNKNOWN,
        attribution=PROJECT_ATTRIBUTION if drawn else row.attribution or UNKNOWN,
        source_url=row.source_url or "",
        library="",
        variants=users,
    )


def _kept_rights(keys: Sequence[str]) -> dict[str, PictureRights]:
    with read_session() as session:
        return {row.sha256: row for row in RightsRepository(session).kept(keys)}


def _library_rows(keys: Sequence[str]) -> dict[str, tuple[Item, Library]]:
    """Picture -> the item that tells most of its rights, where several libraries hold it."""
    found: dict[str, tuple[Item, Library]] = {}
    with read_session() as session:
        for item, library in ExportRepository(session).items(list(dict.fromkeys(keys))):
            before = found.get(item.sha256)
            if before is None or (item.licence and not before[0].licence):
                found[item.sha256] = (item, library)
    return found


def _users(key: str, variants: Sequence[Variant]) -> tuple[int, ...]:
    return tuple(v.id for v in variants if key in _shown(v.recipe))


def _masks(view: SessionView, variants: Sequence[Variant]) -> list[str]:
    """What tells the product from its surroundings where diffusion keeps the product's pixels."""
    found = [dict(v.recipe.settings).get("mask_sha256") for v in variants]
    return [mask for mask in dict.fromkeys([view.brief.options.mask_sha256, *found]) if mask]


def _shown(recipe: Recipe) -> set[str]:
    """The pictures that the variant is made of. A layout shows its photo and the scene that it names, a mood
    board everything with some weight; diffusion is led by everything with some weight."""
    weighty = {c.ref for c in recipe.conditions if c.weight > 0 and c.kind is not ConditionKind.TEXT}
    if not recipe.layout or recipe.layout == "mood board":
        return weighty
    photos = [c.ref for c in recipe.conditions if c.kind is ConditionKind.PHOTO][:1]
    scene = chosen(recipe.conditions, ConditionKind.MATCH, dict(recipe.settings).get("scene", ""))
    return {*photos, *([scene.ref] if scene else [])}
