"""Findings from rows alone: pairing, what is left out, the sentences, and the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.domain import Photo
from services.experiments.findings import Findings, findings
from services.experiments.presets import BY_KEY
from services.experiments.rows import ScoreRow
from services.experiments.spec import BriefSpec, ExperimentSpec
from services.experiments.statistics import paired_difference
from tests.builders import sha


def spec(*keys: str, briefs: int = 3, seeds: int = 8) -> ExperimentSpec:
    photo = Photo(sha("photo"), "photo.png", 10, 10, hero=True)
    return ExperimentSpec(
        name="x",
        briefs=tuple(BriefSpec(f"b{n}", "topic", "text", (photo,)) for n in range(briefs)),
        strategies=tuple(BY_KEY[key] for key in keys),
        baseline=keys[0],
        seeds=seeds,
    )


def rows(made: ExperimentSpec, gains: dict[str, float], spread: float = 2.0, seed: int = 0) -> list[ScoreRow]:
    """Finals around 60 that differ between briefs and seeds; each strategy gains on the same pair."""
    random = np.random.default_rng(seed)
    found = []
    for brief in made.briefs:
        for number in range(made.seeds):
            base = 60 + random.normal(0, 10)
            for key, gain in gains.items():
                final = base + gain + random.normal(0, spread)
                found.append(
                    ScoreRow(
                        brief.name,
                        key,
                        0,
                        number,
                        "s",
                        len(found),
                        "",
                        "lite",
                        final,
                        0.5,
                        0.5,
                        0.5,
                        0.5,
                        0.5,
                    )
                )
    return found


def say(found: Findings) -> list[str]:
    return [str(sentence) for sentence in found.sentences]


def test_a_gain_is_told_with_its_interval_and_pairs() -> None:
    made = spec("none", "filtered")
    found = findings(made, rows(made, {"none": 0, "filtered": 5}))
    difference = found.of("filtered").difference
    assert difference is not None
    assert 4 < difference.mean < 6
    assert say(found) == [
        f"Sub-queries and filter beat No retrieval by {difference.mean:.1f} AIM points, "
        f"95 % interval {difference.low:.1f} to {difference.high:.1f}, 24 pairs."
    ]
    assert (found.helped, str(found.verdict)) == (
        True,
        "Retrieval helped: Sub-queries and filter gained most.",
    )


def test_pairs_are_compared_and_not_averages() -> None:
    """Seeds differ by 10 points, the strategies by 5: only pairing can tell."""
    made = spec("none", "filtered")
    table = rows(made, {"none": 0, "filtered": 5})
    found = findings(made, table).of("filtered").difference
    by_brief = [
        [
            after.final - before.final  # type: ignore[operator]
            for before, after in zip(table[::2], table[1::2], strict=True)
            if before.brief == brief.name
        ]
        for brief in made.briefs
    ]
    assert found == paired_difference(by_brief)


def test_no_difference_and_a_loss_are_told_as_such() -> None:
    made = spec("none", "subqueries", "filtered")
    found = findings(made, rows(made, {"none": 0, "subqueries": 0, "filtered": -9}))
    none, loss = say(found)
    assert none.startswith(
        "No difference between Sub-queries and No retrieval could be shown: 95 % interval -"
    )
    assert loss.startswith("Sub-queries and filter fell behind No retrieval by ")
    assert found.helped is False
    assert str(found.verdict).startswith("Retrieval did not help here. At most ")


def test_a_useless_library_is_recognised_nearly_always() -> None:
    """Strategies that change nothing but chance: at most one experiment in ten claims a gain."""
    made = spec("none", "keywords", "subqueries", "filtered", seeds=4)
    gains = dict.fromkeys(("none", "keywords", "subqueries", "filtered"), 0.0)
    helped = [findings(made, rows(made, gains, 5.0, seed)).helped for seed in range(40)]
    assert sum(map(bool, helped)) <= 4


def test_unscored_sides_other_scorers_and_drafts_are_left_out() -> None:
    made = spec("none", "filtered")
    table = rows(made, {"none": 0, "filtered": 5})
    table[0] = replace(table[0], final=None, reason="not scored")
    table[3] = replace(table[3], scorer="full")
    table.append(replace(table[5], final=0.0, last=False))
    found = findings(made, table)
    finding = found.of("filtered")
    assert finding.difference is not None
    assert (finding.difference.pairs, finding.left_out) == (22, 2)
    told = [str(warning) for warning in found.warnings]
    assert "2 pairs were left out: one side is not scored." in told
    assert "Scores of different scorers are not compared with each other." in told
    assert found.of("filtered", "coverage").left_out == 1  # other scorers alone


def test_intervals_of_several_strategies_hold_together() -> None:
    one, three = spec("none", "filtered"), spec("none", "keywords", "subqueries", "filtered")
    table = rows(three, {"none": 0, "keywords": 0, "subqueries": 0, "filtered": 5})
    alone = findings(one, [row for row in table if row.strategy in ("none", "filtered")]).of("filtered")
    together = findings(three, table).of("filtered")
    assert alone.difference is not None and together.difference is not None  # noqa: PT018
    assert together.difference.mean == alone.difference.mean
    assert together.difference.low < alone.difference.low
    assert together.difference.level == pytest.approx(1 - 0.05 / 3)


def test_an_interval_ends_where_the_score_does() -> None:
    """Differences that four seeds hardly pin down: the bootstrap alone would say more than 100 points."""
    made = spec("none", "filtered", briefs=1, seeds=4)
    table = rows(made, {"none": 0, "filtered": 0}, spread=0)
    gains = iter((0.0, 0.6, -30.4, -4.0))
    table = [
        replace(row, final=(row.final or 0) + next(gains)) if row.strategy == "filtered" else row
        for row in table
    ]
    found = findings(made, table).of("filtered").difference
    assert found is not None
    assert found.low == -100
    assert found.low < found.mean < found.high < 100


def test_little_is_said_to_be_little() -> None:
    made = spec("none", "filtered", briefs=1, seeds=4)
    told = [str(w) for w in findings(made, rows(made, {"none": 0, "filtered": 5})).warnings]
    assert told[0] == "Only 4 pairs: such intervals are wide and rough. Take at least 12."
    assert told[1].startswith("With one brief this speaks of it alone")
    nothing = findings(made, [])
    assert nothing.helped is None
    assert say(nothing) == [
        "Sub-queries and filter could not be compared with No retrieval: too few pairs are scored."
    ]


def test_against_a_baseline_that_retrieves_the_verdict_is_about_strategies() -> None:
    made = spec("keywords", "filtered")
    found = findings(made, rows(made, {"keywords": 0, "filtered": 6}))
    assert (found.helped, str(found.verdict)) == (None, "Sub-queries and filter is ahead of the baseline.")
