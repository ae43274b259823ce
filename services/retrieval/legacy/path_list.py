"""The list of file names beside a legacy index: pickle, JSON or CSV.

    pickle  a list or tuple of strings (services.retrieval.legacy.list_pickle)
    JSON    ["a.jpg", ...], or {"0": "a.jpg", ...} by the ids of an IDMap
    CSV     one column, or a column `file` or `path`; a column `id` gives the ids of an IDMap

What a file is, its content says; its name decides where the content could be either.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from services.errors import InvalidInput
from services.limits import LEGACY_LIST_BYTES, LEGACY_ROWS
from services.messages import N_
from services.retrieval.legacy.list_pickle import read_pickled_list
from services.storage.names import display_name

PICKLE_SUFFIXES = frozenset({".pkl", ".pickle"})
NAME_COLUMNS = ("file", "path", "file_name", "filename", "image")
ID_COLUMN = "id"
_PICKLE_START = b"\x80"


@dataclass(frozen=True, slots=True)
class PathList:
    """Names in the order of the list; `ids` where the list says which vector each belongs to."""

    names: tuple[str, ...]
    ids: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.names)


def read_path_list(data: bytes, name: str) -> PathList:
    """The names in `data`. Raises InvalidInput with a sentence; nothing in the file is ever run."""
    shown = display_name(name)
    if len(data) > LEGACY_LIST_BYTES:
        raise InvalidInput(
            N_("{file} is larger than {limit} MB, too large for a list of names. Choose the right file."),
            file=shown, limit=LEGACY_LIST_BYTES // 2**20,
        )  # fmt: skip
    suffix = PurePosixPath(shown.lower()).suffix
    if data.startswith(_PICKLE_START) or suffix in PICKLE_SUFFIXES:
        listed = PathList(tuple(read_pickled_list(data, shown)))
    else:
        listed = _from_text(data, shown, suffix)
    if not listed.names:
        raise InvalidInput(N_("{file} holds no names. Nothing was imported."), file=shown)
    if len(listed) > LEGACY_ROWS:
        raise InvalidInput(
            N_("{file} holds more names than can be imported. Nothing of it was used."), file=shown
        )
    return listed


def _from_text(data: bytes, name: str, suffix: str) -> PathList:
    try:
        text = data.decode("utf-8-sig")
        if suffix == ".json" or (suffix != ".csv" and text.lstrip()[:1] in ("[", "{")):
            return _from_json(text)
        return _from_csv(text)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, csv.Error) as error:
        raise InvalidInput(
            N_(
                "{file} cannot be read as a list of names. It needs a JSON list of texts, or a CSV with one "
                "column or a column file, in UTF-8. Nothing was imported."
            ),
            file=name,
        ) from error


def _from_json(text: str) -> PathList:
    values = json.loads(text)
    if isinstance(values, dict):
        return PathList(_texts(list(values.values())), tuple(int(key) for key in values))
    if not isinstance(values, list):
        raise TypeError("no list")
    return PathList(_texts(values))


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise TypeError("not all of them are texts")
    return texts


def _from_csv(text: str) -> PathList:
    """A first line that names a known column is a heading; a lone column needs none."""
    rows = [row for row in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in row)]
    head = [cell.strip().lower() for cell in rows[0]]
    column = next((head.index(known) for known in NAME_COLUMNS if known in head), None)
    if column is None:
        if len(head) != 1:
            raise ValueError("which column has the names?")
        return PathList(tuple(_only(row) for row in rows))
    ids = None
    if ID_COLUMN in head:
        ids = tuple(int(row[head.index(ID_COLUMN)]) for row in rows[1:])
    return PathList(tuple(row[column] for row in rows[1:]), ids)


def _only(row: list[str]) -> str:
    [cell] = row  # a comma inside a name must be quoted, or the names would not be the vectors' any more
    return cell
