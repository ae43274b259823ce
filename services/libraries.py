"""Libraries of images: fill, list, search, delete. What pages, the CLI and the worker call.

Importing this loads no model and no index; the first build or search does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.errors import InvalidInput
from services.messages import N_
from services.parts import Encoder, Progress
from services.people import Role, require
from services.retrieval.catalogue import (
    ItemCard,
    ItemPage,
    LibraryCard,
    delete_library,
    get_library,
    list_items,
    list_libraries,
)
from services.retrieval.query import QUERY_CHARS, TOP, LibraryQuery, text_too_long, wrong_top
from services.retrieval.refusals import BACKDROPS_LIBRARY, built_in, checked_name

if TYPE_CHECKING:
    from services.retrieval.found import Found
    from services.retrieval.ingest import Cancel, IngestReport
    from services.retrieval.library_search import Answer
    from services.retrieval.sources import Source

__all__ = [
    "BACKDROPS_LIBRARY",
    "ItemCard",
    "ItemPage",
    "LibraryCard",
    "LibraryQuery",
    "build",
    "delete",
    "ensure_backdrops",
    "find",
    "get_library",
    "list_items",
    "list_libraries",
    "reindex",
    "search",
]


def build(
    name: str,
    source: Source,
    encoder: Encoder,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> IngestReport:
    """Add the pictures of `source` to the library `name`, making it when there is none.

    A file that cannot be used is listed in the report and the rest goes on; a second build of the same
    source adds only what is new. Raises InvalidInput (no usable picture, bad name), Conflict (indexed
    with another encoder, built in), Cancelled (what was added stays), StorageError.
    """
    require(Role.CREATOR)
    from services.retrieval.ingest import ingest

    clean = checked_name(name)
    if clean == BACKDROPS_LIBRARY:
        raise built_in(clean)
    return ingest(clean, source, encoder, progress, cancelled)


def search(name: str, queries: Sequence[str], top: int, encoder: Encoder) -> list[list[Found]]:
    """Per query its `top` pictures, best first, similarity in -1..1; near duplicates are left out.

    Raises NotFound, Conflict (indexed with another encoder: `reindex`), InvalidInput.
    """
    from services.retrieval.search import search as search_library

    texts = [query.strip() for query in queries]
    if not all(texts):
        raise InvalidInput(N_("There is nothing to search for. Type what the picture should show."))
    if any(len(text) > QUERY_CHARS for text in texts):
        raise text_too_long()
    if not 1 <= top <= TOP:
        raise wrong_top()
    return search_library(name, texts, top, encoder) if texts else []


def find(name: str, query: LibraryQuery, encoder: Encoder) -> Answer:
    """The pictures that `query` asks for, best first, each with why it matched.

    Near duplicates are left out. Raises NotFound (library, picture, or the item to be like), Conflict
    (indexed with another encoder: `reindex`), InvalidInput.
    """
    from services.retrieval.library_search import answer

    return answer(name, query.checked(), encoder)


def delete(name: str) -> None:
    """Remove a library for good. Sessions keep the pictures that they used. Raises NotFound, Conflict."""
    require(Role.CREATOR)
    delete_library(name)


def reindex(
    name: str, encoder: Encoder, progress: Progress | None = None, cancelled: Cancel | None = None
) -> int:
    """Make a library searchable with `encoder`; how many pictures were encoded. Raises as `build`."""
    require(Role.CREATOR)
    from services.retrieval.reindex import reindex as reindex_library

    return reindex_library(name, encoder, progress, cancelled)


def ensure_backdrops(encoder: Encoder, progress: Progress | None = None) -> None:
    """Have the built-in library drawn and indexed; quick when it is there already."""
    require(Role.CREATOR)
    from services.retrieval.backdrop_library import ensure_backdrops as ensure

    ensure(encoder, progress)
