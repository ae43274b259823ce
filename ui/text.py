"""Words of people on a page that reads Markdown: names and sentences as they are, never as markup."""

from __future__ import annotations

from services.messages import Message
from ui.i18n import tr

_SIGNS = frozenset("\\`*_{}[]()#+-!|~:$<>")
NAME_CHARS = 60
"""Longer names are cut in the middle; they still tell what the file is, and what kind."""


def plain(text: str) -> str:
    """`text` on one line, with the signs that Markdown would read escaped."""
    return "".join(f"\\{c}" if c in _SIGNS else c for c in " ".join(text.split()))


def short(name: str, limit: int = NAME_CHARS) -> str:
    """A name of at most `limit` characters: begin and end stay."""
    return name if len(name) <= limit else f"{name[: limit - 17]}…{name[-16:]}"


def say(message: Message) -> str:
    """A service's sentence in the reader's language, safe inside Markdown."""
    return plain(tr(message))
