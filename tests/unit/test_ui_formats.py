"""Figures, dates and names as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.domain import Placement, Strategy
from services.sessions import SessionStatus
from ui import formats
from ui.i18n import LANGUAGES, speaking
from ui.mixture import kind_names
from ui.text import plain, short

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("final", "shown"), [(73.8291, "74"), (0.0, "0"), (100.0, "100"), (None, "–"), (99.6, "100")]
)
def test_scores_are_rounded(final: float | None, shown: str) -> None:
    assert formats.score(final) == shown


def test_nothing_reads_as_none_or_nan() -> None:
    shown = [formats.score(None), formats.exact(None), formats.percent(None), formats.similarity(None)]
    assert shown == ["–"] * 4
    assert formats.when(None) == "–"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (2_500_000, "2 MB"), (7.2e9, "7.2 GB")]
)
def test_sizes(count: float, shown: str) -> None:
    assert formats.size(count) == shown


@pytest.mark.parametrize(
    ("age", "en", "ko"),
    [
        (timedelta(seconds=5), "just now", "방금"),
        (timedelta(minutes=3), "3 minutes ago", "3분 전"),
        (timedelta(hours=5), "5 hours ago", "5시간 전"),
        (timedelta(days=40), "Feb 2, 2026", "2026. 2. 2."),
    ],
)
def test_dates_in_both_languages(age: timedelta, en: str, ko: str) -> None:
    for code, wanted in (("en", en), ("ko", ko)):
        token = speaking.set(code)
        try:
            assert formats.when(NOW - age, NOW) == wanted
        finally:
            speaking.reset(token)


def test_a_time_without_zone_is_utc() -> None:
    assert formats.when((NOW - timedelta(hours=2)).replace(tzinfo=None), NOW) == "2 hours ago"


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_every_choice_has_words(code: str) -> None:
    token = speaking.set(code)
    try:
        words = [formats.placement(p) for p in Placement] + [formats.strategy(s) for s in Strategy]
        words += [formats.status(s) for s in SessionStatus] + list(kind_names().values())
    finally:
        speaking.reset(token)
    assert all(words)
    assert len(set(words)) == len(words)


def test_plain_escapes_markup_and_joins_lines() -> None:
    assert plain("a *b*\n[c](d) $e$ :x: <i>") == "a \\*b\\* \\[c\\]\\(d\\) \\$e\\$ \\:x\\: \\<i\\>"


def test_short_keeps_both_ends() -> None:
    name = "a" * 200 + ".jpeg"
    assert len(short(name)) == 60
    assert short(name).endswith(".jpeg")
    assert short("x.png") == "x.png"
