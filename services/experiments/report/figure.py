"""Differences to the baseline as dots and bars, drawn in SVG; colours come from the page's own."""

from __future__ import annotations

import math

from services.experiments.report import words as w
from services.experiments.report.facts import Facts
from services.experiments.report.markup import Html, tag, text
from services.export.words import Words

WIDTH = 760
LABELS, RIGHT = 230, 96
ROW, TOP, FOOT = 46, 14, 46


def intervals(facts: Facts, words: Words) -> Html:
    """One row a strategy; the line at 0 is the baseline."""
    others = facts.strategies[1:]
    found = [(preset, facts.findings.of(preset.key).difference) for preset in others]
    ends = [end for _, d in found if d is not None for end in (d.low, d.high)]
    low, high, step = scale(min([0.0, *ends]), max([0.0, *ends]))
    height = TOP + ROW * len(others) + FOOT

    def x(value: float) -> float:
        return LABELS + (value - low) / (high - low) * (WIDTH - LABELS - RIGHT)

    bottom = TOP + ROW * len(others)
    parts = [tag("title", words(w.FIGURE_ALT, baseline=words(facts.baseline.title)))]
    ticks = round((high - low) / step)
    for number in range(ticks + 1):
        value = low + number * step
        zero = abs(value) < step / 1e6
        parts.append(_line(x(value), TOP, x(value), bottom, "zero" if zero else "grid"))
        parts.append(_words(x(value), bottom + 18, "0" if zero else f"{value:+g}".replace("-", "−"), "tick"))
    parts.append(_words(x((low + high) / 2), bottom + 38, words(w.POINTS), "tick"))
    for place, (preset, difference) in enumerate(found):
        y = TOP + ROW * (place + 0.5)
        parts.append(_words(LABELS - 16, y + 5, _short(words(preset.title)), "name"))
        if difference is None:
            parts.append(_words(x(0) + 8, y + 5, words(w.NO_PAIRS), "none"))
            continue
        kind = "ahead" if difference.low > 0 else "behind" if difference.high < 0 else "open"
        bar = (
            _line(x(difference.low), y, x(difference.high), y, "bar"),
            _line(x(difference.low), y - 6, x(difference.low), y + 6, "bar"),
            _line(x(difference.high), y - 6, x(difference.high), y + 6, "bar"),
            tag("circle", cx=f"{x(difference.mean):.1f}", cy=f"{y:.1f}", r="6"),
        )
        parts.append(tag("g", *bar, class_=kind))
        parts.append(_words(WIDTH - RIGHT + 16, y + 5, signed(difference.mean), f"value {kind}"))
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {height}", role="img", class_="intervals")


def signed(value: float, decimals: int = 1) -> str:
    """ "+3.1", "−0.4" with a real minus, "0.0" without a sign."""
    shown = f"{value:+.{decimals}f}"
    return f"{0:.{decimals}f}" if float(shown) == 0 else shown.replace("-", "−")


def scale(low: float, high: float) -> tuple[float, float, float]:
    """Ends and step of an axis with 3 to 8 round marks that holds both."""
    span = max(high - low, 1e-9)
    size = 10 ** math.floor(math.log10(span / 5))
    step = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= 6)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    return first, last if last > first else first + step, step


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return tag("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=kind)


def _words(x: float, y: float, said: str, kind: str) -> Html:
    return tag("text", text(said), x=f"{x:.1f}", y=f"{y:.1f}", class_=kind)
