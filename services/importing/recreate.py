"""A session made again from a file: pictures into the store, brief, plan and references saved, a run to
make every variant from its own recipe. On the same models that gives the same pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from db.repositories.exports import ExportRepository
from services import audit, sessions, studio
from services.batch import Batch
from services.database import read_session, unit_of_work
from services.domain import Brief, Condition, ConditionKind, Plan, Recipe
from services.errors import ImageRejected, InvalidInput, NotFound
from services.importing import values
from services.importing.checked import not_ours
from services.importing.package import Recreation, from_png, from_zip, other_models, source_kind
from services.limits import IMAGE_BYTES, IMPORT_VARIANTS
from services.messages import N_, Message
from services.people import Role, require
from services.storage.bare import is_bare
from services.storage.files import disk_errors
from services.storage.images import ImageStore, get_store
from services.storage.intake import read_picture, too_large
from services.storage.names import display_name
from services.storage.zips import open_zip


@dataclass(frozen=True, slots=True)
class Restored:
    """`recipes` are what the new session's run makes. `missing` names pictures that are neither in the file
    nor in this studio: variants that use them cannot be made until they are added. `notices` say the rest."""

    session_id: str
    recipes: tuple[Recipe, ...]
    missing: tuple[str, ...]
    notices: tuple[Message, ...]


def recreate(source: Path | bytes, name: str) -> Restored:
    """Save a new session from the file `source`, whose `name` is for sentences alone.

    Nothing is made yet: `start_making`. Raises NotAllowed, InvalidInput (no export, a hostile or newer
    one: nothing is saved then), StorageError.
    """
    require(Role.CREATOR)
    shown = display_name(name)
    kind = source_kind(source)
    if kind == "ZIP":
        with open_zip(source, shown) as (archive, members):
            return _restore(from_zip(archive, members, shown), shown)
    if kind == "PNG":
        return _restore(from_png(_whole(source, shown), shown), shown)
    raise not_ours(shown)


def start_making(restored: Restored) -> str:
    """The run that makes the session's variants again; its id."""
    return studio.start_recipes(restored.session_id, restored.recipes)


def given_batch(session_id: str, recipes: Sequence[str]) -> Batch:
    """Recipes that are given as they are, in canonical JSON, instead of made from the brief."""
    view = sessions.load(session_id)
    made = tuple(Recipe.from_json(text) for text in recipes)
    return Batch(made, len(view.variants), view.inputs.variants)


def _whole(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    with disk_errors(source):
        if source.stat().st_size > IMAGE_BYTES:
            raise too_large(name)
        return source.read_bytes()


def _restore(found: Recreation, name: str) -> Restored:
    store = get_store()
    stored = _store_pictures(found, store, name)
    found = _renamed(found, {key: kept for key, kept in stored.items() if key != kept})
    notices = [Message(N_("Restored from {name}."), {"name": name})]
    recipes = found.recipes[:IMPORT_VARIANTS]
    if len(recipes) < len(found.recipes):
        notices.append(
            Message(
                N_("Of {count} variants the best {limit} are made again."),
                {"count": len(found.recipes), "limit": IMPORT_VARIANTS},
            )
        )
    if told := other_models(recipes):
        notices.append(told)
    missing = _missing(found.brief, found.conditions, recipes, store)
    if missing:
        notices.append(
            Message(
                N_("These pictures are neither in the file nor in this studio: {names}. Add them again."),
                {"names": ", ".join(missing)},
            )
        )
    session_id = _save(found, tuple(notices), name)
    return Restored(session_id, recipes, missing, tuple(notices))


def _store_pictures(found: Recreation, store: ImageStore, name: str) -> dict[str, str]:
    """Put every packed picture into the store; its key there by the key that recipes use.

    All are checked like any picture from outside. A file that is pixels alone is kept byte for byte, so
    that its key stays; of any other one the pixels are kept, without loss, under a key of their own.
    """
    stored = {}
    for key, read in found.pictures.items():
        try:
            data = read()
            picture = read_picture(data, f"{key[:12]}.png")
        except ImageRejected as error:
            raise InvalidInput(
                N_("{name} holds a picture that cannot be used. Nothing was imported; export it again."),
                name=name,
            ) from error
        stored[key] = (
            store.put_encoded(data, picture.image) if is_bare(data) else store.put_image(picture.image)
        )
    return stored


def _renamed(found: Recreation, keys: dict[str, str]) -> Recreation:
    """`found` with pictures under the keys that they have in this store."""
    if not keys:
        return found

    def conditions(before: Iterable[Condition]) -> tuple[Condition, ...]:
        return tuple(replace(c, ref=keys.get(c.ref, c.ref)) for c in before)

    mask = found.brief.options.mask_sha256
    brief = replace(
        found.brief,
        photos=tuple(replace(p, sha256=keys.get(p.sha256, p.sha256)) for p in found.brief.photos),
        options=replace(found.brief.options, mask_sha256=keys.get(mask, mask) if mask else None),
    )
    recipes = tuple(
        replace(
            r,
            conditions=conditions(r.conditions),
            settings=tuple((k, keys.get(v, v)) for k, v in r.settings),
        )
        for r in found.recipes
    )
    matches = tuple(
        m
        | {
            "sha256": keys.get(m["sha256"], m["sha256"]),
            "drop_twin": keys.get(m["drop_twin"], m["drop_twin"]),
        }
        for m in found.matches
    )
    return replace(
        found, brief=brief, conditions=conditions(found.conditions), recipes=recipes, matches=matches
    )


def _missing(
    brief: Brief, conditions: tuple[Condition, ...], recipes: tuple[Recipe, ...], store: ImageStore
) -> tuple[str, ...]:
    """Names of the pictures that the variants need and the store does not have."""
    names = {p.sha256: p.file_name for p in brief.photos}
    for c in (*conditions, *(c for r in recipes for c in r.conditions)):
        if c.kind is not ConditionKind.TEXT and c.weight > 0:
            names.setdefault(c.ref, display_name(c.label))
    for recipe in recipes:
        if mask := dict(recipe.settings).get("mask_sha256"):
            names.setdefault(mask, "mask.png")
    return tuple(name for key, name in names.items() if not store.exists(key))


def _save(found: Recreation, notices: tuple[Message, ...], name: str) -> str:
    session_id = sessions.create(
        found.brief, campaign=found.campaign, parent_id=_known(found.parent_id), engine=found.parts
    )
    if found.plan is not None:
        sessions.save_plan(session_id, _told(found.plan, notices))
    matches = values.match_values(found.matches, _items(found))
    sessions.save_matches(session_id, matches)
    sessions.save_conditions(session_id, found.conditions)
    with unit_of_work() as work:
        audit.record(work.session, "session.imported", session_id=session_id, file=name)
        work.commit()
    return session_id


def _told(plan: Plan, notices: tuple[Message, ...]) -> Plan:
    return replace(plan, notices=notices)


def _known(session_id: str | None) -> str | None:
    """The session that was exported, where it is in this studio."""
    try:
        return sessions.load(session_id).id if session_id else None
    except NotFound:
        return None


def _items(found: Recreation) -> dict[str, int]:
    """This studio's items by picture, those of the brief's library first."""
    keys = [m["sha256"] for m in found.matches]
    items: dict[str, int] = {}
    with read_session() as session:
        for item, library in ExportRepository(session).items(keys):
            if item.sha256 not in items or library.name == found.brief.library:
                items[item.sha256] = item.id
    return items
