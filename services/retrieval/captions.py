"""Captions that come beside pictures: `captions.csv`, `captions.json` or `captions.jsonl`.

CSV and JSON lines have the fields `file` and `caption`; JSON is a list of such objects, or one object
{file: caption}. A file is named by its path from the caption file, or by its bare name.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from services.errors import InvalidInput
from services.messages import N_
from services.storage.names import display_path, printable

SIDECARS = frozenset({"captions.csv", "captions.json", "captions.jsonl"})

CAPTION_CHARS = 1_000
"""A caption is a sentence or two; a text encoder reads no more."""


class Captions:
    """Captions by file, from any number of sidecars."""

    def __init__(self) -> None:
        self._by_path: dict[str, str] = {}
        self._by_name: dict[str, str] = {}

    def add(self, sidecar: str, captions: dict[str, str]) -> None:
        folder = PurePosixPath(sidecar).parent
        for file, caption in captions.items():
            self._by_path[str(folder / file)] = caption
            self._by_name.setdefault(PurePosixPath(file).name, caption)

    def of(self, path: str) -> str:
        """The caption of `path`, else of its bare name, else an empty string."""
        exact = self._by_path.get(str(PurePosixPath(path)))
        return exact if exact is not None else self._by_name.get(PurePosixPath(path).name, "")


def is_sidecar(path: str) -> bool:
    return PurePosixPath(path).name.lower() in SIDECARS


def read_captions(path: str, data: bytes) -> dict[str, str]:
    """File -> caption. Raises InvalidInput with the form that is expected."""
    try:
        text = data.decode("utf-8-sig")
        pairs = list(_pairs(PurePosixPath(path).suffix.lower(), text))
    except (UnicodeDecodeError, ValueError, csv.Error, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput(
            N_("{file} cannot be read: it needs the fields file and caption, in UTF-8. No caption was used."),
            file=display_path(path),
        ) from error
    return {file: printable(caption)[:CAPTION_CHARS] for file, caption in pairs if caption.strip()}


def _pairs(suffix: str, text: str) -> Iterable[tuple[str, str]]:
    if suffix == ".csv":
        return [(row["file"], row["caption"]) for row in csv.DictReader(io.StringIO(text))]
    if suffix == ".jsonl":
        return [_pair(json.loads(line)) for line in text.splitlines() if line.strip()]
    data = json.loads(text)
    if isinstance(data, dict):
        return [_pair({"file": file, "caption": caption}) for file, caption in data.items()]
    return [_pair(row) for row in data]


def _pair(row: Any) -> tuple[str, str]:
    file, caption = row["file"], row["caption"]
    if not (isinstance(file, str) and isinstance(caption, str)):
        raise TypeError("file and caption are texts")
    return file, caption
