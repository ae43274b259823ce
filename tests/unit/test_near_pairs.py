"""Pairs of close vectors: all of them while they are few, nearly all by cells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.retrieval import near_pairs as near
from services.retrieval.near_pairs import near_pairs


def clustered(count: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors around 40 centres, as photos of a few subjects are; every tenth has a close twin."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((40, dim))
    rows = centres[rng.integers(0, 40, count)] + rng.standard_normal((count, dim))
    twins = rng.permutation(count)[: count // 10 * 2].reshape(2, -1)
    lengths = np.linalg.norm(rows[twins[1]], axis=1, keepdims=True)
    noise = rng.standard_normal((twins.shape[1], dim)) / np.sqrt(dim) * lengths
    rows[twins[0]] = rows[twins[1]] + noise * rng.uniform(0.05, 0.45, (twins.shape[1], 1))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def by_brute_force(units: NDArray[np.float32], threshold: float) -> set[tuple[int, int]]:
    first, second = np.nonzero(np.triu(units @ units.T, 1) >= threshold)
    return set(zip(first.tolist(), second.tolist(), strict=True))


def as_set(pairs: near.NearPairs) -> set[tuple[int, int]]:
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_few_rows_are_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "BLOCK", 64)
    units = clustered(500, 32)
    pairs = near_pairs(units, 0.9)
    assert as_set(pairs) == by_brute_force(units, 0.9)
    assert len(as_set(pairs)) == len(pairs.first)
    assert np.allclose(pairs.cosine, (units[pairs.first] * units[pairs.second]).sum(1), atol=1e-6)
    assert (np.diff(pairs.second) >= 0).all()


def test_cells_find_nearly_all_with_a_fraction_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "EXACT", 100)
    units = clustered(6_000, 64)
    wanted = by_brute_force(units, 0.9)
    compared = 0
    original = near._within

    def counting(rows_of: NDArray[np.float32], rows: NDArray[np.int64], threshold: float) -> object:
        nonlocal compared
        compared += len(rows) ** 2
        return original(rows_of, rows, threshold)

    monkeypatch.setattr(near, "_within", counting)
    found = as_set(near_pairs(units, 0.9))
    assert len(wanted) > 500
    assert found <= wanted
    assert len(found) / len(wanted) >= 0.99
    assert compared < 0.25 * len(units) ** 2


def test_a_crowd_keeps_the_closest_of_each_row() -> None:
    """Hundreds of shots of one scene: not every pair, but each row's nearest."""
    rng = np.random.default_rng(1)
    units = 1 + 0.01 * rng.standard_normal((300, 16)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    pairs = near_pairs(units, 0.9)
    assert len(pairs.first) <= 300 * near.PER_ROW
    nearest = np.where(np.tri(300, k=-1, dtype=bool), units @ units.T, -1)[200:].argmax(1)
    assert set(zip(nearest.tolist(), range(200, 300), strict=True)) <= as_set(pairs)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_rows(count: int) -> None:
    units = np.ones((count, 1), np.float32)
    assert len(near_pairs(units, 0.5).first) == (count == 2)


def test_who_hears_of_it_may_stop_it() -> None:
    def stop(share: float) -> None:
        raise KeyError(share)

    with pytest.raises(KeyError):
        near_pairs(clustered(50, 8), 0.9, stop)
