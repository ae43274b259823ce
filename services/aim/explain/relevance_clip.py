"""Which part of a picture answers to a text: gradient-weighted attention (Chefer, Gur, Wolf, ICCV 2021,
"Generic Attention-model Explainability"), for CLIP.

For each layer, A = mean over heads of relu(dy/dA * A), where y is the logit of the pair (its cosine
times CLIP's scale); R starts as the identity and becomes R + A R. The class token's row of R, without
itself, is the map. All layers take part, as in the paper. The text enters through y only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from services.aim.explain.attention_clip import as_grids, patch_side
from services.models.clip import Clip, pixels
from services.models.pretrained import Opened

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BATCH = 16
"""Pairs at once: gradients keep every layer's activations, about 36 MB a pair on ViT-B/32."""


def relevance_maps(clip: Clip, pairs: Sequence[tuple[Image.Image, str]]) -> list[NDArray[np.float32]]:
    """(h, w) relevance of each pair's patches to its text, >= 0; comparable within a map only.

    Texts may be of any length: a long one stands for the mean of its chunks, as in the score.
    """
    vectors = {text: clip.embed_text(text) for text in dict.fromkeys(text for _, text in pairs)}
    maps: list[NDArray[np.float32]] = []
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        with clip.opened() as opened:
            maps += _batch(
                opened, [image for image, _ in batch], np.stack([vectors[text] for _, text in batch])
            )
    return maps


def _batch(
    opened: Opened, images: Sequence[Image.Image], texts: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    import torch

    views = _views(opened, images)
    with torch.enable_grad():
        attentions, logits = _logits(opened.network, views, torch.from_numpy(texts))
        # Rows do not touch one another: the gradient of the sum is each pair's own. Only the attention
        # maps get gradients; the weights are frozen, and nothing is kept in `.grad`.
        gradients = torch.autograd.grad(logits.sum(), attentions)
    relevance = rollout([layer.detach() for layer in attentions], gradients)
    rows = relevance[:, 0, 1:].cpu().numpy()
    return list(as_grids(rows, views.shape[-2:], patch_side(opened.network)))


def _views(opened: Opened, images: Sequence[Image.Image]) -> Tensor:
    """The processed pictures; one that is asked about several texts is processed once."""
    distinct = {id(image): image for image in images}
    places = {key: place for place, key in enumerate(distinct)}
    return pixels(opened, list(distinct.values()))[[places[id(image)] for image in images]]


def _logits(network: Any, views: Tensor, texts: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    """The attention maps of all layers, (n, heads, tokens, tokens) each, and the pairs' logits (n,)."""
    # The graph must start somewhere below the attention maps, and the weights are frozen.
    output = network.get_image_features(pixel_values=views.requires_grad_(), output_attentions=True)
    vectors = output.pooler_output.float()
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    return output.attentions, network.logit_scale.float().exp() * (unit * texts.to(unit.device)).sum(dim=1)


def rollout(attentions: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """R of the paper, (n, tokens, tokens), from the maps and gradients of the layers, first to last."""
    import torch

    tokens = attentions[0].shape[-1]
    relevance = torch.eye(tokens, device=attentions[0].device).expand(len(attentions[0]), -1, -1)
    for attention, gradient in zip(attentions, gradients, strict=True):
        weighted = (gradient.float() * attention.float()).clamp(min=0).mean(dim=1)
        relevance = relevance + weighted @ relevance
    return relevance
