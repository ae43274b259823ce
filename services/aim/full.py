"""The full engine's scorer: the reference models of aim.md. LPIPS is the same as on lite."""

from __future__ import annotations

from services.aim.caption_blip2 import Blip2Captioner
from services.aim.clip_transformers import ClipTransformers
from services.aim.lpips_alexnet import AlexNetLpips
from services.aim.score_cache import ScoreCache
from services.aim.scorer import Scorer
from services.aim.topic_sentence_transformers import SentenceTopic
from services.aim.weights import DEFAULT_WEIGHTS
from services.domain import AimWeights
from services.errors import EngineUnavailable
from services.models.hub import load_blip2, load_clip
from services.models.hub_files import local_folder, reach
from services.settings import get_settings


def require_any_model() -> None:
    """Raise EngineUnavailable when none of the three models can be had here, in one sentence.

    With one of them there, the others' metrics are "not scored" and say why.
    """
    settings = get_settings()
    models = (settings.clip_model, settings.caption_model, settings.topic_model)
    if not any(_is_here(model) for model in models):
        reach(models[0])


def _is_here(model: str) -> bool:
    try:
        return local_folder(model) is not None
    except EngineUnavailable:
        return False


def full_scorer(weights: AimWeights = DEFAULT_WEIGHTS, cache: ScoreCache | None = None) -> Scorer:
    """CLIP, BLIP-2, distiluse and LPIPS as the settings name them. Loads nothing yet.

    A model that is not there makes its metric "not scored" with what to do; the others are scored.
    """
    settings = get_settings()
    return Scorer(
        clip=ClipTransformers(load_clip()),
        captioner=Blip2Captioner(load_blip2()),
        topic=SentenceTopic(settings.topic_model, settings.device, settings.dtype),
        lpips=AlexNetLpips(),
        weights=weights,
        cache=cache,
    )
