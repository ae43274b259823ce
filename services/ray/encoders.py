"""Search models by the space that their vectors are in."""

from __future__ import annotations

from services.choices import ENCODERS
from services.engines import get_encoder
from services.errors import InvalidInput
from services.messages import N_
from services.parts import Encoder
from services.retrieval.vectors import space_of


def encoder_of(space: str) -> Encoder:
    """The search model whose vectors are kept under `space`, as this machine has it.

    Raises InvalidInput where it has none, or another revision: its vectors would be of another space.
    """
    for name in ENCODERS:
        encoder = get_encoder(name)
        if encoder.ref.id == space.partition("@")[0] and space_of(encoder) == space:
            return encoder
    raise InvalidInput(
        N_("The search model {name} is not the same on every machine. Install one version on all of them."),
        name=space,
    )
