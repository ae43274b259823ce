"""Histograms of scores: what is counted comes back, and quantiles are right to half a point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign_figures import histogram

scores = st.lists(st.floats(0, 100), min_size=1, max_size=80)


@given(scores, st.floats(0, 1))
def test_quantiles_are_those_of_the_values_to_half_a_point(values: list[float], share: float) -> None:
    bins = histogram.count({"final": values})[0]
    found = histogram.quantile(bins, share)
    assert found == pytest.approx(float(np.quantile(values, share)), abs=histogram.BIN_WIDTH)


@given(st.lists(scores, min_size=1, max_size=6))
def test_the_sum_of_packed_parts_is_the_count_of_the_whole(parts: list[list[float]]) -> None:
    packed = [histogram.pack(histogram.count({"final": part, "lpips": part[:1]})) for part in parts]
    whole = {"final": [value for part in parts for value in part], "lpips": [part[0] for part in parts]}
    assert np.array_equal(histogram.merge(packed), histogram.count(whole))


def test_what_is_not_scored_is_not_counted() -> None:
    counts = histogram.count({"final": [50.0], "clip": [None], "caption": [None, 100.0]})
    assert counts.sum(axis=1).tolist() == [1, 0, 1, 0]
    assert histogram.quantile(counts[1], 0.5) is None
    assert histogram.quantile(counts[2], 0.5) == 100.0


def test_nothing_merges_to_nothing() -> None:
    assert not histogram.merge([]).any()
    assert histogram.quantile(histogram.merge([b""])[0], 0.5) is None


def test_the_density_holds_one_and_peaks_where_the_values_are() -> None:
    values = np.random.default_rng(1).normal(60, 5, 2000)
    bins = histogram.count({"final": values.tolist()})[0]
    places, curve = histogram.density(bins, histogram.bandwidth_of(bins))
    assert np.trapezoid(curve, places) == pytest.approx(1.0, abs=0.03)
    assert places[curve.argmax()] == pytest.approx(60, abs=2)


def test_a_packed_session_is_small() -> None:
    values = {part: [float(v) for v in range(25)] for part in histogram.PARTS}
    assert len(histogram.pack(histogram.count(values))) <= 6 * 100
