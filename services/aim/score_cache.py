"""What was measured once is not measured again: values by content, never by name.

A key is made of everything that decides a value: the metric, the model, the picture's hash, the text, and
for LPIPS the reference's hash and the size policy. Only values that a model gave are kept; failures are not.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from threading import Lock
from typing import Protocol

from services import counters
from services.domain import ModelRef

Measured = float | str
"""A raw metric value, or a caption."""

ENTRIES = 20_000
"""About 5000 pictures with four values each: some 5 MB."""


class ScoreCache(Protocol):
    """Memory today; a table can serve the same interface. Safe to share between threads."""

    def get(self, key: str) -> Measured | None: ...

    def put(self, key: str, value: Measured) -> None: ...


class MemoryScoreCache:
    """ScoreCache of this process; when full, the value that was not used for longest goes."""

    def __init__(self, entries: int = ENTRIES) -> None:
        if entries < 1:
            raise ValueError("a cache holds at least one entry")
        self._entries = entries
        self._values: OrderedDict[str, Measured] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Measured | None:
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
        counters.cache("scores", found is not None)
        return found

    def put(self, key: str, value: Measured) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._entries:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)


def cache_key(model: ModelRef, *content: str) -> str:
    """SHA-256 of the model (part, id, revision) and the content it measured, as hex."""
    parts = [model.part, model.id, model.revision, *content]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
