"""Studio backdrops that the project draws itself: the built-in library of references.

Each is drawn from its name alone, at any size, the same bytes every time. Importing this package reads
captions only; numpy, Pillow and scipy are imported when something is drawn.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import NotFound
from services.messages import N_
from services.retrieval.backdrops.catalogue import Backdrop
from services.retrieval.backdrops.catalogue_materials import MATERIALS
from services.retrieval.backdrops.catalogue_scenes import SCENES
from services.retrieval.backdrops.catalogue_sets import SETS

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BACKDROPS", "DEFAULT_SIZE", "VERSION", "Backdrop", "draw"]

BACKDROPS: tuple[Backdrop, ...] = (*MATERIALS, *SCENES, *SETS)

DEFAULT_SIZE = (1280, 960)
"""(width, height) in pixels."""


def _sources_digest(folder: Path) -> str:
    """Digest of the sources that decide pixels and captions, whatever a checkout does to line ends."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


VERSION = _sources_digest(Path(__file__).parent)
"""Changes whenever a drawing or a caption may have: it is computed from this package's own sources."""


@cache
def _by_name() -> dict[str, Backdrop]:
    return {backdrop.name: backdrop for backdrop in BACKDROPS}


def draw(name: str, size: tuple[int, int] = DEFAULT_SIZE) -> Image:
    """The backdrop as an RGB picture of `size` (width, height); raises NotFound for an unknown name."""
    backdrop = _by_name().get(name)
    if backdrop is None:
        raise NotFound(N_("There is no backdrop named {name}."), name=name)
    from services.retrieval.backdrops.canvas import Canvas
    from services.retrieval.backdrops.light import develop

    canvas = Canvas(name, *size)
    family = import_module(f"services.retrieval.backdrops.{backdrop.family}")
    return develop(canvas, family.DRAWINGS[name](canvas))
