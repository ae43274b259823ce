"""A search in the address, so that it can be shared: ?q= &pic= &bal= &like= &tag= &lic= &vary="""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from services.library_pages import ItemFilter
from services.retrieval.query import GENTLE_VARIETY, LibraryQuery
from ui import address

TEXT, PICTURE, BALANCE, LIKE, TAG, LICENCE, VARY = "q", "pic", "bal", "like", "tag", "lic", "vary"
ALL = (TEXT, PICTURE, BALANCE, LIKE, TAG, LICENCE, VARY)

FOUND = 48
"""Pictures of one search: what is not among them is too far from the words to be looked at."""

HALF = 50
"""Per cent: words and picture count alike."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for. `balance` is the picture's share in per cent."""

    text: str = ""
    picture: str = ""
    like: int | None = None
    balance: int = HALF
    tags: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    vary: bool = False

    @property
    def searches(self) -> bool:
        """There is something to be close to; filters alone only narrow the gallery."""
        return bool(self.text or self.picture or self.like is not None)

    @property
    def mixes(self) -> bool:
        return bool(self.text and (self.picture or self.like is not None))

    @property
    def filters(self) -> int:
        return len(self.tags) + len(self.licences)

    @property
    def shown(self) -> ItemFilter:
        return ItemFilter(self.tags, self.licences)

    def query(self) -> LibraryQuery:
        return LibraryQuery(
            text=self.text,
            picture=self.picture or None,
            like=self.like,
            balance=self.balance / 100 if self.mixes else 0.5,
            tags=self.tags,
            licences=self.licences,
            top=FOUND,
            diversity=GENTLE_VARIETY if self.vary else 0.0,
        )


def wish() -> Wish:
    """Read from the address; what is no value of its kind counts as absent."""
    like, balance = address.read(LIKE), address.read(BALANCE)
    return Wish(
        text=address.read(TEXT).strip(),
        picture=address.read(PICTURE),
        like=int(like) if like.isdecimal() and not address.read(PICTURE) else None,
        balance=min(100, int(balance)) if balance.isdecimal() else HALF,
        tags=tuple(st.query_params.get_all(TAG)),
        licences=tuple(st.query_params.get_all(LICENCE)),
        vary=address.read(VARY) == "1",
    )


def put(name: str, value: str | list[str]) -> None:
    """Write one value, or take it out where it is empty. Another search begins at page 1."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
    st.query_params.pop(address.PAGE, None)


def search_for(text: str = "", like: int | None = None) -> None:
    """From a click: another search in place of the one before. Filters stay."""
    for name in (TEXT, PICTURE, BALANCE, LIKE):
        put(name, "")
    put(TEXT, text)
    if like is not None:
        put(LIKE, str(like))


def clear() -> None:
    """Back to all pictures."""
    for name in ALL:
        put(name, "")
