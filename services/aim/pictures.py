"""Pictures as the metrics see them, and how two of them are made comparable for LPIPS.

LPIPS compares pixel by pixel, so both pictures need one size. Two policies:

NATIVE   All pictures of the comparison have one size, with sides of 64 to 512 px: compared as they are.
         This is how the metric's authors measured, and it reproduces their published values.
RESIZED  Anything else: every picture, the reference too, is resized (Lanczos, antialiased) to 256 x 256.

Why squeeze to a square rather than crop or pad: nothing of an ad is left out, as a crop would, and no
bars are added, which would be alike in both and dominate the distance. All variants of a session
have one shape, so they are squeezed alike and their distances compare fairly; LPIPS was trained on small
patches, and a picture of 1080 px would cost 17 times as much as one of 256.

LPIPS depends on the size it is measured at. The policy is therefore chosen once for all pictures that
are compared with one reference, never picture by picture.

Memory: a picture of 12 megapixels is 36 MB once decoded, and sixty of them more than 2 GB. A
`StoredCandidate` is a name and a size; it is decoded when it is looked at. Scoring goes through the
pictures in groups of at most GROUP_BYTES decoded, each group once through all models, and drops one group
before the next. Every model gets the original pixels: there is no smaller working copy that could change
a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from PIL import Image

from services.models.preprocess import on_white
from services.models.threads import cores

NATIVE_SIDES = (64, 512)
"""AlexNet's three poolings need 64 px; above 512 px its receptive field sees texture alone."""

RESIZED_SIDE = 256


class Policy(StrEnum):
    NATIVE = "native"
    RESIZED = "256x256"


GROUP_BYTES = 384 * 2**20
"""Decoded pixels held at a time: ten pictures of 12 megapixels, or a hundred variants of 1080 px."""

CHANNELS = 3


class Picture(Protocol):
    """A picture to score. `sha256` names its content: equal names mean equal pixels."""

    @property
    def sha256(self) -> str: ...

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px, known without decoding."""
        ...

    @property
    def image(self) -> Image.Image:
        """The decoded picture, of any mode."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Picture that is decoded already."""

    sha256: str
    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        return self.image.size


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """A Picture that `open` decodes each time it is looked at; nothing is kept."""

    sha256: str
    size: tuple[int, int]
    open: Callable[[str], Image.Image]

    @property
    def image(self) -> Image.Image:
        return self.open(self.sha256)


class HeldPicture:
    """A Picture as the models see it, RGB on white: decoded once, at the first look, then kept."""

    def __init__(self, picture: Picture) -> None:
        self.sha256 = picture.sha256
        self.size = picture.size
        self._picture = picture
        self._image: Image.Image | None = None

    @property
    def image(self) -> Image.Image:
        if self._image is None:
            image = self._picture.image
            image.load()  # before threads share it: two would read the same open file at once
            self._image = on_white(image)
        return self._image


def groups(pictures: Mapping[str, Picture], limit: int = GROUP_BYTES) -> Iterator[dict[str, Picture]]:
    """`pictures` in order, each group within `limit` bytes decoded (or of one picture), held while in use."""
    group: dict[str, Picture] = {}
    held = 0
    for sha256, picture in pictures.items():
        cost = picture.size[0] * picture.size[1] * CHANNELS
        if group and held + cost > limit:
            yield group
            group, held = {}, 0
        group[sha256] = HeldPicture(picture)
        held += cost
    if group:
        yield group


def decoded(pictures: Sequence[Picture]) -> list[Image.Image]:
    """The pictures' pixels, decoded on all cores: Pillow's decoders run beside each other."""
    if len(pictures) < 2:
        return [picture.image for picture in pictures]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda picture: picture.image, pictures))


def choose_policy(sizes: Iterable[tuple[int, int]]) -> Policy:
    """The policy for a comparison of pictures of these (width, height), the reference among them."""
    distinct = set(sizes)
    low, high = NATIVE_SIDES
    if len(distinct) == 1 and all(low <= side <= high for side in next(iter(distinct))):
        return Policy.NATIVE
    return Policy.RESIZED


def fit_all(images: Sequence[Image.Image], policy: Policy) -> list[Image.Image]:
    """`fit` of each, on all cores: resizing costs as much as the network itself."""
    if len(images) < 2 or policy is Policy.NATIVE:
        return [fit(image, policy) for image in images]
    for image in images:
        image.load()
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda image: fit(image, policy), images))


def fit(image: Image.Image, policy: Policy) -> Image.Image:
    """`image` as RGB at the size of the policy. Fitting a picture twice changes nothing."""
    rgb = on_white(image)
    side = (RESIZED_SIDE, RESIZED_SIDE)
    if policy is Policy.NATIVE or rgb.size == side:
        return rgb
    return rgb.resize(side, Image.Resampling.LANCZOS)
