"""Pictures that a table names by their web address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import unquote, urlsplit

from services.errors import ImageRejected
from services.limits import IMAGE_BYTES, ZIP_FILES
from services.messages import N_, Message, Value
from services.retrieval.captions import Row
from services.retrieval.sources import SourceFile
from services.storage.intake import Rejected
from services.storage.names import display_name, shown_path

WEB_ROWS = ZIP_FILES
"""Pictures of other people's servers from one table, as many as one archive may hold."""


def web_files(table: str, rows: Sequence[Row], rejected: list[Rejected]) -> list[SourceFile]:
    """The candidates that rows of `table` name by an address, the first `WEB_ROWS` of them."""
    if len(rows) > WEB_ROWS:
        template = N_("{file} names {count} web addresses; the first {limit} were used. Split it.")
        values: dict[str, Value] = {"file": table, "count": len(rows), "limit": WEB_ROWS}
        rejected.append(Rejected(table, Message(template, values)))
    return [web_file(row) for row in rows[:WEB_ROWS]]


def web_file(row: Row) -> SourceFile:
    """The candidate that `row` names by an address; it is fetched when its turn comes."""
    about = row.about if row.about.source_url else replace(row.about, source_url=row.file)
    address = row.file if about.source_url == row.file else ""
    return SourceFile(_name(row.file), partial(read_web, row.file), about, address)


def read_web(url: str, headers: dict[str, str] | None = None) -> bytes:
    """The bytes at `url`, at most as many as a picture may have. Raises ImageRejected.

    What they are is not taken from the server's word: the intake looks at the bytes.
    """
    from services.net import web

    try:
        answer = web.public_web().get(url, IMAGE_BYTES, headers)
    except web.WebRefused as error:
        raise ImageRejected(error.message.template, **error.message.values) from error
    if answer.status != 200:
        raise ImageRejected(
            N_("{url} could not be fetched: the server answered with {status}. Check the address."),
            url=shown_path(url.partition("?")[0]),
            status=answer.status,
        )
    return answer.body


def _name(url: str) -> str:
    try:
        return display_name(unquote(urlsplit(url).path)) or display_name(url)
    except ValueError:
        return display_name(url)
