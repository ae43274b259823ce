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


class NotPrepared(Conflict):
    """The library has no whole index for the encoder; `missing` pictures are still to be encoded."""

    def __init__(self, name: str, encoder: str, missing: int, total: int) -> None:
        super().__init__(
            N_(
                "The library {name} is not prepared for {encoder}: {missing} of its {total} pictures are "
                "not indexed for it. Nothing was changed. Prepare it on the Libraries page, or re-index it "
                "with: python -m services.cli library reindex"
            ),
            name=name,
            encoder=encoder,
            missing=missing,
            total=total,
        )
        self.library, self.missing, self.total = name, missing, total


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
