"""Reading what the command line names: pictures and query files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from services.domain import Photo
from services.errors import InvalidInput
from services.messages import N_
from services.storage.images import get_store
from services.storage.intake import store_photo


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises InvalidInput with a sentence when there is no such file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            N_("{file} cannot be read: {why}. Check the path."), file=str(path), why=error.strerror or "error"
        ) from error


def store_photos(paths: Sequence[Path]) -> tuple[Photo, ...]:
    """Every picture into the store; one bad picture refuses the command, by name."""
    store = get_store()
    return tuple(store_photo(read_bytes(path), path.name, store) for path in paths)


def read_queries(path: Path) -> list[str]:
    """A JSON list of strings, or an object whose keys are the queries."""
    try:
        data = json.loads(read_bytes(path).decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(N_("{file} is not valid JSON."), file=str(path)) from error
    queries = list(data) if isinstance(data, (list, dict)) else []
    if not queries or not all(isinstance(query, str) and query.strip() for query in queries):
        raise InvalidInput(
            N_("{file} must hold a list of query texts, or an object whose keys are the queries."),
            file=str(path),
        )
    return queries
