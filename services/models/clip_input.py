"""Pictures into a CLIP, and vectors out of it: the same for CLIP by itself and for the one in a prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from services.models.device import Placement
from services.models.preprocess import on_white
from services.models.threads import cores
from services.parts import Vectors

if TYPE_CHECKING:
    from torch import Tensor


def pixel_values(
    processor: Callable[..., Any], images: Sequence[Image.Image], placement: Placement
) -> Tensor:
    """(n, 3, h, w): the image processor's view of each picture, where and as the model wants it.

    Picture by picture on several threads: a batch of originals would lie in memory at full size.
    """
    import torch

    def one(image: Image.Image) -> Tensor:
        found: Tensor = processor(images=on_white(image), return_tensors="pt")["pixel_values"]
        return found

    with ThreadPoolExecutor(cores()) as pool:
        batch = torch.cat(list(pool.map(one, images)))
    return batch.to(placement.device, placement.torch_dtype)


def as_array(vectors: Tensor) -> Vectors:
    """float32 on the processor, whatever the model computes in."""
    return np.asarray(vectors.float().cpu().numpy(), np.float32)
