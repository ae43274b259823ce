"""Figures, dates and sizes for reading: rounded, in the reader's language, never "None" or "nan"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st
from babel import dates, numbers

from services.domain import Placement, Strategy
from services.sizes import readable
from ui.i18n import _, language, ngettext

DASH = "–"
"""Stands where there is no figure."""


def score(final: float | None) -> str:
    """A final score of 0..100 as a whole number."""
    return DASH if final is None else f"{final:.0f}"


def exact(value: float | None, digits: int = 4) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def percent(share: float | None) -> str:
    """A share of 0..1 as whole per cent."""
    return DASH if share is None else f"{share * 100:.0f}%"


def similarity(cosine: float | None) -> str:
    return DASH if cosine is None else f"{cosine:.2f}"


def size(byte_count: float) -> str:
    """Bytes as B, kB, MB or GB, as services say them too."""
    return readable(byte_count)


def number(value: int) -> str:
    """With the thousands separators of the language."""
    return str(numbers.format_decimal(value, locale=language()))


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """ "3 minutes ago" within a week, else the date."""
    if moment is None:
        return DASH
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    age = (now or datetime.now(UTC)) - moment
    if age < timedelta(minutes=1):
        return _("just now")
    if age < timedelta(days=7):
        return str(dates.format_timedelta(-age, add_direction=True, locale=language(), threshold=1.1))
    return str(dates.format_date(moment, format="medium", locale=language()))


def moment(at: datetime) -> str:
    """Date and time in full, on the clock of the reader's browser where it tells its zone."""
    try:
        zone = dates.get_timezone(st.context.timezone or "UTC")
    except LookupError:
        zone = UTC
    return str(dates.format_datetime(at, format="medium", tzinfo=zone, locale=language()))


def stars(mean: float) -> str:
    """A mean of stars with one decimal: "4.3"."""
    return str(numbers.format_decimal(round(mean, 1), format="0.0", locale=language()))


def duration(seconds: float) -> str:
    """A span of time as one says it: "40 seconds", "12 minutes", "2 hours"."""
    return str(dates.format_timedelta(timedelta(seconds=max(1.0, seconds)), locale=language(), threshold=1.5))


def took(seconds: float | None) -> str:
    """What a step took: "0.4 s", "12 s", "3 minutes"."""
    if seconds is None:
        return DASH
    if seconds < 60:
        digits = 1 if seconds < 10 else 0
        return _("{seconds} s").format(
            seconds=numbers.format_decimal(round(seconds, digits), locale=language())
        )
    return duration(seconds)


def variants(count: int) -> str:
    return ngettext("{count} variant", "{count} variants", count).format(count=number(count))


def pictures(count: int) -> str:
    return ngettext("{count} picture", "{count} pictures", count).format(count=number(count))


def photos(count: int) -> str:
    return ngettext("{count} photo", "{count} photos", count).format(count=number(count))


def sessions(count: int) -> str:
    return ngettext("{count} session", "{count} sessions", count).format(count=number(count))


def placement(value: Placement) -> str:
    """The ratio with the place where it is shown."""
    names = {
        Placement.SQUARE: _("Feed"),
        Placement.PORTRAIT: _("Portrait"),
        Placement.STORY: _("Story"),
        Placement.WIDE: _("Wide"),
        Placement.LINK: _("Link"),
    }
    return f"{value.value} {names[value]}"


def strategy(value: Strategy) -> str:
    """A way of finding references, in the advertiser's words."""
    return {
        Strategy.NONE: _("No references"),
        Strategy.KEYWORDS: _("By keywords of the whole text"),
        Strategy.SUBQUERIES: _("Part by part"),
        Strategy.FILTERED: _("Part by part, best only"),
    }[value]


def status(value: str) -> str:
    """A session's state in words."""
    names = {
        "draft": _("Draft"),
        "review": _("To review"),
        "approved": _("Approved"),
        "rejected": _("Session rejected"),
        "report": _("Score report"),
    }
    return names.get(value, value)


def engine(name: str) -> str:
    return {"lite": _("Lite"), "full": _("Full"), "mixed": _("Custom")}.get(name, name)
