"""HTML by hand, with everything that people typed escaped on its way in."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from services.errors import StudioError
from services.storage.images import get_store
from services.storage.kinds import data_address


class Html(str):
    """Text that is markup already. All other text is escaped by `tag`."""

    __slots__ = ()


def text(value: object) -> Html:
    """`value` as markup: itself where it is, else escaped."""
    return value if isinstance(value, Html) else Html(escape(str(value), quote=True))


def tag(name: str, *content: object, **attributes: object) -> Html:
    """An element; `class_` is class, `data_x` data-x; an attribute of None is left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{said}>{''.join(text(part) for part in content)}</{name}>")


def join(parts: Iterable[object]) -> Html:
    return Html("\n".join(text(part) for part in parts))


def image(sha256: str, alt: str, side: int, missing: str) -> Html:
    """The picture in the page itself, at most `side` px; where its file is gone, a sentence."""
    try:
        data = get_store().thumbnail(sha256, side).read_bytes()
    except (StudioError, OSError):
        return tag("p", missing, class_="lost")
    return Html(f'<img src="{data_address(data)}" alt="{escape(alt, quote=True)}">')


def table(
    head: Iterable[object], lines: Iterable[Iterable[object]], class_: str = "", caption: str = ""
) -> Html:
    """A table whose first cells are headings of their rows."""
    heads = Html("").join(tag("th", cell, scope="col") for cell in head)
    body = []
    for line in lines:
        first, *rest = line
        body.append(tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest)))
    named = tag("caption", caption, class_="unseen") if caption else Html("")
    inner = tag(
        "table", named, tag("thead", tag("tr", Html(heads))), tag("tbody", *body), class_=class_ or None
    )
    return tag("div", inner, class_="wide", tabindex="0", role="region", aria_label=caption or None)
