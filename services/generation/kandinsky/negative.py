"""The embedding that a decoder is led away from: made once, kept in memory and on disk.

Without a negative prompt it is that of a blank picture, as in diffusers; with one it is the prior's output
for it. It depends on the model, the prompt and how the prior samples, and on no recipe: its noise has a
seed of its own.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from services.domain import ModelRef
from services.generation.kandinsky.prior import Row, Sampling
from services.models.device import Placement
from services.models.vector_cache import load_vectors, save_vectors
from services.parts import Vectors
from services.settings import get_settings

SEED = 0

KEPT = 64
"""Negative prompts in use at a time, 5 kB each."""

_kept: OrderedDict[str, Vectors] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Negative:
    """One negative embedding, by all that decides it."""

    model: ModelRef
    placement: Placement
    prompt: str
    sampling: Sampling

    @property
    def row(self) -> Row | None:
        """What the prior has to run for; None: the blank picture."""
        return Row(self.prompt, SEED) if self.prompt else None

    @property
    def _key(self) -> str:
        parts = [self.model.id, self.model.revision, self.placement.dtype, self.prompt]
        if self.prompt:
            parts += [str(self.sampling.steps), repr(self.sampling.guidance)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def recall(self, dim: int) -> Vectors | None:
        """(1, dim), if it was kept."""
        with _lock:
            if self._key in _kept:
                _kept.move_to_end(self._key)
                return _kept[self._key]
        found = load_vectors(self._path(), (1, dim))
        if found is not None:
            self._remember(found)
        return found

    def keep(self, vector: Vectors) -> None:
        """Remember (1, dim), for this process and the next."""
        self._remember(vector)
        save_vectors(self._path(), vector)

    def _remember(self, vector: Vectors) -> None:
        with _lock:
            _kept[self._key] = vector
            while len(_kept) > KEPT:
                _kept.popitem(last=False)

    def _path(self) -> Path:
        return get_settings().home / "cache" / f"negative-{self._key[:32]}.bin"


def forget() -> None:
    """Drop what this process remembers; the disk keeps its copies. For tests."""
    with _lock:
        _kept.clear()
