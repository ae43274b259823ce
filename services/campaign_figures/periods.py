"""Days, weeks and months: which rows cover a range of days exactly, and how fine its trend is drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

DAY = dt.timedelta(days=1)

DAILY_DAYS = 62
"""Up to two months a trend has a point a day, ..."""

WEEKLY_DAYS = 430
"""... up to fourteen months one a week, and one a month beyond: about sixty points at most for years."""


EVER = dt.date(1970, 1, 1)
"""Where the one period of level TOTAL starts."""


class Level(StrEnum):
    """How long a period is. Weeks begin on Monday; TOTAL is all time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


def start_of(day: dt.date, level: Level) -> dt.date:
    """The first day of the period that holds `day`."""
    starts = {
        Level.DAY: day,
        Level.WEEK: day - day.weekday() * DAY,
        Level.MONTH: day.replace(day=1),
        Level.TOTAL: EVER,
    }
    return starts[level]


def next_start(start: dt.date, level: Level) -> dt.date:
    """Where the day, week or month after the one from `start` begins."""
    if level is Level.MONTH:
        return (start.replace(day=28) + 4 * DAY).replace(day=1)
    return start + (7 if level is Level.WEEK else 1) * DAY


def days_of(start: dt.date, level: Level) -> list[dt.date]:
    """Every day of the day, week or month that begins at `start`."""
    return [start + n * DAY for n in range((next_start(start, level) - start).days)]


@dataclass(frozen=True, slots=True)
class Cover:
    """Rows of `level` that start in [first, last], and rows of days in `edges` (each [first, last]).

    None is open. Together they hold every day of a range once.
    """

    level: Level
    first: dt.date | None
    last: dt.date | None
    edges: tuple[tuple[dt.date, dt.date], ...] = ()


def level_for_sums(since: dt.date | None, until: dt.date | None, first: dt.date, last: dt.date) -> Level:
    """The longest periods that cover since..until in few rows; first..last are the days with data."""
    if since is None and until is None:
        return Level.TOTAL
    return level_for(max(since or first, first), min(until or last, last))


def cover(since: dt.date | None, until: dt.date | None, level: Level) -> Cover:
    """Whole periods of `level` inside since..until (both included), and days for what sticks out."""
    if since is None and until is None and level is Level.TOTAL:
        return Cover(level, None, None)
    if level is Level.DAY:
        return Cover(level, since, until)
    first, edges = None, []
    if since is not None:
        first = start_of(since, level)
        if first < since:
            first = next_start(first, level)
            edges.append((since, first - DAY))
    last = None
    if until is not None:
        last = start_of(until, level)
        if next_start(last, level) - DAY > until:
            edges.append((last, until))
            last -= DAY  # the period that holds `until` is not whole
    if since is not None and until is not None and start_of(since, level) == start_of(until, level) and edges:
        return Cover(level, until + DAY, since - DAY, ((since, until),))  # less than one period: days alone
    return Cover(level, first, last, tuple(edges))


def level_for(first: dt.date, last: dt.date) -> Level:
    """How fine the trend of first..last is drawn."""
    days = (last - first).days + 1
    return Level.DAY if days <= DAILY_DAYS else Level.WEEK if days <= WEEKLY_DAYS else Level.MONTH
