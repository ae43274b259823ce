"""Balanced line breaking: lines of like length, no widow, Korean and Latin broken at spaces alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import pairwise

WIDOW = 0.5
"""A line shorter than this share of the longest looks left over."""

_NO_START = set("、。，．・！？）」』】〉》ー々")
"""Japanese and Chinese marks that must not begin a line."""


def break_lines(
    text: str, count: int, width: Callable[[str], float], anywhere: bool = False
) -> tuple[str, ...] | None:
    """`text` in exactly `count` lines with the narrowest longest line, or None where it has too few parts.

    `width` gives a line's width in any unit. `anywhere` also allows a break between any two characters
    (the last resort for an endless word).
    """
    pieces = _pieces(text, anywhere)
    if count > len(pieces):
        return None
    best: tuple[float, tuple[str, ...]] | None = None
    for lines in _splits(pieces, count, width):
        cost = _cost(lines, width)
        if best is None or cost < best[0]:
            best = (cost, lines)
    return best[1] if best else None


def _pieces(text: str, anywhere: bool) -> list[str]:
    """Unbreakable parts, each with the space that follows it. Text of ideographs without spaces may
    break between any two of them."""
    words = [w + " " for w in text.split()]
    pieces: list[str] = []
    for word in words:
        if anywhere or (len(word) > 9 and all(_ideograph(c) for c in word.strip())):
            for c in word.strip():
                if pieces and c in _NO_START:
                    pieces[-1] += c
                else:
                    pieces.append(c)
            pieces[-1] += " "
        else:
            pieces.append(word)
    return pieces


def _ideograph(c: str) -> bool:
    """Japanese or Chinese, which is written without spaces; Hangul is not meant."""
    return unicodedata.east_asian_width(c) in ("W", "F") and not "\uac00" <= c <= "\ud7a3"


def _splits(pieces: list[str], count: int, width: Callable[[str], float]) -> list[tuple[str, ...]]:
    """The few ways to split that keep every line within reach of the even length."""
    total = width("".join(pieces).strip())
    found: list[tuple[str, ...]] = []
    # Greedy filling at a row of target widths gives every balanced split without trying them all.
    for share in range(60, 200, 4):
        limit = total / count * share / 100
        lines: list[str] = []
        line = ""
        for piece in pieces:
            if line and len(lines) < count - 1 and width((line + piece).strip()) > limit:
                lines.append(line.strip())
                line = ""
            line += piece
        lines.append(line.strip())
        if len(lines) == count and tuple(lines) not in found:
            found.append(tuple(lines))
    found += [tuple(s) for lines in list(found) for s in _shifted(lines) if tuple(s) not in found]
    return found


def _shifted(lines: tuple[str, ...]) -> list[list[str]]:
    """Splits with one word moved down a line."""
    out = []
    for i in range(len(lines) - 1):
        head, space, word = lines[i].rpartition(" ")
        if space and head:
            moved = list(lines)
            moved[i], moved[i + 1] = head, f"{word} {lines[i + 1]}"
            out.append(moved)
    return out


def _cost(lines: tuple[str, ...], width: Callable[[str], float]) -> float:
    """Lower is better: longest line first, then raggedness, then what typographers frown upon."""
    widths = [width(line) for line in lines]
    longest = max(widths) or 1.0
    ragged = sum((longest - w) ** 2 for w in widths) / longest**2
    cost = longest * (1 + 0.25 * ragged)
    if len(lines) > 1 and min(widths) < WIDOW * longest:
        cost *= 1.35
    for above, below in pairwise(lines):
        # A comma or a dash is where a reader breathes; a lone article dangling at a line's end is not.
        if above.endswith((",", ".", ":", "—", "–", "!", "?")):
            cost *= 0.86
        if above.split(" ")[-1].lower() in _DANGLING:
            cost *= 1.06
        if below.strip() in {"—", "–", "-"}:
            cost *= 1.5
    return cost


def line_merit(lines: tuple[str, ...]) -> float:
    """How well broken lines read, 0..1 (1 is best), to weigh against the size that they allow.

    Costs: a pause (comma, full stop, dash) in the midst of a line while the break is elsewhere; a short
    line; a column of single words.
    """
    if len(lines) == 1:
        return 1.0
    pauses = sum(
        any(mark in line[:-1] for mark in (", ", ". ", "! ", "? ", ": ", " — ", " – ")) for line in lines
    )
    short = min(len(line) for line in lines) < WIDOW * max(len(line) for line in lines)
    lone = sum(" " not in line for line in lines) if len(lines) > 2 else 0
    return 0.74**pauses * (0.8 if short else 1.0) * 0.84 ** max(lone - 1, 0)


_DANGLING = {"a", "an", "the", "of", "to", "in", "on", "for", "and", "or", "with", "your"}
