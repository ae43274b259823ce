"""The heatmaps' colours: OpenCV's table of "inferno" (Smith and van der Walt, 2015).

It is perceptually uniform, its lightness rises all the way, and it reads the same in the common kinds of
colour blindness and in black and white, which red-to-blue maps do not.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 256


@lru_cache(maxsize=1)
def table() -> NDArray[np.uint8]:
    """(256, 3) sRGB, dark for the least, bright for the most; read-only."""
    import cv2

    steps = np.arange(LEVELS, dtype=np.uint8)[:, None]
    found = np.ascontiguousarray(cv2.applyColorMap(steps, cv2.COLORMAP_INFERNO)[:, 0, ::-1], np.uint8)
    found.setflags(write=False)
    return found


def colour_bar(width: int = 256, height: int = 16) -> NDArray[np.uint8]:
    """(height, width, 3): the colours from least, on the left, to most. For the page's legend."""
    row = table()[np.linspace(0, LEVELS - 1, width).round().astype(np.intp)]
    return np.broadcast_to(row, (height, width, 3)).copy()
