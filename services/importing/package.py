"""What a file says is to be made again: read from an export's ZIP or from a lone PNG, nothing saved yet."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from services.choices import LITE, EngineChoice
from services.domain import Brief, Condition, ConditionKind, Photo, Plan, Recipe, Strategy
from services.errors import InvalidInput
from services.export import manifest as document
from services.export.manifest import Entry
from services.export.metadata import SESSION_KEYWORD
from services.generation.png import RECIPE_BYTES
from services.importing import values
from services.importing.checked import MANIFEST_BYTES, checked_manifest, checked_part, not_ours, parsed
from services.limits import IMAGE_BYTES, TOPIC_CHARS
from services.messages import N_, Message
from services.storage.images import DECODE_ERRORS
from services.storage.intake import read_image
from services.storage.zips import read_member, refusal

UPLOAD = "upload"
"""The generator's id of pictures that were brought along: no recipe made them."""

MANIFEST_RATIO = 1100
"""More than deflate can do: recipes repeat each other, and MANIFEST_BYTES alone bounds what is read."""

Bytes = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Recreation:
    """A session to be made again. `recipes` are best first; `matches` are entries still, for the reader's
    studio has other items. `pictures` gives the packed bytes of a picture by its key, proven to be those
    that were packed; it raises ImageRejected where they are not."""

    brief: Brief
    plan: Plan | None
    matches: tuple[Entry, ...]
    conditions: tuple[Condition, ...]
    recipes: tuple[Recipe, ...]
    parts: EngineChoice
    campaign: str | None = None
    parent_id: str | None = None
    pictures: Mapping[str, Bytes] = field(default_factory=dict)


def from_zip(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> Recreation:
    """Raises InvalidInput for what is no export, or a hostile one."""
    by_path = {member.filename: member for member in members}
    entry = by_path.get(document.NAME)
    if entry is None:
        raise not_ours(name)
    if reason := refusal(entry, MANIFEST_BYTES, MANIFEST_RATIO):
        raise InvalidInput(reason.template, **reason.values)
    read = checked_manifest(read_member(archive, entry, entry.file_size), name)
    session = read["session"]
    made = [values.recipe_value(v["recipe"]) for v in read["variants"]]
    recipes = tuple(recipe for recipe in made if recipe.generator.id != UPLOAD)
    if not recipes:
        raise InvalidInput(
            N_("The pictures in {name} were brought along from outside; no recipe can make them again."),
            name=name,
        )
    files = {p["sha256"]: p["file"] for p in read["pictures"] if p["file"]}
    return Recreation(
        brief=values.brief_value(session["brief"]),
        plan=values.plan_value(session["plan"]),
        matches=tuple(session["matches"]),
        conditions=tuple(values.condition_value(c) for c in session["conditions"]),
        recipes=recipes,
        parts=values.parts_value(session["parts"]),
        campaign=session["campaign"] or None,
        parent_id=session["id"],
        pictures={
            key: partial(_packed, archive, by_path[file["path"]], file["sha256"], name)
            for key, file in files.items()
            if file["path"] in by_path
        },
    )


def _packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo, sha256: str, name: str) -> bytes:
    if reason := refusal(member):
        raise InvalidInput(reason.template, **reason.values)
    data = read_member(archive, member, min(member.file_size, IMAGE_BYTES))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InvalidInput(
            N_("A picture in {name} was changed since the export. Nothing was imported; export it again."),
            name=name,
        )
    return data


def from_png(data: bytes, name: str) -> Recreation:
    """Raises ImageRejected for no picture, InvalidInput where it carries no recipe."""
    read_image(data, name)  # its caps first: only then are its texts looked at
    texts = _texts(data)
    if "Recipe" not in texts:
        raise InvalidInput(
            N_("{name} carries no recipe. Choose a PNG that AIM Studio made, as it was downloaded."),
            name=name,
        )
    recipe = values.recipe_value(checked_part(parsed(texts["Recipe"], name), "recipe", name))
    if recipe.generator.id == UPLOAD:
        raise InvalidInput(
            N_("The pictures in {name} were brought along from outside; no recipe can make them again."),
            name=name,
        )
    told = _told(texts.get(SESSION_KEYWORD), name)
    if told is None:
        return Recreation(_brief_of(recipe), None, (), recipe.conditions, (recipe,), _parts_of(recipe))
    brief = replace(told.brief, placement=recipe.placement, headline=recipe.headline, variants=1)
    return replace(told, brief=brief, conditions=recipe.conditions, recipes=(recipe,))


def _texts(png: bytes) -> dict[str, str]:
    with suppress(*DECODE_ERRORS), Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        image.load()  # text chunks may follow the pixels
        found: dict[Any, Any] = image.info
        keys = ("Recipe", SESSION_KEYWORD)
        return {k: str(found[k]) for k in keys if 0 < len(str(found.get(k, ""))) <= RECIPE_BYTES}
    return {}


def _told(text: str | None, name: str) -> Recreation | None:
    """Brief, plan and matches as the PNG tells them beside its recipe."""
    if text is None:
        return None
    data = parsed(text, name)
    if not isinstance(data, dict):
        raise not_ours(name)
    brief = values.brief_value(checked_part(data.get("brief"), "brief", name))
    plan = data.get("plan")
    matches = data.get("matches")
    campaign = data.get("campaign")
    return Recreation(
        brief=brief,
        plan=values.plan_value(checked_part(plan, "plan", name)) if plan is not None else None,
        matches=tuple(checked_part(m, "match", name) for m in matches[:200])
        if isinstance(matches, list)
        else (),
        conditions=(),
        recipes=(),
        parts=values.parts_value(checked_part(data.get("parts"), "parts", name)),
        campaign=campaign if isinstance(campaign, str) and campaign else None,
    )


def _brief_of(recipe: Recipe) -> Brief:
    """The brief as far as a recipe alone tells it: the longest text stands for the product's."""
    texts = [c.ref for c in recipe.conditions if c.kind is ConditionKind.TEXT] or [recipe.headline or "?"]
    photos = [c for c in recipe.conditions if c.kind is ConditionKind.PHOTO]
    return Brief(
        topic=texts[0][:TOPIC_CHARS],
        product_text=max(texts, key=len),
        photos=tuple(Photo(c.ref, c.label, 0, 0, hero=n == 0) for n, c in enumerate(photos)),
        headline=recipe.headline,
        strategy=Strategy.NONE,
        placement=recipe.placement,
        variants=1,
    )


def _parts_of(recipe: Recipe) -> EngineChoice:
    if recipe.layout:
        return LITE
    family = "kandinsky21" if "2-1" in recipe.generator.id else "kandinsky22"
    return EngineChoice(encoder=family, generator=family)


def other_models(recipes: tuple[Recipe, ...]) -> Message | None:
    """Said where this version lays pictures out otherwise than the one that made them."""
    from services.generation.compositor.compositor import VERSION

    if any(r.layout and r.generator.revision != VERSION for r in recipes):
        return Message(
            N_("These variants were made by another version of the studio; the new ones may look different.")
        )
    return None


def source_kind(source: Path | bytes) -> str | None:
    """ "PNG", "ZIP" or what else the first bytes say."""
    from services.storage.kinds import kind_of

    if isinstance(source, bytes):
        return kind_of(source[:64])
    with source.open("rb") as file:
        return kind_of(file.read(64))
