"""The lite planner: KeyBERT (Grootendorst, 2020) with MMR over all-MiniLM-L6-v2. Implements `parts.Planner`.

The candidates are noun phrases (`chunks.phrases`), not n-grams; KeyBERT ranks them by cosine to the
whole text and keeps them different from one another. Deterministic: the same brief, the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from services.domain import Brief, Keyword, ModelRef, Plan, SubQuery
from services.limits import SUBQUERIES
from services.messages import N_, Message, message
from services.models.packages import package_version
from services.parts import Progress, Vectors
from services.planning import chunks, language
from services.planning.edit import round_weights
from services.planning.summary import summarise
from services.planning.text import plain, readable, sentences

if TYPE_CHECKING:
    from keybert import KeyBERT

DIVERSITY = 0.4
"""MMR's trade of relevance (0) for difference (1): at 0.4 a scene's parts appear beside the product."""

NEAR_DUPLICATE = 0.75
"""Cosine from which two phrases ask for the same picture."""

WEAK = 0.1
"""Cosine to the text under which a phrase is not what the text is about; it is used only to reach three."""

FAINT = 0.2
"""Share of the best phrase's cosine under which a weight would be a few hundredths: no visible effect."""

SHARPNESS = 1.5
"""Weights follow similarity to this power: the product leads, its surroundings stay visible."""

KEYWORDS = 8
ENGLISH_ONLY = N_(
    "This engine's text model reads English. It will make less of text in other languages: "
    "for better references, write the product text in English."
)
FEW_PHRASES = N_(
    "The text names few things that can be pictured. Add a setting, a material or a mood for more references."
)


class Embedder(Protocol):
    """The part of `TextEmbedder` that planning uses."""

    @property
    def ref(self) -> ModelRef: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class KeyBertPlanner:
    """Plans from the words of the text alone. Building one loads nothing."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._given = embedder

    @property
    def ref(self) -> ModelRef:
        reader = self._embedder.ref
        revision = f"keybert {package_version('keybert')}, {reader.revision}"
        return ModelRef("planner", f"keybert:{reader.id}", revision)

    def plan(self, brief: Brief, progress: Progress | None = None) -> Plan:
        """Summary, 1 to 6 sub-queries whose weights sum to 1, keywords, and what to know about them.

        Raises InvalidInput when the product text is empty, too long or has no word in it.
        """
        text = readable(brief.product_text)
        code = language.detect(text)
        split = chunks.phrases if code == "en" else partial(chunks.pieces, language=code)
        subqueries = self._subqueries(text, plain(brief.topic), split)
        notices: list[Message] = []
        if code != "en":
            notices.append(message(ENGLISH_ONLY))
        if len(subqueries) < SUBQUERIES[0]:
            notices.append(message(FEW_PHRASES))
        return Plan(
            summary=summarise(text, self._embedder.encode),
            subqueries=subqueries,
            keywords=self._keywords(text, code, split),
            language=code,
            notices=tuple(notices),
            planner=self.ref,
        )

    def keywords(self, text: str) -> tuple[Keyword, ...]:
        """Keywords of a text with cosine to it, most similar first; () where it has no words."""
        text = plain(text)
        code = language.detect(text)
        split = chunks.phrases if code == "en" else partial(chunks.pieces, language=code)
        return self._keywords(text, code, split)

    def _subqueries(self, text: str, topic: str, split: Callable[[str], list[str]]) -> tuple[SubQuery, ...]:
        found = split(text)
        if len(found) < SUBQUERIES[0]:
            found = list(dict.fromkeys([*found, *split(topic)]))
        found = self._distinct(text, found or [sentences(text)[0].strip(" .!?")[:60]])
        ranked = self._extract(text, found, top=SUBQUERIES[1], seed=topic)
        return weighted(strong(ranked))

    def _keywords(self, text: str, code: str, split: Callable[[str], list[str]]) -> tuple[Keyword, ...]:
        words = chunks.content_words(text) if code == "en" else split(text)
        found = self._extract(text, words, top=KEYWORDS)
        return tuple(Keyword(word, similarity) for word, similarity in found)

    def _extract(self, text: str, candidates: list[str], top: int, seed: str = "") -> list[tuple[str, float]]:
        """KeyBERT's choice of `candidates` with cosine to the text, most similar first."""
        if not candidates:
            return []
        from sklearn.feature_extraction.text import CountVectorizer

        # A callable analyser hands KeyBERT whole phrases: its own tokeniser drops "a" and punctuation.
        found = self._keybert.extract_keywords(
            text,
            vectorizer=CountVectorizer(analyzer=lambda _: candidates),
            use_mmr=True,
            diversity=DIVERSITY,
            top_n=top,
            seed_keywords=[seed] if seed else None,
        )
        return [(str(phrase), float(similarity)) for phrase, similarity in found]

    def _distinct(self, text: str, phrases: list[str]) -> list[str]:
        """Without near-duplicates and parts of others; of two alike, the one closer to the text stays."""
        vectors = self._embedder.encode([text, *phrases])
        closeness = vectors[1:] @ vectors[0]
        kept: list[int] = []
        contents = [set(chunks.content_words(phrase)) for phrase in phrases]
        for place in np.argsort(-closeness, kind="stable"):
            # "skin" beside "dry skin" asks for nothing more.
            covered = any(contents[place] and contents[place] < other for other in contents)
            if not covered and all(
                float(vectors[1 + place] @ vectors[1 + other]) < NEAR_DUPLICATE for other in kept
            ):
                kept.append(int(place))
        return [phrases[place] for place in sorted(kept)]

    @property
    def _embedder(self) -> Embedder:
        if self._given is None:
            from services.models.lite import text_embedder

            self._given = text_embedder()
        return self._given

    @cached_property
    def _keybert(self) -> KeyBERT:
        from keybert import KeyBERT
        from keybert.backend import BaseEmbedder

        encode = self._embedder.encode

        class Backend(BaseEmbedder):  # type: ignore[misc]
            """Our text model as KeyBERT's, so that it is loaded once a process."""

            def embed(self, documents: Sequence[str], verbose: bool = False) -> Vectors:
                return encode([str(document) for document in documents])

        return KeyBERT(model=Backend())


def strong(ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Without the phrases too far from the text to matter, as long as three stay."""
    limit = max(WEAK, FAINT * ranked[0][1]) if ranked else WEAK
    return [pair for place, pair in enumerate(ranked) if place < SUBQUERIES[0] or pair[1] >= limit]


def weighted(ranked: Sequence[tuple[str, float]]) -> tuple[SubQuery, ...]:
    """Sub-queries with weights by similarity, in hundredths that sum to 1, heaviest first."""
    strengths = [float(np.clip(similarity, 0.05, 1.0)) ** SHARPNESS for _, similarity in ranked]
    rounded = round_weights(strengths)
    found = [
        SubQuery(phrase[:1].upper() + phrase[1:], weight)
        for (phrase, _), weight in zip(ranked, rounded, strict=True)
    ]
    return tuple(sorted((query for query in found if query.weight > 0), key=lambda query: -query.weight))
