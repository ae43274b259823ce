"""Rows of a library as an ingest writes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from db.repositories.ingest import IngestRepository
from db.repositories.libraries import LibraryRepository
from db.tables import Item, ItemVector, Library
from services.retrieval.duplicates import pack_look
from services.retrieval.known_files import News
from services.retrieval.prepare import Prepared
from services.retrieval.vectors import pack


def item_of(library_id: int, picture: Prepared) -> Item:
    about = picture.about
    return Item(
        library_id=library_id,
        sha256=picture.sha256,
        source_sha256=picture.source_sha256,
        file_name=picture.file_name,
        caption=about.caption,
        width=picture.width,
        height=picture.height,
        bytes=picture.size,
        look=pack_look(picture.look),
        licence=about.licence or None,
        attribution=about.attribution or None,
        source_url=about.source_url or None,
    )


def vectors_of(
    picture: Prepared,
    encoder: str,
    vector: NDArray[np.float32],
    caption: bytes | None,
    item: Item,
    library: Library,
) -> list[ItemVector]:
    """Of the encoder in use, and of others where another library had them."""
    of_encoders = {**picture.vectors, encoder: (pack(vector), caption)}
    return [
        ItemVector(
            item_id=item.id,
            encoder=name,
            library_id=library.id,
            version=library.version,
            image=image,
            caption=words,
        )
        for name, (image, words) in of_encoders.items()
    ]


def tell(
    more: IngestRepository,
    repository: LibraryRepository,
    news: News,
    encoder: str,
    caption: bytes | None,
    version: int,
) -> None:
    """What is said of a picture that is there already is another now; its vectors say so where it counts."""
    row = repository.by_ids([news.item_id]).get(news.item_id)
    if row is None:
        return
    if news.about.caption != news.before.caption:
        row.caption = news.about.caption
        more.recaption(row.id, encoder, caption, version)
    row.licence = news.about.licence or None
    row.attribution = news.about.attribution or None
    row.source_url = news.about.source_url or None
    more.add_tags({row.id: news.about.tags})
