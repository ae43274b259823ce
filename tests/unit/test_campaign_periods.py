"""Periods: a range is covered by whole weeks or months and single days, each day once."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign_figures.periods import (
    DAY,
    Cover,
    Level,
    cover,
    days_of,
    level_for,
    level_for_sums,
    next_start,
    start_of,
)

days = st.dates(dt.date(2023, 1, 1), dt.date(2027, 12, 31))
levels = st.sampled_from([Level.DAY, Level.WEEK, Level.MONTH])


@given(days, levels)
def test_a_period_holds_its_days(day: dt.date, level: Level) -> None:
    start = start_of(day, level)
    held = days_of(start, level)
    assert day in held
    assert {start_of(each, level) for each in held} == {start}
    assert start_of(next_start(start, level) - DAY, level) == start
    assert start_of(next_start(start, level), level) == next_start(start, level)


def covered(found: Cover, around: tuple[dt.date, dt.date]) -> list[dt.date]:
    """Every day that the rows of `found` count, in a world of the days `around`."""
    held: list[dt.date] = []
    start = start_of(around[0], found.level)
    while start <= around[1]:
        if (found.first is None or start >= found.first) and (found.last is None or start <= found.last):
            held += days_of(start, found.level)
        start = next_start(start, found.level)
    for first, last in found.edges:
        held += [first + n * DAY for n in range((last - first).days + 1)]
    return held


@given(days, st.integers(0, 400), levels)
def test_a_range_is_covered_once(since: dt.date, length: int, level: Level) -> None:
    until = since + length * DAY
    held = covered(cover(since, until, level), (since - 70 * DAY, until + 70 * DAY))
    assert sorted(held) == [since + n * DAY for n in range(length + 1)]


@given(days, levels, st.booleans())
def test_an_open_range_is_covered_once(day: dt.date, level: Level, begins: bool) -> None:
    world = (day - 100 * DAY, day + 100 * DAY)
    held = covered(cover(day, None, level) if begins else cover(None, day, level), world)
    inside = [each for each in held if world[0] <= each <= world[1]]
    assert len(inside) == len(set(inside)) == 101
    assert (min(inside) if begins else max(inside)) == day


@pytest.mark.parametrize(
    ("length", "level"), [(1, "day"), (62, "day"), (63, "week"), (430, "week"), (431, "month")]
)
def test_trends_have_some_sixty_points_at_most(length: int, level: str) -> None:
    first = dt.date(2025, 3, 3)
    assert level_for(first, first + (length - 1) * DAY) == level


def test_everything_is_one_row() -> None:
    first, last = dt.date(2020, 1, 1), dt.date(2026, 1, 1)
    assert level_for_sums(None, None, first, last) is Level.TOTAL
    assert cover(None, None, Level.TOTAL) == Cover(Level.TOTAL, None, None)
    assert level_for_sums(last - 5 * DAY, None, first, last) is Level.DAY
