"""Which stored files the database speaks of, found through its metadata: a new table cannot be forgotten.

Keys are 64 hexadecimal digits. They stand in columns of their own, and inside JSON and texts: a recipe names
the pictures it was made from, a run's payload a mask, a condition a photo. So every column that can hold 64
characters is read, whatever its table is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import JSON, Column, Connection, String, Table, Text, cast, select

from db import tables  # noqa: F401 - fills the metadata
from db.base import Base

KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
KEY_CHARS = 64
ROWS = 2000

PICTURES = {
    "brand_kits.logo_sha256",
    "coverage.sha256",
    "fidelity.photo_sha256",
    "fidelity.sha256",
    "heatmaps.sha256",
    "items.sha256",
    "matches.sha256",
    "photos.sha256",
    "picture_rights.sha256",
    "score_points.sha256",
    "scores.reference_sha256",
    "sessions.reference_sha256",
    "variants.sha256",
}
"""Columns whose value is the key of a picture."""

NO_PICTURES = {
    "brand_kits.body_font",
    "brand_kits.heading_font",
    "heatmaps.key_sha256",
    "items.source_sha256",
    "sessions.plan_inputs_sha256",
    "sessions.references_inputs_sha256",
    "variants.inputs_sha256",
    "variants.recipe_sha256",
    "workers.id",
}
"""Columns of 64 characters that hold another digest. A test asks for each such column in one of the two."""

SHOWN = ("variants.sha256", "photos.sha256", "brand_kits.logo_sha256")
"""What somebody made or uploaded: its loss is told of. Items of libraries have a check of their own."""


def named_keys(connection: Connection) -> set[bytes]:
    """Every key that any row holds in any form, as 32 bytes each: more than pictures, never less."""
    found: set[bytes] = set()
    for table in Base.metadata.sorted_tables:
        wanted = [column for column in table.columns if can_hold_a_key(column)]
        if wanted:
            for texts in _rows(connection, table, wanted):
                for text in texts:
                    found.update(map(bytes.fromhex, KEY.findall(text or "")))
    return found


def shown_pictures(connection: Connection) -> set[str]:
    """Keys of pictures that people made or uploaded."""
    found: set[str] = set()
    for name in SHOWN:
        table, _, column = name.partition(".")
        keys = Base.metadata.tables[table].c[column]
        found.update(connection.scalars(select(keys).where(keys.is_not(None)).distinct()))
    return found


def can_hold_a_key(column: Column[object]) -> bool:
    """Texts and JSON of 64 characters or more."""
    kind = column.type
    if isinstance(kind, String):
        return kind.length is None or kind.length >= KEY_CHARS
    return isinstance(kind, JSON)


def digest_columns() -> set[str]:
    """ "table.column" of every column that is as long as a key."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == KEY_CHARS
    }


def _rows(connection: Connection, table: Table, columns: list[Column[object]]) -> Iterator[tuple[str, ...]]:
    """The columns as texts, some rows at a time: JSON as it is stored."""
    wanted = [cast(column, Text) if isinstance(column.type, JSON) else column for column in columns]
    streamed = connection.execution_options(stream_results=True, max_row_buffer=ROWS)
    for piece in streamed.execute(select(*wanted)).partitions(ROWS):
        yield from (tuple(row) for row in piece)
