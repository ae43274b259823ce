"""The full engine's retrieval encoder: the CLIP of a Kandinsky prior, so that what is found conditions it.

ViT-L/14 (768-d) for 2.1, ViT-bigG/14 (1280-d) for 2.2. Implements `parts.Encoder`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from services.domain import ModelRef
from services.models.kandinsky import Family, family
from services.models.kandinsky_clip import KandinskyClip
from services.parts import Vectors

RELEVANCE_FLOOR = 0.18
"""A text and a picture that shows it lie at a cosine of 0.2 to 0.35 in CLIP's space, unrelated ones mostly
at 0.05 to 0.18 (the spaces of words and pictures do not overlap: Liang et al., 2022). Not calibrated here,
on these weights and on ads: a cautious default, which the user moves."""


class KandinskyEncoder:
    """`parts.Encoder` over the prior of the family `name`. Building one loads nothing."""

    reads_captions = False
    """A caption would be compared as text with text, at 0.5 and more: captioned pictures would win over
    those without by their caption alone, and no floor would serve both."""

    def __init__(self, name: str) -> None:
        self._name = family(name).name

    @property
    def title(self) -> str:
        """What people call it."""
        return self._family.title

    @property
    def ref(self) -> ModelRef:
        """The prior's model id and revision, "" without a copy here. Raises EngineUnavailable for a
        folder without a model."""
        return self._family.prior().ref("encoder")

    @property
    def dim(self) -> int:
        return self._clip.dim

    @property
    def relevance_floor(self) -> float:
        return RELEVANCE_FLOOR

    def fetch(self) -> None:
        """Have the model's files here, so that `ref` knows their revision. Raises EngineUnavailable."""
        with self._family.prior().opened():
            pass

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) at the encoder's own scale: what the decoder takes as a condition."""
        return self._clip.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim). A text beyond 77 tokens is the mean of its parts."""
        return self._clip.encode_texts(texts)

    def text_parts(self, text: str) -> list[str]:
        """`text` in the pieces in which it is read; one for a text that fits."""
        return self._clip.text_parts(text)

    @property
    def _family(self) -> Family:
        return family(self._name)  # as the settings are now: they may change while the studio runs

    @property
    def _clip(self) -> KandinskyClip:
        return KandinskyClip(self._family.prior(), self._family.dim)
