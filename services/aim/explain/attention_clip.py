"""The attention heatmap of aim.md, version 2: where CLIP's vision transformer looks in a picture.

Last-layer attention from the class token, whose output becomes the image embedding, to the patches,
averaged over heads. It does not depend on the text: the text-conditioned map is `relevance_clip`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from services.models.clip import Clip, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 16


def attention_maps(clip: Clip, images: Sequence[Image.Image]) -> list[NDArray[np.float32]]:
    """(h, w) attention weights of each picture's patches, >= 0; with the class token's own they sum to 1."""
    import torch

    maps: list[NDArray[np.float32]] = []
    for start in range(0, len(images), BATCH):
        with clip.opened() as opened, torch.inference_mode():
            batch = pixels(opened, images[start : start + BATCH])
            last = opened.network.vision_model(pixel_values=batch, output_attentions=True).attentions[-1]
            found = last.float()[:, :, 0, 1:].mean(dim=1).cpu().numpy()
            maps += list(as_grids(found, batch.shape[-2:], patch_side(opened.network)))
    return maps


def patch_side(network: object) -> int:
    """Side of a patch in the processed picture, px."""
    side: int = network.config.vision_config.patch_size  # type: ignore[attr-defined]
    return side


def as_grids(rows: NDArray[np.float32], size: Sequence[int], patch: int) -> NDArray[np.float32]:
    """(n, patches) in the transformer's order, row by row, to (n, h, w)."""
    return rows.reshape(len(rows), size[0] // patch, size[1] // patch)
