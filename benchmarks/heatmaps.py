"""Heatmaps batched against one at a time, on a CLIP of true size (ViT-B/32, random weights).

    python -m benchmarks.heatmaps [PAIRS]

One at a time is the published notebook's way: every weight wants a gradient, and each layer's attention
gets a backward pass of its own. The studio asks for all layers in one pass, of the attention maps only,
for a batch of pairs. The ratio does not depend on the weights.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from services.aim.explain.attention_clip import attention_maps
from services.aim.explain.relevance_clip import relevance_maps, rollout
from services.models.clip import Clip, pixels
from tests.tiny_models import clip_tokenizer, noise_images


def save_true_size(folder: Path) -> Path:
    """openai/clip-vit-base-patch32's architecture; the tokenizer reads letter by letter."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    torch.manual_seed(0)
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    CLIPProcessor(image_processor=CLIPImageProcessor(), tokenizer=clip_tokenizer(77)).save_pretrained(folder)
    return folder


def one_at_a_time(clip: Clip, image: Image.Image, text: str) -> np.ndarray:
    import torch

    target = torch.from_numpy(clip.embed_text(text))
    with clip.opened() as opened:
        network = opened.network.requires_grad_(True)
        output = network.get_image_features(pixel_values=pixels(opened, [image]), output_attentions=True)
        vector = output.pooler_output[0]
        logit = network.logit_scale.exp() * (vector / vector.norm()) @ target
        gradients = [torch.autograd.grad(logit, [layer], retain_graph=True)[0] for layer in output.attentions]
        network.requires_grad_(False)
        relevance = rollout([layer.detach() for layer in output.attentions], gradients)
    return relevance[0, 0, 1:].reshape(7, 7).numpy()


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        clip = Clip(str(save_true_size(Path(folder) / "clip")), "cpu", "float32")
        pairs = [(image, "a red cup on the table") for image in noise_images(count, (640, 480))]
        relevance_maps(clip, pairs[:1])
    before = peak_mb()
    batched = seconds(lambda: relevance_maps(clip, pairs))
    grown = peak_mb() - before
    attention = seconds(lambda: attention_maps(clip, [image for image, _ in pairs]))
    single = seconds(lambda: [one_at_a_time(clip, *pair) for pair in pairs])
    same = np.allclose(relevance_maps(clip, pairs[:1])[0], one_at_a_time(clip, *pairs[0]), rtol=1e-3)
    print(f"{count} pictures, one text, ViT-B/32 on this processor (maps agree: {same})")
    print(f"relevance, one at a time {single:6.2f} s")
    print(f"relevance, batched       {batched:6.2f} s   {single / batched:.1f} x, {grown:.0f} MB more memory")
    print(f"attention, batched       {attention:6.2f} s")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
