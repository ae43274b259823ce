"""The lite engine's scorer, its parts sharing the lite models of the process."""

from __future__ import annotations

from functools import lru_cache

from services.aim.caption_labels import LabelCaptioner
from services.aim.clip_conse import ConseClip
from services.aim.lpips_alexnet import AlexNetLpips
from services.aim.score_cache import ScoreCache
from services.aim.scorer import Scorer
from services.aim.shared_logits import SharedConse, SharedLogits
from services.aim.topic_minilm import WORD_PIECES, MiniLmTopic, word_piece_counter
from services.aim.weights import DEFAULT_WEIGHTS
from services.domain import AimWeights
from services.models import lite


@lru_cache(maxsize=1)
def shared_logits() -> SharedLogits:
    """One memory of looks for score, coverage and likeness: each picture is classified once."""
    return SharedLogits(lite.classifier())


@lru_cache(maxsize=1)
def shared_conse() -> SharedConse:
    return SharedConse(lite.conse_space(), shared_logits())


def lite_scorer(
    weights: AimWeights = DEFAULT_WEIGHTS, cache: ScoreCache | None = None, look: SharedLogits | None = None
) -> Scorer:
    """ConSE, label captions, MiniLM and LPIPS. Loads nothing yet; each model loads at its first use.

    `look` shares what was seen with other parts; by default the scorer has a memory of its own.
    """
    look = look or SharedLogits(lite.classifier())
    return Scorer(
        clip=ConseClip(
            SharedConse(lite.conse_space(), look), lambda text: word_piece_counter()(text), WORD_PIECES
        ),
        captioner=LabelCaptioner(look),
        topic=MiniLmTopic(lite.text_embedder()),
        lpips=AlexNetLpips(),
        weights=weights,
        cache=cache,
    )
