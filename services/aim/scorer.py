"""Pictures in, AIM scores out: one pass per model over all pictures, each failure with its reason.

pictures -> CLIP score -> captions -> caption similarity -> LPIPS -> norms -> final
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.aim.normalisation import assemble, caption_norm, clip_norm, lpips_norm
from services.aim.passes import Named, caption_pass, clip_pass, lpips_pass, topic_pass
from services.aim.pictures import Candidate, HeldPicture, Picture, Policy, choose_policy, groups
from services.aim.progress import PassProgress
from services.aim.score_cache import MemoryScoreCache, ScoreCache
from services.aim.weights import DEFAULT_WEIGHTS, check_weights
from services.domain import AimScore, AimWeights, MetricScore
from services.errors import EngineUnavailable, StudioError
from services.messages import Message
from services.parts import Captioner, ClipScorer, PerceptualDistance, Progress, TopicSimilarity

__all__ = ["Candidate", "Scorer"]


PASSES = 4
"""CLIP score, captions, their similarity to the topic, LPIPS."""


@dataclass(frozen=True, slots=True)
class _Aim:
    """What all pictures of a scoring are measured against."""

    topic: str
    prompt: str
    reference: Picture | None
    policy: Policy
    weights: AimWeights


class Scorer:
    """AIM over four parts. Safe to share between threads as far as its parts are."""

    def __init__(
        self,
        clip: ClipScorer,
        captioner: Captioner,
        topic: TopicSimilarity,
        lpips: PerceptualDistance,
        weights: AimWeights = DEFAULT_WEIGHTS,
        cache: ScoreCache | None = None,
    ) -> None:
        self.clip, self.captioner, self.topic, self.lpips = clip, captioner, topic, lpips
        self.weights = check_weights(weights)
        self.cache = MemoryScoreCache() if cache is None else cache

    @property
    def id(self) -> str:
        """Names all four models, the same in every process: scores under different ids do not compare."""
        parts: dict[str, Named] = {
            "clip": self.clip,
            "caption": self.captioner,
            "topic": self.topic,
            "lpips": self.lpips,
        }
        return "; ".join(f"{name}={_model_name(part)}" for name, part in parts.items())

    def score(
        self,
        images: Sequence[Picture],
        topic: str,
        prompt: str,
        reference: Picture | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        weights: AimWeights | None = None,
    ) -> list[AimScore]:
        """The score of each picture, in order. `topic` is the short text, `prompt` the product text.

        A metric that fails, for all or for one picture, is not scored and says why; `final` is then None.
        The picture with the reference's `sha256` is the reference: see `final_score`. `weights` replace
        the scorer's own. Raises InvalidInput for wrong weights, Cancelled when `cancelled()` turns true
        between two batches or `progress` raises it; the passes finished by then stay in the cache.
        """
        weights = self.weights if weights is None else check_weights(weights)
        topic, prompt = topic.strip(), prompt.strip()
        distinct: dict[str, Picture] = {picture.sha256: picture for picture in images}
        steps = PassProgress(PASSES * sum(1 for _ in groups(distinct)), progress, cancelled)
        held = HeldPicture(reference) if reference is not None else None
        policy = choose_policy(picture.size for picture in (*distinct.values(), *([held] if held else [])))
        aim = _Aim(topic, prompt, held, policy, weights)
        rows: dict[str, AimScore] = {}
        for group in groups(distinct):
            rows |= self._score_group(group, aim, steps)
        steps.finish()
        notices = self._notices(prompt, topic) if distinct else ()
        return [replace(rows[picture.sha256], notices=notices) for picture in images]

    def _score_group(self, group: dict[str, Picture], aim: _Aim, steps: PassProgress) -> dict[str, AimScore]:
        """One pass of each model over pictures that fit into memory together."""
        clips = clip_pass(self.clip, self.cache, group, aim.prompt, steps.next_pass(len(group)))
        captions = caption_pass(self.captioner, self.cache, group, steps.next_pass(len(group)))
        texts = sorted({c for c in captions.values() if isinstance(c, str)})
        topics = topic_pass(self.topic, self.cache, texts, aim.topic, steps.next_pass(len(texts)))
        lpips = lpips_pass(
            self.lpips, self.cache, group, aim.reference, aim.policy, steps.next_pass(len(group))
        )
        scorer = self.id
        return {
            sha: assemble(
                scorer,
                _metric(clips[sha], clip_norm),
                _caption_metric(captions[sha], topics),
                _metric(lpips[sha], lpips_norm),
                aim.weights,
                is_reference=aim.reference is not None and sha == aim.reference.sha256,
            )
            for sha in group
        }

    def _notices(self, prompt: str, topic: str) -> tuple[Message, ...]:
        """What the reader should know about how the texts were read."""
        try:
            return (*self.clip.notices(prompt), *self.topic.notices(topic))
        except StudioError:
            return ()  # the part is not there: its metric is not scored and says so in its reason


def _metric(outcome: float | Message, norm: Callable[[float], float]) -> MetricScore:
    if isinstance(outcome, Message):
        return MetricScore(reason=outcome)
    return MetricScore(raw=outcome, norm=norm(outcome))


def _caption_metric(caption: str | Message, topics: dict[str, float | Message]) -> MetricScore:
    """Caption similarity with its caption; without a caption, the captioner's reason."""
    if isinstance(caption, Message):
        return MetricScore(reason=caption)
    return replace(_metric(topics[caption], caption_norm), text=caption)


def _model_name(part: Named) -> str:
    try:
        ref = part.ref
    except EngineUnavailable:
        return "unavailable"  # its metric is not scored, and says why
    return f"{ref.id}@{ref.revision}" if ref.revision else ref.id
