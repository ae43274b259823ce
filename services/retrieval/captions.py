"""Words that come beside pictures: `captions` or `manifest`, as `.csv`, `.json` or `.jsonl`.

Fields: `file`, `caption`, `tags`, `licence`, `attribution`, `source_url`; all but `file` may be missing.
JSON is a list of such objects, or one object {file: caption}. A file is named by its path from the table,
or by its bare name; in a manifest also by a web address. A row that cannot be used is told with its line.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from services.errors import InvalidInput
from services.messages import N_, Message
from services.retrieval.about import CAPTION_CHARS, About, about
from services.storage.intake import Rejected
from services.storage.names import display_path

__all__ = ["CAPTION_CHARS", "Captions", "Row", "Table", "is_sidecar", "read_table"]

SIDECARS = frozenset(
    f"{name}.{kind}" for name in ("captions", "manifest") for kind in ("csv", "json", "jsonl")
)

OTHER_NAMES = {"license": "licence", "credit": "attribution", "source": "source_url", "path": "file"}
"""What such columns are often called elsewhere."""

TOO_MANY = object()
"""A record with more values than the table has columns: a comma that is part of a text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One usable line of a table: where it stands, the file that it names, what it says of it."""

    line: int
    file: str
    about: About


@dataclass(slots=True)
class Table:
    """The usable rows, and why others are not."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class Captions:
    """What is said of files, from any number of tables beside them."""

    def __init__(self) -> None:
        self._by_path: dict[str, About] = {}
        self._by_name: dict[str, About] = {}

    def add(self, sidecar: str, rows: list[Row]) -> None:
        folder = PurePosixPath(sidecar).parent
        for row in rows:
            self._by_path[_key(str(folder / row.file))] = row.about
            self._by_name.setdefault(_key(PurePosixPath(row.file).name), row.about)

    def of(self, path: str) -> About:
        """What is said of `path`, else of its bare name, else nothing."""
        exact = self._by_path.get(_key(str(PurePosixPath(path))))
        return exact if exact is not None else self._by_name.get(_key(PurePosixPath(path).name), About())


def _key(path: str) -> str:
    """Hangul in file names comes composed or, from a Mac, decomposed: both name the same file."""
    return unicodedata.normalize("NFC", path)


def is_sidecar(path: str) -> bool:
    return PurePosixPath(path).name.lower() in SIDECARS


def read_table(path: str, data: bytes) -> Table:
    """All rows of the file `path` that can be used. Raises InvalidInput where it is no such table."""
    table, name = Table(), display_path(path)
    try:
        for line, values in _records(PurePosixPath(path).suffix.lower(), _text(data)):
            _take(table, name, line, values)
    except (UnicodeDecodeError, ValueError, csv.Error, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput(
            N_("{file} cannot be read: it needs the fields file and caption, in UTF-8. No caption was used."),
            file=name,
        ) from error
    return table


def _take(table: Table, name: str, line: int, values: Any) -> None:
    reason = N_("{file}, line {line}: this row was left out, because {field} is missing or not a text.")
    if not isinstance(values, dict):
        template = N_("{file}, line {line}: this row was left out; it needs the fields file and caption.")
        if values is TOO_MANY:
            template = N_("{file}, line {line}: this row was left out; put texts with commas into quotes.")
        table.rejected.append(refused_row(name, line, template))
        return
    fields = {OTHER_NAMES.get(key, key): value for key, value in values.items() if isinstance(key, str)}
    file = fields.get("file")
    if not isinstance(file, str) or not file.strip():
        table.rejected.append(refused_row(name, line, reason, field="file"))
        return
    try:
        table.rows.append(Row(line, file.strip().replace("\\", "/"), about(fields)))
    except TypeError:
        bad = next(
            key for key in ("caption", "tags", "licence", "attribution", "source_url") if _bad(fields, key)
        )
        table.rejected.append(refused_row(name, line, reason, field=bad))
    except ValueError:
        template = N_("{file}, line {line}: this row was left out; its source_url is not a web address.")
        table.rejected.append(refused_row(name, line, template))


def _bad(fields: dict[str, Any], key: str) -> bool:
    try:
        about({key: fields.get(key)})
    except TypeError:
        return True
    except ValueError:
        return False
    return False


def refused_row(name: str, line: int, template: str, **values: str | int) -> Rejected:
    """A row that is left out; `template` has the fields {file} and {line}."""
    return Rejected(f"{name}:{line}", Message(template, {"file": name, "line": line, **values}))


def _records(suffix: str, text: str) -> Iterator[tuple[int, Any]]:
    """(line where it begins, its values) of each record; a record that is broken alone is None."""
    if suffix == ".csv":
        yield from _csv_records(text)
    elif suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield number, _json(line)
    else:
        data = json.loads(text)
        if isinstance(data, dict):
            data = [
                {**said, "file": file} if isinstance(said, dict) else {"file": file, "caption": said}
                for file, said in data.items()
            ]
        if not isinstance(data, list):
            raise TypeError("a list or an object is expected")
        yield from enumerate(data, start=1)


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _csv_records(text: str) -> Iterator[tuple[int, Any]]:
    head = text.partition("\n")[0]
    delimiter = next((mark for mark in (",", ";", "\t") if mark in head), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().lower() for name in next(reader, [])]
    if not {OTHER_NAMES.get(name, name) for name in names} & {"file"}:
        raise KeyError("file")
    line = reader.line_num + 1
    for record in reader:
        if any(value.strip() for value in record):
            yield line, dict(zip(names, record, strict=False)) if len(record) <= len(names) else TOO_MANY
        line = reader.line_num + 1


def _text(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, or what Excel writes on a Korean machine."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949")
        # Other old encodings decode as well, to nonsense: Hangul and ASCII alone are proof enough.
        if any(not (c.isascii() or "\uac00" <= c <= "\ud7a3" or "\u3000" <= c <= "\u318f") for c in text):
            raise
        return text
