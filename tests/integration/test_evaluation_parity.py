"""The reference scorers against independent implementations on the same weights."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.aim.clip_transformers import ClipTransformers
from services.aim.lpips_alexnet import AlexNetLpips, load_network
from services.models.clip import Clip
from tests.tiny_models import noise_images, save_tiny_clip

TEXT = "a photo of the cat"


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_clip(tmp_path_factory.mktemp("parity") / "clip")


def test_clip_score_is_that_of_torchmetrics(clip_folder: Path) -> None:
    """torchmetrics gives max(100 * cosine, 0), averaged: one picture at a time, so that none averages out."""
    import torch
    from torchmetrics.multimodal.clip_score import CLIPScore
    from transformers import CLIPModel, CLIPProcessor

    class Plain(CLIPModel):  # type: ignore[misc]
        """torchmetrics expects the embeddings themselves, as transformers 4 gave them."""

        def get_image_features(self, *args: Any, **options: Any) -> Any:
            return super().get_image_features(*args, **options).pooler_output

        def get_text_features(self, *args: Any, **options: Any) -> Any:
            return super().get_text_features(*args, **options).pooler_output

    metric = CLIPScore(
        lambda: (Plain.from_pretrained(clip_folder), CLIPProcessor.from_pretrained(clip_folder))
    )
    images = noise_images(12)
    ours = ClipTransformers(Clip(str(clip_folder), device="cpu")).similarities(images, TEXT)
    theirs = []
    for image in images:
        pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)
        theirs.append(float(metric(pixels, TEXT)) / 100)
        metric.reset()
    assert [max(score, 0.0) for score in ours] == pytest.approx(theirs, abs=1e-5)
    assert sum(score > 0.01 for score in ours) >= 2, "nothing would be compared"


@pytest.mark.models
def test_lpips_is_that_of_the_package() -> None:
    """The package's own forward pass, pair by pair, at the pictures' own size and at the one size."""
    import lpips
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
    package.load_state_dict(load_network().state_dict())

    def theirs(image: Image.Image, other: Image.Image) -> float:
        tensors = [lpips.im2tensor(np.asarray(picture)) for picture in (image, other)]
        with torch.inference_mode():
            return float(package(*tensors))

    reference, *images = noise_images(6, (96, 128))
    ours = AlexNetLpips(batch=3).distances(images, reference)
    assert ours == pytest.approx([theirs(image, reference) for image in images], abs=1e-5)
    assert min(ours) > 0.05
    sizes = [(90, 120), (300, 200), (640, 640)]
    mixed = [image.resize(size) for image, size in zip(images, sizes, strict=False)]
    squeezed = [image.resize((256, 256), Image.Resampling.LANCZOS) for image in mixed]
    small = reference.resize((256, 256), Image.Resampling.LANCZOS)
    assert AlexNetLpips().distances(mixed, reference) == pytest.approx(
        [theirs(image, small) for image in squeezed], abs=1e-5
    )
