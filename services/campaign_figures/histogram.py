"""Counts of scores in bins of half a point, of which quantiles can be read at any size.

A histogram covers four parts: the final and the three norms, all on 0..100. Stored as pairs of (cell,
count) of the cells that are not empty, so that a session of 25 variants takes a few hundred bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

PARTS = ("final", "clip", "caption", "lpips")

BINS_PER_POINT = 2
BINS = 100 * BINS_PER_POINT + 1
"""The last bin holds exactly 100, which norms that are cut off often are."""

BIN_WIDTH = 1.0 / BINS_PER_POINT

_PAIR = np.dtype([("cell", "<u2"), ("count", "<u4")])

Counts = npt.NDArray[np.int64]
"""Of shape (4, BINS): a row for each of PARTS."""

Curve = npt.NDArray[np.float64]


def empty() -> Counts:
    return np.zeros((len(PARTS), BINS), np.int64)


def count(values: Mapping[str, Sequence[float | None]]) -> Counts:
    """`values`: part -> figures of 0..100; None is not counted."""
    counts = empty()
    for row, part in enumerate(PARTS):
        known = np.array([value for value in values.get(part, ()) if value is not None], np.float64)
        bins = np.clip(np.floor(known * BINS_PER_POINT), 0, BINS - 1).astype(np.intp)
        counts[row] = np.bincount(bins, minlength=BINS)
    return counts


def pack(counts: Counts) -> bytes:
    flat = counts.ravel()
    cells = np.flatnonzero(flat)
    pairs = np.empty(len(cells), _PAIR)
    pairs["cell"], pairs["count"] = cells, flat[cells]
    return pairs.tobytes()


def merge(packed: Iterable[bytes]) -> Counts:
    """The sum of packed histograms; empty for none."""
    pairs = np.frombuffer(b"".join(packed), _PAIR)
    flat = np.bincount(pairs["cell"], weights=pairs["count"], minlength=len(PARTS) * BINS)
    return flat.astype(np.int64).reshape(len(PARTS), BINS)


def quantile(bins: npt.NDArray[np.int64], share: float) -> float | None:
    """The value of 0..100 below which `share` (0..1) of the counts lie; None when there are none.

    Right to within half a bin of numpy's own quantile of the values, because a value counts as lying
    anywhere in its bin.
    """
    total = int(bins.sum())
    if not total:
        return None
    place = share * (total - 1)
    below, above = (_value_at(bins, int(n)) for n in (np.floor(place), np.ceil(place)))
    return below + (above - below) * float(place - np.floor(place))


def _value_at(bins: npt.NDArray[np.int64], place: int) -> float:
    """The value at a place of the sorted figures, those of one bin spread evenly over it."""
    until = np.cumsum(bins)
    found = int(np.searchsorted(until, place, side="right"))
    if found == BINS - 1:
        return 100.0
    inside = place - (int(until[found - 1]) if found else 0)
    return (found + (inside + 0.5) / int(bins[found])) * BIN_WIDTH


def density(bins: npt.NDArray[np.int64], bandwidth: float) -> tuple[Curve, Curve]:
    """(values, density): a Gaussian kernel of `bandwidth` points over the bins, cut off at 0 and 100.

    The density integrates to about 1 over 0..100; it runs a little beyond the outermost counts.
    """
    middles = np.append((np.arange(BINS - 1) + 0.5) * BIN_WIDTH, 100.0)
    used = np.flatnonzero(bins)
    if not len(used):
        return np.empty(0), np.empty(0)
    low = max(0.0, middles[used[0]] - 2.5 * bandwidth)
    high = min(100.0, middles[used[-1]] + 2.5 * bandwidth)
    values = np.linspace(low, high, 96)
    offsets = (values[:, None] - middles[None, used]) / bandwidth
    weights = bins[used] / bins[used].sum()
    curve = np.exp(-0.5 * offsets**2) @ weights / (bandwidth * np.sqrt(2 * np.pi))
    return values, curve


def bandwidth_of(bins: npt.NDArray[np.int64]) -> float:
    """Silverman's rule of thumb (1986, eq. 3.31), read off the quantiles; at least one point."""
    total = int(bins.sum())
    low, high = quantile(bins, 0.25), quantile(bins, 0.75)
    if low is None or high is None:
        return 1.0
    return float(max(1.0, 0.9 * max(high - low, BIN_WIDTH) / 1.34 * total**-0.2))
