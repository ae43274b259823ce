"""The lite engine's scorer, its parts sharing the lite models of the process."""

from __future__ import annotations

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


def lite_scorer(weights: AimWeights = DEFAULT_WEIGHTS, cache: ScoreCache | None = None) -> Scorer:
    """ConSE, label captions, MiniLM and LPIPS. Loads nothing yet; each model loads at its first use."""
    look = SharedLogits(lite.classifier())
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
