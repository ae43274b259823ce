"""Two items that show one picture become one: what the one that goes knows, the other keeps."""

from __future__ import annotations

from collections.abc import Sequence

from db.repositories.duplicates import DuplicateRepository
from db.tables import Item, ItemVector

_WORDS = ("caption", "licence", "attribution", "source_url")


def merge(repository: DuplicateRepository, stays: Item, goes: Sequence[Item], version: int) -> None:
    """Give `stays` what it has not (words, tags, vectors of other search models, further copies), then take
    `goes` out of the library. Pictures stay in the store: sessions show them. Saved by the caller.

    Where `stays` waits for its picture and one of `goes` has it, `stays` takes it over. `version` is the
    library's, counted up already.
    """
    ids = [item.id for item in goes]
    words_before = stays.caption
    for name in _WORDS:
        known = (getattr(item, name) for item in goes if getattr(item, name))
        setattr(stays, name, getattr(stays, name) or next(known, getattr(stays, name)))
    tags = repository.tags([stays.id, *ids])
    have = tags.get(stays.id, set())
    repository.add_tags(stays.id, sorted(set().union(*tags.values()) - have))
    _join_vectors(repository, stays, ids, version, captions=stays.caption != words_before)
    _repoint(repository, stays, ids)
    picture = None if stays.pictured else next((item for item in goes if item.pictured), None)
    shown = picture and (picture.sha256, picture.width, picture.height, picture.bytes, picture.look)
    repository.delete(goes)  # first: a library holds each picture once
    if shown:
        stays.sha256, stays.width, stays.height, stays.bytes, stays.look = shown
        stays.pictured = True
    repository.renew([stays.id], version)


def _join_vectors(
    repository: DuplicateRepository, stays: Item, goes: Sequence[int], version: int, captions: bool
) -> None:
    """Vectors of spaces where `stays` has none; with a caption that came over, what was encoded of it."""
    vectors = repository.vectors([stays.id, *goes])
    own = vectors.get(stays.id, {})
    for other in goes:
        for encoder, row in vectors.get(other, {}).items():
            if encoder not in own:
                own[encoder] = ItemVector(
                    item_id=stays.id,
                    encoder=encoder,
                    library_id=stays.library_id,
                    version=version,
                    image=row.image,
                    caption=row.caption if captions or not stays.caption else None,
                )
                repository.add(own[encoder])
            elif captions and own[encoder].caption is None:
                own[encoder].caption = row.caption


def _repoint(repository: DuplicateRepository, stays: Item, goes: Sequence[int]) -> None:
    """Copies of what goes are copies of what stays; what stays is a copy of nothing that goes."""
    for copy in repository.copies_of(goes):
        if copy.id != stays.id:
            copy.duplicate_of = stays.id
    if stays.duplicate_of in goes:
        stays.duplicate_of = stays.duplicate_similarity = None
