"""The four passes of a scoring: each asks one model for what the cache does not know yet.

Pictures come and go by their hash. A pass gives a value or the reason for none, for every input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from services.aim.batches import Tick, measure
from services.aim.normalisation import caption_norm, clip_norm, lpips_norm
from services.aim.pictures import Picture, Policy, decoded, fit, fit_all
from services.aim.score_cache import ScoreCache, cache_key
from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_, Message, message
from services.parts import Captioner, ClipScorer, PerceptualDistance, TopicSimilarity

Item = TypeVar("Item")
Value = TypeVar("Value", float, str)
Pictures = Mapping[str, Picture]

IS_REFERENCE = message(N_("This is the reference picture: it is not compared with itself."))
NO_REFERENCE = message(N_("No reference picture is chosen: choose one to compare with."))
NO_PROMPT = message(N_("There is no product text to compare with: write one."))
NO_TOPIC = message(N_("There is no topic to compare with: write one."))


def clip_pass(
    part: ClipScorer, cache: ScoreCache, images: Pictures, prompt: str, tick: Tick
) -> dict[str, float | Message]:
    """CLIP score by picture."""
    if not prompt:
        return dict.fromkeys(images, NO_PROMPT)

    def call(batch: Sequence[Picture]) -> list[float]:
        return part.similarities(decoded(batch), prompt)

    content = {sha: (sha, prompt) for sha in images}
    return _remembered(part, images, content, call, clip_norm, cache, tick)


def caption_pass(
    part: Captioner, cache: ScoreCache, images: Pictures, tick: Tick
) -> dict[str, str | Message]:
    """Caption by picture."""

    def call(batch: Sequence[Picture]) -> list[str]:
        return part.captions(decoded(batch))

    content = {sha: (sha,) for sha in images}
    return _remembered(part, images, content, call, _check_caption, cache, tick)


def topic_pass(
    part: TopicSimilarity, cache: ScoreCache, captions: Sequence[str], topic: str, tick: Tick
) -> dict[str, float | Message]:
    """Caption similarity by caption; equal captions are measured once."""
    distinct = {caption: caption for caption in captions}
    if not topic:
        return dict.fromkeys(distinct, NO_TOPIC)

    def call(batch: Sequence[str]) -> list[float]:
        return part.similarities(batch, topic)

    content = {caption: (caption, topic) for caption in distinct}
    return _remembered(part, distinct, content, call, caption_norm, cache, tick)


def lpips_pass(
    part: PerceptualDistance,
    cache: ScoreCache,
    images: Pictures,
    reference: Picture | None,
    policy: Policy,
    tick: Tick,
) -> dict[str, float | Message]:
    """LPIPS by picture, at the size that `policy` gives to all that are compared."""
    if reference is None:
        return dict.fromkeys(images, NO_REFERENCE)

    def call(batch: Sequence[Picture]) -> list[float]:
        return part.distances(fit_all(decoded(batch), policy), fit(reference.image, policy))

    others = {sha: candidate for sha, candidate in images.items() if sha != reference.sha256}
    content = {sha: (sha, reference.sha256, policy.value) for sha in others}
    found = _remembered(part, others, content, call, lpips_norm, cache, tick)
    return {sha: found.get(sha, IS_REFERENCE) for sha in images}


class Named(Protocol):
    """Whatever can say which model it is; may raise EngineUnavailable."""

    @property
    def ref(self) -> ModelRef: ...


def _remembered(
    part: Named,
    items: Mapping[str, Item],
    content: Mapping[str, tuple[str, ...]],
    call: Callable[[Sequence[Item]], Sequence[Value]],
    check: Callable[[Value], object],
    cache: ScoreCache,
    tick: Tick,
) -> dict[str, Value | Message]:
    """From the cache what it knows, from `call` the rest; sound values are put into the cache.

    `content` is what decides each item's value, beside the model.
    """
    try:
        ref = part.ref
    except EngineUnavailable as error:
        return dict.fromkeys(items, error.message)
    keys = {name: cache_key(ref, *content[name]) for name in items}
    outcomes: dict[str, Value | Message] = {}
    for name in items:
        known = cache.get(keys[name])
        if known is not None:
            outcomes[name] = known  # type: ignore[assignment]  # the key names the metric, thus the type
    missing = [name for name in items if name not in outcomes]

    def call_and_keep(names: Sequence[str]) -> Sequence[Value]:
        values = call([items[name] for name in names])
        for name, value in zip(names, values, strict=True):
            if not isinstance(_sound(value, check), Message):
                cache.put(keys[name], value)
        return values

    for name, outcome in zip(missing, measure(missing, call_and_keep, tick), strict=True):
        outcomes[name] = outcome if isinstance(outcome, Message) else _sound(outcome, check)
    return outcomes


def _sound(value: Value, check: Callable[[Value], object]) -> Value | Message:
    """`value`, or why it cannot be one of this metric."""
    try:
        check(value)
    except (ValueError, TypeError) as error:
        return message(N_("The model gave a value that cannot be right: {detail}."), detail=str(error))
    return value


def _check_caption(caption: str) -> None:
    if not caption.strip():
        raise ValueError("the caption is empty")
