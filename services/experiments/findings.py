"""What an experiment found, strategy by strategy against the baseline, and what to beware of.

Pairs are the same brief and seed. A pair with an unscored side is left out and counted; nothing is filled in.
With several strategies the intervals are widened so that all of them hold together (Bonferroni).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.domain import Strategy
from services.experiments.presets import Preset
from services.experiments.rows import MEASURES, ScoreRow
from services.experiments.spec import ExperimentSpec
from services.experiments.statistics import (
    FEW_BRIEFS,
    FEW_PAIRS,
    PairedDifference,
    paired_difference,
    shared_level,
)
from services.messages import N_, Message

LEVEL = 0.95

SPANS = {"final": 100.0, "fidelity": 2.0}
"""The largest difference there can be in a measure; the others run from 0 to 1. Intervals are cut to it."""

Title = Callable[[Preset], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One strategy against the baseline in one measure; `difference` in the measure's own unit, None where
    too few pairs are scored. `left_out` pairs have a side that is not.
    """

    strategy: str
    measure: str
    difference: PairedDifference | None
    left_out: int


@dataclass(frozen=True, slots=True)
class Findings:
    """All comparisons; `sentences` in the order of the strategies, about the final score. `helped`: retrieval
    beat no retrieval (True), fell behind or could not be shown to help (False), or was not asked (None).
    """

    comparisons: tuple[Finding, ...]
    sentences: tuple[Message, ...]
    verdict: Message
    helped: bool | None
    warnings: tuple[Message, ...]

    def of(self, strategy: str, measure: str = "final") -> Finding:
        return next(f for f in self.comparisons if (f.strategy, f.measure) == (strategy, measure))


def findings(
    spec: ExperimentSpec,
    rows: Sequence[ScoreRow],
    title: Title = lambda preset: preset.title,
    measures: Sequence[str] = MEASURES,
) -> Findings:
    """Compare every strategy with the baseline. The same rows give the same figures.

    `title` is how a strategy is called for the reader; `measures` are compared, the final score among them.
    """
    others = [spec.strategies[place] for place in spec.order if spec.strategies[place].key != spec.baseline]
    level = shared_level(len(others), LEVEL)
    sides = _sides(rows)
    comparisons = tuple(
        _compare(sides, spec, preset.key, measure, level) for preset in others for measure in measures
    )
    finals = {f.strategy: f for f in comparisons if f.measure == "final"}
    base = next(preset for preset in spec.strategies if preset.key == spec.baseline)
    sentences = tuple(_sentence(finals[preset.key], title(preset), title(base)) for preset in others)
    helped, verdict = _verdict(base, others, finals, title)
    return Findings(comparisons, sentences, verdict, helped, _warnings(list(finals.values()), spec, rows))


_Side = dict[tuple[str, int], ScoreRow]


def _sides(rows: Sequence[ScoreRow]) -> dict[str, _Side]:
    """Strategy -> (brief, seed) -> its variant of the last round."""
    sides: dict[str, _Side] = defaultdict(dict)
    for row in rows:
        if row.last:
            sides[row.strategy][row.brief, row.seed] = row
    return sides


def _compare(
    sides: dict[str, _Side], spec: ExperimentSpec, strategy: str, measure: str, level: float
) -> Finding:
    mine, base = sides.get(strategy, {}), sides.get(spec.baseline, {})
    differences: dict[str, list[float]] = defaultdict(list)
    left_out = 0
    for place in sorted(mine.keys() & base.keys()):
        after, before = getattr(mine[place], measure), getattr(base[place], measure)
        if after is None or before is None or mine[place].scorer != base[place].scorer:
            left_out += 1
        else:
            differences[place[0]].append(after - before)
    found = paired_difference(list(differences.values()), level)
    if found is not None:  # few pairs can promise less than nothing: no difference is beyond the measure
        most = SPANS.get(measure, 1.0)
        found = replace(found, low=max(found.low, -most), high=min(found.high, most))
    return Finding(strategy, measure, found, left_out)


def _sentence(finding: Finding, name: str, base: str) -> Message:
    found = finding.difference
    if found is None:
        return Message(
            N_("{strategy} could not be compared with {baseline}: too few pairs are scored."),
            {"strategy": name, "baseline": base},
        )
    values: dict[str, str | int | float] = {
        "strategy": name,
        "baseline": base,
        "mean": f"{abs(found.mean):.1f}",
        "low": f"{found.low:.1f}",
        "high": f"{found.high:.1f}",
        "pairs": found.pairs,
    }
    if found.low > 0:
        return Message(
            N_(
                "{strategy} beat {baseline} by {mean} AIM points, 95 % interval {low} to {high}, "
                "{pairs} pairs."
            ),
            values,
        )
    if found.high < 0:
        return Message(
            N_(
                "{strategy} fell behind {baseline} by {mean} AIM points, 95 % interval {low} to {high}, "
                "{pairs} pairs."
            ),
            values,
        )
    return Message(
        N_(
            "No difference between {strategy} and {baseline} could be shown: 95 % interval {low} to {high} "
            "AIM points, {pairs} pairs."
        ),
        values,
    )


def _verdict(
    base: Preset, others: Sequence[Preset], finals: dict[str, Finding], title: Title
) -> tuple[bool | None, Message]:
    """Whether retrieval helped, where the baseline does without; else which strategy is ahead."""
    better = [preset for preset in others if (d := finals[preset.key].difference) and d.low > 0]
    best = max(better, key=lambda preset: _mean(finals[preset.key]), default=None)
    if base.search is not Strategy.NONE:
        if best is None:
            return None, Message(N_("No strategy could be shown to beat {name}."), {"name": title(base)})
        return None, Message(N_("{name} is ahead of the baseline."), {"name": title(best)})
    if best is not None:
        return True, Message(N_("Retrieval helped: {name} gained most."), {"name": title(best)})
    known = [d for preset in others if (d := finals[preset.key].difference) is not None]
    if not known:
        return None, Message(N_("Nothing can be said yet: too few pairs are scored."))
    return False, Message(
        N_("Retrieval did not help here. At most {points} AIM points of gain fit these figures."),
        {"points": f"{max(0.0, *(d.high for d in known)):.1f}"},
    )


def _mean(finding: Finding) -> float:
    return finding.difference.mean if finding.difference is not None else 0.0


def _warnings(
    finals: Sequence[Finding], spec: ExperimentSpec, rows: Sequence[ScoreRow]
) -> tuple[Message, ...]:
    said: list[Message] = []
    known = [f.difference for f in finals if f.difference is not None]
    if known and (fewest := min(d.pairs for d in known)) < FEW_PAIRS:
        said.append(
            Message(
                N_("Only {pairs} pairs: such intervals are wide and rough. Take at least {enough}."),
                {"pairs": fewest, "enough": FEW_PAIRS},
            )
        )
    if len(spec.briefs) == 1:
        said.append(
            Message(
                N_("With one brief this speaks of it alone; with {enough} or more, of others like them."),
                {"enough": FEW_BRIEFS},
            )
        )
    elif len(spec.briefs) < FEW_BRIEFS:
        said.append(
            Message(
                N_(
                    "With {count} briefs this speaks of these alone; with {enough} or more, "
                    "of others like them."
                ),
                {"count": len(spec.briefs), "enough": FEW_BRIEFS},
            )
        )
    if left_out := sum(f.left_out for f in finals):
        said.append(Message(N_("{count} pairs were left out: one side is not scored."), {"count": left_out}))
    if len(finals) > 1:
        said.append(
            Message(
                N_("The {count} intervals hold together; each by itself is one of {level} %."),
                {"count": len(finals), "level": f"{100 * shared_level(len(finals), LEVEL):.1f}"},
            )
        )
    if len({row.scorer for row in rows if row.scorer}) > 1:
        said.append(Message(N_("Scores of different scorers are not compared with each other.")))
    return tuple(said)
