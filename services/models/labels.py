"""What the 1000 classes of ImageNet are called: WordNet lemmas and definitions, as timm ships them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

CLASSES = 1000


@dataclass(frozen=True, slots=True)
class ImageNetLabels:
    """Three tuples of 1000, in the order of the classifier's logits.

    `names` is the first lemma ("studio couch"); `lemmas` all of them ("studio couch, day bed");
    `definitions` WordNet's gloss.
    """

    names: tuple[str, ...]
    lemmas: tuple[str, ...]
    definitions: tuple[str, ...]

    @staticmethod
    def load() -> ImageNetLabels:
        """The labels, read once a process. Imports timm."""
        return _load()


@lru_cache(maxsize=1)
def _load() -> ImageNetLabels:
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo()
    lemmas = tuple(info.label_descriptions())
    details = tuple(info.label_descriptions(detailed=True))
    return ImageNetLabels(
        names=tuple(text.split(",")[0].strip() for text in lemmas),
        lemmas=lemmas,
        definitions=tuple(d.removeprefix(f"{text}: ") for d, text in zip(details, lemmas, strict=True)),
    )
