"""Captions, tags and licences of a library's pictures, changed by hand; taking pictures out.

A change counts at once: indexes see the item as of the library's new version. What a new caption means to
each search model is worked out by the worker; until then the picture is found by what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from db.repositories.audit import AuditRepository
from db.repositories.library_pages import LibraryPageRepository, library_by_name
from db.repositories.rights import RightsRepository
from db.tables import Item, Library
from services import audit
from services.database import read_session, unit_of_work
from services.errors import InvalidInput
from services.library_captions import read_captions
from services.messages import N_
from services.people import Role, require
from services.retrieval.captions import CAPTION_CHARS as CAPTION_CHARS
from services.retrieval.refusals import built_in, no_library
from services.storage.names import printable

TAG_CHARS = 60
TAGS_EACH = 30
LICENCE_CHARS = 200
AT_ONCE = 500
"""Items of one change: a page and then some. What was before is kept for undoing, with the change."""

BULK, UNDONE = "library.bulk", "library.undone"


@dataclass(frozen=True, slots=True)
class Words:
    """What people say of a picture. An empty licence: not known."""

    caption: str = ""
    tags: tuple[str, ...] = ()
    licence: str = ""

    def clean(self) -> Words:
        """As it is kept. Raises InvalidInput for what is too long."""
        caption, licence = printable(self.caption), printable(self.licence)
        tags = tuple(dict.fromkeys(tag for tag in map(_tag, self.tags) if tag))
        for text, limit in ((caption, CAPTION_CHARS), (licence, LICENCE_CHARS)):
            if len(text) > limit:
                raise InvalidInput(
                    N_("At most {limit} characters fit here. Nothing was changed; shorten the text."),
                    limit=limit,
                )
        if len(tags) > TAGS_EACH or any(len(tag) > TAG_CHARS for tag in tags):
            raise InvalidInput(
                N_("A picture has at most {count} tags of {limit} characters. Nothing was changed."),
                count=TAGS_EACH,
                limit=TAG_CHARS,
            )
        return Words(caption, tuple(sorted(tags)), licence)


@dataclass(frozen=True, slots=True)
class Changed:
    """How many items a change touched, and the run that reads their new captions, where there are any."""

    items: int
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """The last change of many pictures at once that can be undone: its entry in the trail, its size."""

    entry_id: int
    items: int
    person: str


Edit = Callable[[Words], Words]


def edit(name: str, edits: Mapping[int, Edit]) -> Changed:
    """Change single items, each its own way, as a table's cells are edited.

    Items that are gone are left out. Raises NotFound, Conflict (built in), InvalidInput, NotAllowed.
    """
    require(Role.CREATOR)
    return _change(name, edits, "library.edited")


def edit_all(name: str, ids: Sequence[int], change: Edit) -> Changed:
    """Change many items the same way, and keep what was before: see `undo`. Raises as `edit`."""
    require(Role.CREATOR)
    return _change(name, dict.fromkeys(ids, change), BULK)


def add_tags(tags: Sequence[str]) -> Edit:
    return lambda words: replace(words, tags=(*words.tags, *tags))


def remove_tags(tags: Sequence[str]) -> Edit:
    gone = {_tag(tag) for tag in tags}
    return lambda words: replace(words, tags=tuple(tag for tag in words.tags if tag not in gone))


def set_licence(licence: str) -> Edit:
    return lambda words: replace(words, licence=licence)


def all_of(edits: Sequence[Edit]) -> Edit:
    """One change after the other."""

    def change(words: Words) -> Words:
        for each in edits:
            words = each(words)
        return words

    return change


def last_bulk(name: str) -> Bulk | None:
    """The newest change of many pictures of this library, unless it was undone."""
    with read_session() as session:
        rows = AuditRepository(session).rows(None, None, None, "library.", None, 200)
        for row in rows:
            if row.details.get("library") == name and row.action in (BULK, UNDONE):
                if row.action == UNDONE:
                    return None
                return Bulk(row.id, len(row.details["before"]), row.person_name)
    return None


def undo(name: str, entry_id: int) -> Changed:
    """Give the items of the bulk change `entry_id` what they had before, where nobody changed them since.

    Raises NotFound, Conflict, InvalidInput when it was undone already, NotAllowed.
    """
    require(Role.CREATOR)
    last = last_bulk(name)
    if last is None or last.entry_id != entry_id:
        raise InvalidInput(N_("This was undone already, or another change followed. Nothing was changed."))
    with read_session() as session:
        [row] = AuditRepository(session).rows(None, None, None, BULK, entry_id + 1, 1)
        before, after = (_kept(row.details[side]) for side in ("before", "after"))
    edits = {i: _back(after.get(i), words) for i, words in before.items()}
    return _change(name, edits, UNDONE)


def delete_items(name: str, ids: Sequence[int]) -> int:
    """Take pictures out of the library; how many. Sessions keep those that they used.

    A copy of a picture that goes takes its place. Raises NotFound, Conflict (built in), NotAllowed.
    """
    require(Role.CREATOR)
    with unit_of_work() as work:
        repository = LibraryPageRepository(work.session)
        library = _library(work.session, name)
        rows = repository.of_library(library.id, ids)
        if not rows:
            return 0
        heirs = _inherit(repository, rows)
        library.version += 1
        repository.renew_vectors(heirs, library.version)
        RightsRepository(work.session).keep_used(library.id, [row.id for row in rows])
        for row in rows:
            work.session.delete(row)
        names = [row.file_name for row in rows[:20]]
        audit.record(work.session, "library.removed", library=name, items=len(rows), files=names)
        work.commit()
        return len(rows)


def _inherit(repository: LibraryPageRepository, rows: Sequence[Item]) -> list[int]:
    """The first copy of each picture that goes becomes the original of the others; ids of those."""
    gone = {row.id for row in rows}
    heirs: dict[int, int] = {}
    for copy in repository.copies_of(sorted(gone)):
        if copy.id in gone or copy.duplicate_of is None:
            continue
        heir = heirs.setdefault(copy.duplicate_of, copy.id)
        copy.duplicate_of = None if heir == copy.id else heir
        if heir == copy.id:
            copy.duplicate_similarity = None
    return list(heirs.values())


# --- one change, in one transaction --------------------------------------------------------------


def _change(name: str, edits: Mapping[int, Edit], action: str) -> Changed:
    if len(edits) > AT_ONCE:
        raise InvalidInput(
            N_("At most {limit} pictures can be changed at once. Choose fewer."), limit=AT_ONCE
        )
    with unit_of_work() as work:
        repository = LibraryPageRepository(work.session)
        library = _library(work.session, name)
        rows = repository.of_library(library.id, list(edits))
        tags = repository.tags_of([row.id for row in rows])
        before = {row.id: Words(row.caption, tags.get(row.id, ()), row.licence or "") for row in rows}
        after = {item: edits[item](words).clean() for item, words in before.items()}
        changed = [row for row in rows if after[row.id] != before[row.id]]
        if not changed:
            return Changed(0)
        _apply(repository, library, changed, before, after)
        ids = [row.id for row in changed]
        audit.record(work.session, action, library=name, **_trail(action, ids, before, after))
        work.commit()
    spoken = [i for i in ids if after[i].caption != before[i].caption and after[i].caption]
    return Changed(len(ids), read_captions(name, spoken) if spoken else None)


def _apply(
    repository: LibraryPageRepository,
    library: Library,
    rows: Sequence[Item],
    before: Mapping[int, Words],
    after: Mapping[int, Words],
) -> None:
    for row in rows:
        row.caption, row.licence = after[row.id].caption, after[row.id].licence or None
    retagged = [row.id for row in rows if after[row.id].tags != before[row.id].tags]
    repository.set_tags(retagged, {item: after[item].tags for item in retagged})
    library.version += 1
    spoken = [row.id for row in rows if after[row.id].caption != before[row.id].caption]
    repository.forget_captions(spoken, library.version)


def _trail(
    action: str, ids: Sequence[int], before: Mapping[int, Words], after: Mapping[int, Words]
) -> dict[str, Any]:
    """What the trail keeps: of a change of many, all that it takes to undo it."""
    if action != BULK:
        return {"items": len(ids)}
    return {
        "before": {str(item): asdict(before[item]) for item in ids},
        "after": {str(item): asdict(after[item]) for item in ids},
    }


def _kept(side: Mapping[str, Mapping[str, Any]]) -> dict[int, Words]:
    return {
        int(item): Words(words["caption"], tuple(words["tags"]), words["licence"])
        for item, words in side.items()
    }


def _back(left: Words | None, before: Words) -> Edit:
    return lambda words: before if words == left else words


def _library(session: Any, name: str) -> Library:
    library = library_by_name(session, name, lock=True)
    if library is None:
        raise no_library(name)
    if library.built_in:
        raise built_in(name)
    return library


def _tag(tag: str) -> str:
    return " ".join(printable(tag).replace(",", " ").split())
