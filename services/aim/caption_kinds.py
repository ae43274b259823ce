"""Kinds that ImageNet's fine classes fall into, so that a caption can be sure of "a dog" before a breed.

ImageNet's 1000 classes are in the order of WordNet's tree: 0 to 397 are animals, relatives are neighbours.
"""

from __future__ import annotations

ANIMALS = 398
"""Classes below this number are animals, the others things, plants, food and places."""

KINDS: tuple[tuple[str, tuple[range, ...]], ...] = (
    ("dog", (range(151, 269),)),
    ("cat", (range(281, 286),)),
    ("bird", (range(7, 25), range(80, 101), range(127, 147))),
    ("fish", (range(2), range(389, 398))),
    ("shark", (range(2, 5),)),
    ("frog", (range(30, 33),)),
    ("turtle", (range(33, 38),)),
    ("lizard", (range(38, 49),)),
    ("snake", (range(52, 69),)),
    ("spider", (range(72, 78),)),
    ("crab", (range(118, 122),)),
    ("wolf", (range(269, 273),)),
    ("fox", (range(277, 281),)),
    ("bear", (range(294, 298),)),
    ("beetle", (range(300, 308),)),
    ("butterfly", (range(321, 327),)),
    ("rabbit", (range(330, 333),)),
    ("monkey", (range(370, 383),)),
    ("elephant", (range(101, 102), range(385, 387))),
)

KIND_OF: dict[int, str] = {number: kind for kind, ranges in KINDS for numbers in ranges for number in numbers}
"""Class number -> kind, for those that have one."""
