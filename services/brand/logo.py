"""A brand's logo on its way in: checked like every outside picture, and kept without loss."""

from __future__ import annotations

from services.people import Role, require
from services.storage.images import get_store
from services.storage.intake import read_image

LOGO_SIDE = 1600
"""Four times as large as a logo is ever set."""


def keep_logo(data: bytes, name: str) -> str:
    """Keep a PNG, JPEG or WEBP, transparency and all; its key.

    Raises ImageRejected, NotAllowed, StorageError.
    """
    require(Role.ADMIN)
    image = read_image(data, name)
    image.thumbnail((LOGO_SIDE, LOGO_SIDE))
    return get_store().put_image(image)
