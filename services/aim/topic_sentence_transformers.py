"""The caption similarity of aim.md: cosine of multilingual sentence embeddings (distiluse)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from services.aim.text_chunks import chunked_embedding, long_text_notice, split_text, unit
from services.messages import Message
from services.models.device import Placement
from services.models.pretrained import Pretrained
from services.parts import Vectors

BATCH = 64
"""Sentences in one forward pass."""


class SentenceTopic(Pretrained):
    """TopicSimilarity by a SentenceTransformer, in float32 wherever it runs: it is small."""

    part: ClassVar[str] = "topic"
    needs: ClassVar[Sequence[Sequence[str]]] = (("modules.json",),)

    def similarities(self, captions: Sequence[str], topic: str) -> list[float]:
        """cosine(caption, topic) of each caption, -1..1, higher is better.

        Raises ValueError for an empty topic, EngineUnavailable without weights.
        """
        if not captions:
            return []
        vector = chunked_embedding(self._chunks(topic), self._encode)
        return [float(cosine) for cosine in unit(self._encode(captions)) @ vector]

    def notices(self, topic: str) -> tuple[Message, ...]:
        with self.opened() as sentences:
            return long_text_notice(len(self._chunks(topic)), int(sentences.network.max_seq_length))

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) sentence embeddings at the model's own scale."""
        with self.opened() as sentences:
            vectors = sentences.network.encode(
                list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)

    def _chunks(self, text: str) -> list[str]:
        with self.opened() as sentences:
            tokenizer = sentences.processor
            limit = sentences.network.max_seq_length - tokenizer.num_special_tokens_to_add()

            def count(words: str) -> int:
                return len(tokenizer(words, add_special_tokens=False)["input_ids"])

            return split_text(text, count, limit)

    def _read(self, folder: Path, placement: Placement) -> tuple[Any, Any]:
        from sentence_transformers import SentenceTransformer

        network = SentenceTransformer(str(folder), device=placement.device, local_files_only=True)
        return network, network.tokenizer
