"""What people say of a picture beside its pixels: caption, tags, rights, where it is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from services.storage.names import printable

CAPTION_CHARS = 1_000
"""A caption is a sentence or two; a text encoder reads no more."""

TAG_CHARS = 60
"""As wide as the database's column."""

TAGS_EACH = 30
"""More tags of one picture tell nothing apart."""

LICENCE_CHARS = 200
ATTRIBUTION_CHARS = 500
URL_CHARS = 2_000
"""Browsers and servers cut longer addresses."""


@dataclass(frozen=True, slots=True)
class About:
    """Empty fields: not known. Texts are printable and bounded: see `about`."""

    caption: str = ""
    tags: tuple[str, ...] = ()
    licence: str = ""
    attribution: str = ""
    source_url: str = ""

    def over(self, before: About) -> About:
        """These words where there are any, else those of `before`."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        return replace(before, **said)


NOTHING_SAID = About()


def about(values: Mapping[str, Any]) -> About:
    """From untrusted values by field name; what is absent stays empty, what is too long is cut.

    Raises TypeError for a value that is no text (tags: a text, or a list of texts), ValueError for an
    address that is none of the web.
    """
    return About(
        caption=_text(values.get("caption"), CAPTION_CHARS),
        tags=clean_tags(values.get("tags")),
        licence=_text(values.get("licence"), LICENCE_CHARS),
        attribution=_text(values.get("attribution"), ATTRIBUTION_CHARS),
        source_url=_url(values.get("source_url")),
    )


def clean_tags(value: Any) -> tuple[str, ...]:
    """Tags in alphabetical order, each once. A text is split at commas and semicolons."""
    words: Iterable[Any] = value.replace(";", ",").split(",") if isinstance(value, str) else value or ()
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise TypeError("tags are texts")
    tags = (" ".join(printable(word).replace(",", " ").split())[:TAG_CHARS].strip() for word in words)
    return tuple(sorted(list(dict.fromkeys(tag for tag in tags if tag))[:TAGS_EACH]))


def is_web_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _text(value: Any, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return printable(value)[:limit]


def _url(value: Any) -> str:
    """An address is shown as a link: one that is no web page must not become one (javascript:)."""
    text = _text(value, URL_CHARS + 1)
    if text and (not is_web_address(text) or len(text) > URL_CHARS):
        raise ValueError("no address of a web page")
    return text
