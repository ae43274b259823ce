"""Which file is whose picture: by base name first, then by the longest path that agrees from its end.

Names are compared as people read them: composed Unicode, no case, .jpeg as .jpg. What could be two
things is no match: it is listed, and nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_SAME_SUFFIX = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg"}

LISTED = 5
"""Names that a sentence lists."""

Parts = tuple[str, ...]


@dataclass(slots=True)
class Matches:
    """Places in the two lists. `ambiguous`: file -> some names that it fits equally well, or the one that
    other files fit as well."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    ambiguous: dict[int, list[int]] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)


def match(files: Sequence[str], names: Sequence[str]) -> Matches:
    """Give each of `files` the one of `names` that it belongs to: (place in files, place in names).

    A pair must be the best of both sides, and alone in that. The work grows with the number of components,
    whatever is called the same.
    """
    given, wanted = [normalised(file) for file in files], [normalised(name) for name in names]
    file_ends, name_ends = _Ends(given), _Ends(wanted)
    found = Matches()
    for place, parts in enumerate(given):
        fitting = name_ends.best(parts)
        if not fitting:
            found.unknown.append(place)
        elif len(fitting) == 1 and file_ends.best(wanted[fitting[0]]) == [place]:
            found.pairs.append((place, fitting[0]))
        else:
            found.ambiguous[place] = fitting
    return found


class _Ends:
    """Paths by each of their ends: "c.jpg", "b/c.jpg", "a/b/c.jpg"."""

    def __init__(self, paths: Sequence[Parts]) -> None:
        self._places: dict[Parts, list[int]] = defaultdict(list)
        for place, parts in enumerate(paths):
            for start in range(len(parts)):
                known = self._places[parts[start:]]
                if len(known) <= LISTED:  # more are only said to be more
                    known.append(place)

    def best(self, parts: Parts) -> list[int]:
        """The paths that share the longest end with `parts`; none where not even the name is shared."""
        ends = (self._places.get(parts[start:]) for start in range(len(parts)))
        return next((places for places in ends if places), [])


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


def listed(names: Iterable[str]) -> str:
    """A few of `names` for a sentence."""
    some = list(names)
    shown = ", ".join(some[:LISTED])
    return f"{shown}, …" if len(some) > LISTED else shown
