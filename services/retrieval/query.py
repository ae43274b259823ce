"""What is asked of a library: words, a picture, or both, and what may be found.

Loads nothing: pages build one, the queue carries it, `services.retrieval.library_search` answers it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.errors import InvalidInput
from services.messages import N_
from services.people import Role, require

QUERY_CHARS = 2_000
"""More is a document; an encoder reads a few hundred characters."""

TOP = 1_000
"""The most hits of one query."""

FILTERS = 100
"""The most tags, and the most licences, of one query."""

GENTLE_VARIETY = 0.3
"""A diversity that thins out repeats and costs next to no relevance (`services.retrieval.diversity`)."""

UNKNOWN_LICENCE = "unknown"
"""In `LibraryQuery.licences`: items of which no licence is known."""


@dataclass(frozen=True, slots=True)
class LibraryQuery:
    """One search. It needs a `text`, a `picture` or a `like`; the rest narrows and orders.

    `picture` is the SHA-256 of a picture in the image store (`keep_picture` for an upload), `like` the id
    of an item of the library: its stored vector stands for the picture, it is never among the hits.
    `balance` is the share of the picture where there is a text too, 0 (words alone) to 1 (picture alone).
    An item must have all `tags` and one of the `licences` ("unknown": none is known).
    `diversity` 0 orders by similarity alone, 1 by how little a hit repeats those before it.
    """

    text: str = ""
    picture: str | None = None
    balance: float = 0.5
    tags: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    like: int | None = None
    top: int = 48
    diversity: float = 0.0

    @property
    def by_picture(self) -> bool:
        """A picture takes part, uploaded or the library's own."""
        return self.picture is not None or self.like is not None

    @property
    def filtered(self) -> bool:
        return bool(self.tags or self.licences)

    def checked(self) -> LibraryQuery:
        """The same with clean texts. Raises InvalidInput for what cannot be searched for."""
        text = self.text.strip()
        if not (text or self.by_picture):
            raise InvalidInput(
                N_("There is nothing to search for. Type what the picture should show, or add a picture.")
            )
        if len(text) > QUERY_CHARS:
            raise text_too_long()
        if self.picture is not None and self.like is not None:
            raise InvalidInput(N_("One picture can be searched with at a time. Take the other one away."))
        if not 1 <= self.top <= TOP:
            raise wrong_top()
        for share in (self.balance, self.diversity):
            if not (math.isfinite(share) and 0.0 <= share <= 1.0):
                raise InvalidInput(N_("Balance and variety go from 0 to 1. Type a number in that range."))
        if max(len(self.tags), len(self.licences)) > FILTERS:
            raise InvalidInput(N_("At most {limit} filters fit into one search."), limit=FILTERS)
        return replace(self, text=text, tags=_clean(self.tags), licences=_clean(self.licences))


def to_payload(query: LibraryQuery) -> dict[str, Any]:
    """JSON of `query` for a run."""
    return asdict(query)


def from_payload(payload: Mapping[str, Any]) -> LibraryQuery:
    """The query of a search run's payload; one queued by an earlier release holds `query` text and `top`."""
    data = payload["query"]
    if isinstance(data, str):
        return LibraryQuery(data, top=payload["top"])
    known = {name: data[name] for name in LibraryQuery.__dataclass_fields__ if name in data}
    return LibraryQuery(
        **{**known, "tags": tuple(known.get("tags", ())), "licences": tuple(known.get("licences", ()))}
    )


def keep_picture(data: bytes, name: str) -> str:
    """The SHA-256 of an uploaded query picture, for `LibraryQuery.picture`.

    It is checked and normalised as every outside picture is, and stays in the image store under its hash;
    its name, the file itself and what was written into it (place, camera) are not kept. Joins no library.
    Raises ImageRejected, StorageError, NotAllowed.
    """
    require(Role.VIEWER)
    from services.storage.images import get_store
    from services.storage.intake import store_photo

    return store_photo(data, name, get_store()).sha256


def text_too_long() -> InvalidInput:
    return InvalidInput(N_("A search text has at most {limit} characters. Shorten it."), limit=QUERY_CHARS)


def wrong_top() -> InvalidInput:
    return InvalidInput(N_("Between 1 and {limit} matches can be asked for."), limit=TOP)


def _clean(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without blanks and repeats, in their order."""
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
