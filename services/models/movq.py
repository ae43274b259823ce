"""MoVQ, the auto-encoder of Kandinsky's decoders, one picture at a time.

At 768 x 768 a picture in MoVQ takes far more memory than in the UNet, and gains nothing by company. So a
batch goes through it row by row: memory is that of one picture, and a picture does not depend on its
neighbours. diffusers offers no slicing for this class.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import VQModel
from diffusers.models.autoencoders.vae import DecoderOutput
from diffusers.models.autoencoders.vq_model import VQEncoderOutput
from torch import Tensor


class SlicedVQModel(VQModel):  # type: ignore[misc, unused-ignore]
    """`VQModel` with the same weights and files; batches are taken apart."""

    def encode(self, x: Tensor, return_dict: bool = True) -> Any:
        """(n, 3, h, w) to latents (n, 4, h / 8, w / 8)."""
        whole: Any = super()
        latents = torch.cat([whole.encode(row).latents for row in torch.split(x, 1)])
        return VQEncoderOutput(latents=latents) if return_dict else (latents,)

    def decode(self, h: Tensor, force_not_quantize: bool = False, return_dict: bool = True) -> Any:
        """Latents (n, 4, h, w) to pictures (n, 3, 8 h, 8 w), -1..1."""
        whole: Any = super()
        rows = [whole.decode(row, force_not_quantize) for row in torch.split(h, 1)]
        sample = torch.cat([row.sample for row in rows])
        loss: Any = torch.cat([torch.as_tensor(row.commit_loss).reshape(-1) for row in rows])
        return DecoderOutput(sample=sample, commit_loss=loss) if return_dict else (sample, loss)
