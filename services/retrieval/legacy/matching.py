"""Which file is whose picture: by base name first, then by the longest path that agrees from its end.

Names are compared as people read them: composed Unicode, no case, .jpeg as .jpg. What could be two
things is no match: it is listed, and nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_SAME_SUFFIX = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg"}

Parts = tuple[str, ...]


@dataclass(slots=True)
class Matches:
    """Places in the two lists. `ambiguous`: file -> names that it fits equally well, or that another file
    fits as well."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    ambiguous: dict[int, list[int]] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)


def match(files: Sequence[str], names: Sequence[str]) -> Matches:
    """Give each of `files` the one of `names` that it belongs to: (place in files, place in names)."""
    by_base: dict[str, list[int]] = defaultdict(list)
    wanted = [normalised(name) for name in names]
    for place, parts in enumerate(wanted):
        by_base[parts[-1]].append(place)
    found = Matches()
    groups: dict[str, list[int]] = defaultdict(list)
    given = [normalised(file) for file in files]
    for place, parts in enumerate(given):
        if parts[-1] in by_base:
            groups[parts[-1]].append(place)
        else:
            found.unknown.append(place)
    for base, members in groups.items():
        _settle({f: given[f] for f in members}, {n: wanted[n] for n in by_base[base]}, found)
    found.pairs.sort()
    return found


def normalised(path: str) -> Parts:
    """The components of `path` for comparing."""
    parts = [
        unicodedata.normalize("NFC", part).casefold().strip()
        for part in path.replace("\\", "/").split("/")
        if part not in ("", ".", "..")
    ] or [""]
    suffix = PurePosixPath(parts[-1]).suffix
    if suffix in _SAME_SUFFIX:
        parts[-1] = parts[-1].removesuffix(suffix) + _SAME_SUFFIX[suffix]
    return tuple(parts)


def _settle(files: Mapping[int, Parts], names: Mapping[int, Parts], found: Matches) -> None:
    """Files and names of one base name. A pair must be the best of both sides, and alone in that."""
    if len(files) == len(names) == 1:
        found.pairs.append((next(iter(files)), next(iter(names))))
        return
    best_names = {file: _best(parts, names) for file, parts in files.items()}
    best_files = {name: _best(parts, files) for name, parts in names.items()}
    for file, fitting in best_names.items():
        if len(fitting) == 1 and best_files[fitting[0]] == [file]:
            found.pairs.append((file, fitting[0]))
        else:
            found.ambiguous[file] = fitting


def _best(parts: Parts, others: Mapping[int, Parts]) -> list[int]:
    """Those of `others` that share the longest end with `parts`."""
    lengths = {place: _shared(parts, other) for place, other in others.items()}
    longest = max(lengths.values())
    return [place for place, length in lengths.items() if length == longest]


def _shared(one: Parts, other: Parts) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def listed(names: Iterable[str], limit: int = 5) -> str:
    """A few of `names` for a sentence."""
    some = list(names)
    shown = ", ".join(some[:limit])
    return f"{shown}, …" if len(some) > limit else shown
