"""Pictures that go together, and a name for each group in the words of its tags, captions or labels."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors

MOST_GROUPS = 7
"""As many as colours can be told apart, and one grey for what has none."""

WORDS_EACH = 2
"""A group is called by two words: one is often shared, three do not fit a legend."""

ENOUGH = 0.5
"""Share of a group's pictures that must have words, before the words may name it."""

SMALLEST_SHARE = 0.15
"""Of the group's pictures that a word must come with, to speak for the group."""

SEED = 0
_WORD = re.compile(r"[^\W\d_]{3,}|[가-힣]{2,}")
_EMPTY = frozenset(
    _WORD.findall(
        "the and with for from this that are its near over under into onto very some other one "
        "photo picture image background against front back"
    )
)
"""Words that say nothing of what a picture shows."""

Labels = Callable[[Vectors], Sequence[str]]
"""A direction to what the search model calls it, closest first."""


def find_groups(units: Vectors) -> NDArray[np.int64]:
    """A group number for each unit vector, 0 the largest group. One group where there are too few to part."""
    count = min(MOST_GROUPS, max(1, math.isqrt(len(units) // 2)))
    if count < 2:
        return np.zeros(len(units), np.int64)
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=3, random_state=SEED).fit_predict(units)
    sizes = Counter(found.tolist())
    order = {old: new for new, (old, _size) in enumerate(sizes.most_common())}
    return np.array([order[label] for label in found.tolist()], np.int64)


def name_groups(
    units: Vectors,
    groups: NDArray[np.int64],
    tags: Sequence[Sequence[str]],
    captions: Sequence[str],
    labels: Labels | None = None,
) -> list[str]:
    """A name for each group, no two alike: tags where most pictures have some, else the captions' words,
    else the labels closest to the group's middle. "" where there is nothing to go by."""
    spoken = [set(_WORD.findall(caption.lower())) - _EMPTY for caption in captions]
    names: list[str] = []
    taken: set[str] = set()
    for group in range(int(groups.max()) + 1 if len(groups) else 0):
        members = np.flatnonzero(groups == group)
        words = (
            telling([set(t) for t in tags], members, taken)
            or telling(spoken, members, taken)
            or _labelled(units, members, labels, taken)
        )
        taken.update(words)
        names.append(", ".join(words))
    return names


def telling(words: Sequence[set[str]], members: NDArray[np.int64], taken: set[str]) -> list[str]:
    """Up to two words that come with many of `members` and with few others; those in `taken` are left out.

    None where fewer than half of the members have any word, or no word is more common among them.
    """
    ours = Counter(word for place in members for word in words[place])
    if sum(bool(words[place]) for place in members) < ENOUGH * len(members):
        return []
    everywhere = Counter(word for each in words for word in each)
    worth: dict[str, float] = {}
    for word, count in ours.items():
        share, overall = count / len(members), everywhere[word] / len(words)
        if word not in taken and share >= SMALLEST_SHARE:
            worth[word] = share * math.log(share / overall) if len(members) < len(words) else share
    best = sorted((word for word, value in worth.items() if value > 0), key=lambda w: (-worth[w], w))
    return best[:WORDS_EACH]


def _labelled(
    units: Vectors, members: NDArray[np.int64], labels: Labels | None, taken: set[str]
) -> list[str]:
    if labels is None:
        return []
    middle = units[members].mean(axis=0)
    return [label for label in labels(middle) if label not in taken][:WORDS_EACH]
