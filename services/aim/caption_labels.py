"""The lite caption: a sentence from the labels of an ImageNet classifier, with as much doubt as it has.

On 400 labelled photos of its own classes, EfficientNet-Lite0 is right in 96 % of the cases where it gives
its first label 0.5 or more, in 61 % from 0.2 to 0.5, and in 26 % below. The wording follows that: "a sofa",
"what may be a sofa", "what may be a sofa or a bench". Related classes are summed first, so a picture can be
surely a dog while the breed is in doubt. It sees no actions, colours or people: it is no BLIP-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.caption_kinds import ANIMALS, KIND_OF
from services.domain import ModelRef
from services.models.labels import ImageNetLabels
from services.parts import Vectors

SURE = 0.5
"""Probability from which a name is stated as it is."""

LIKELY = 0.2
"""Probability from which one name is enough; below it the runner-up is named too."""

MENTIONED = 0.1
"""Probability that a second subject needs to be named."""

_PLURAL = frozenset({"binoculars", "sunglasses", "swimming trunks", "parallel bars"})
_SPOKEN_WITH_Y = ("eu", "uni")
_WORDING = "1"
"""Changes with the rules here: captions of different wordings are different captioners."""


class Classifier(Protocol):
    """What is needed of the ImageNet classifier."""

    @property
    def ref(self) -> ModelRef: ...

    @property
    def labels(self) -> ImageNetLabels: ...

    def probabilities(self, images: Sequence[Image.Image]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing seen: a kind with its classes, or one class by itself. Best class first."""

    kind: str | None
    classes: tuple[int, ...]
    probability: float

    @property
    def is_animal(self) -> bool:
        return self.classes[0] < ANIMALS


class LabelCaptioner:
    """Captioner over an ImageNet classifier. The same picture always gets the same caption."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @property
    def ref(self) -> ModelRef:
        ref = self._classifier.ref
        return ModelRef("caption", f"labels of {ref.id}", f"{ref.revision}, wording {_WORDING}")

    def captions(self, images: Sequence[Image.Image]) -> list[str]:
        """One English sentence for each image. Raises ValueError if a probability is not finite."""
        if not images:
            return []
        names = self._classifier.labels.names
        return [describe(row, names) for row in self._classifier.probabilities(images)]


def describe(probabilities: NDArray[np.float32], names: Sequence[str]) -> str:
    """A caption from class probabilities, shape (1000,), summing to 1."""
    if not np.isfinite(probabilities).all():
        raise ValueError("a class probability is not finite")
    first, *others = subjects(probabilities)
    caption = f"a photo of {_name(first, probabilities, names)}"
    if first.probability < LIKELY and others[0].is_animal == first.is_animal:
        caption += f" or {_name(others[0], probabilities, names, doubt=False)}"
    # A classifier confuses breeds and tools, but seldom an animal with a thing: one of each are two subjects.
    second = next((s for s in others if s.is_animal != first.is_animal), None)
    if second is not None and second.probability >= MENTIONED:
        caption += f", with {_name(second, probabilities, names, doubt=first.probability >= SURE)}"
    return caption


def subjects(probabilities: NDArray[np.float32]) -> list[Subject]:
    """What is in the picture, most probable first; ties in the order of the classes."""
    members: dict[str | int, list[int]] = {}
    for number in np.argsort(-probabilities, kind="stable"):
        members.setdefault(KIND_OF.get(int(number), int(number)), []).append(int(number))
    found = [
        Subject(key if isinstance(key, str) else None, tuple(classes), float(probabilities[classes].sum()))
        for key, classes in members.items()
    ]
    return sorted(found, key=lambda subject: -subject.probability)


def _name(
    subject: Subject, probabilities: NDArray[np.float32], names: Sequence[str], doubt: bool = True
) -> str:
    """The class where it is sure, else its kind; "what may be" in front where even that is in doubt."""
    best = subject.classes[0]
    if subject.kind is None or probabilities[best] >= SURE:
        words = _with_kind(names[best], subject.kind)
    elif probabilities[best] >= LIKELY:
        words = f"{subject.kind}, perhaps {with_article(names[best])}"
    else:
        words = subject.kind
    stated = with_article(words)
    return stated if subject.probability >= SURE or not doubt else f"what may be {stated}"


def _with_kind(name: str, kind: str | None) -> str:
    return name if kind is None or kind in name.lower() else f"{name} {kind}"


def with_article(name: str) -> str:
    """ "a" or "an" in front of `name`, nothing in front of a plural."""
    if name in _PLURAL:
        return name
    vowel = name[0].lower() in "aeiou" and not name.lower().startswith(_SPOKEN_WITH_Y)
    return f"{'an' if vowel else 'a'} {name}"
