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
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from services.models.preprocess import on_white

NATIVE_SIDES = (64, 512)
"""AlexNet's three poolings need 64 px; above 512 px its receptive field sees texture alone."""

RESIZED_SIDE = 256


class Policy(StrEnum):
    NATIVE = "native"
    RESIZED = "256x256"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture to score. `sha256` names its content: equal names mean equal pixels."""

    sha256: str
    image: Image.Image


def choose_policy(sizes: Iterable[tuple[int, int]]) -> Policy:
    """The policy for a comparison of pictures of these (width, height), the reference among them."""
    distinct = set(sizes)
    low, high = NATIVE_SIDES
    if len(distinct) == 1 and all(low <= side <= high for side in next(iter(distinct))):
        return Policy.NATIVE
    return Policy.RESIZED


def fit(image: Image.Image, policy: Policy) -> Image.Image:
    """`image` as RGB at the size of the policy. Fitting a picture twice changes nothing."""
    rgb = on_white(image)
    side = (RESIZED_SIDE, RESIZED_SIDE)
    if policy is Policy.NATIVE or rgb.size == side:
        return rgb
    return rgb.resize(side, Image.Resampling.LANCZOS)
