"""What there is to draw: every backdrop's name, title, caption, tags and family."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A scene of the built-in library.

    `name` is its slug and the seed of its drawing, `caption` one English sentence fragment of what is
    seen (it takes part in the search), `family` the module that draws it.
    """

    name: str
    title: str
    caption: str
    tags: tuple[str, ...]
    family: str


Entry = tuple[str, str, str, str]
"""Name, title, caption, tags parted by spaces."""


def backdrops(family: str, *entries: Entry) -> tuple[Backdrop, ...]:
    return tuple(
        Backdrop(name, title, caption, tuple(tags.split()), family) for name, title, caption, tags in entries
    )
