"""What the services say when a library is not what was asked for."""

from __future__ import annotations

from services.errors import Conflict, InvalidInput, NotFound
from services.messages import N_
from services.storage.names import printable, shown_path

BACKDROPS_LIBRARY = "Studio backdrops"
"""The built-in library, drawn by the studio; nobody else's may have its name."""

NAME_CHARS = 80
"""A library's name is shown on cards and in menus."""


def no_library(name: str) -> NotFound:
    return NotFound(
        N_("There is no library {name!r}. Choose one from the list of libraries."), name=shown_path(name)
    )


def wrong_encoder(name: str, old: str, new: str) -> Conflict:
    return Conflict(
        N_("The library {name} was indexed with {old}, and this engine searches with {new}. Re-index it."),
        name=name,
        old=old,
        new=new,
    )


def built_in(name: str) -> Conflict:
    return Conflict(
        N_("{name} belongs to the studio and cannot be changed. Give your library another name."), name=name
    )


def checked_name(name: str) -> str:
    """`name` without outer spaces. Raises InvalidInput when it is empty, too long or not printable."""
    clean = name.strip()
    if not clean:
        raise InvalidInput(N_("The library has no name. Give it one."))
    if len(clean) > NAME_CHARS or printable(clean) != clean or any(c in clean for c in "\t\r\n"):
        raise InvalidInput(
            N_("A library's name has at most {limit} printable characters. Give it a shorter, plain one."),
            limit=NAME_CHARS,
        )
    return clean
