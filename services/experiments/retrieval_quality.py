"""How well each strategy finds what it should, with nothing generated: a library, and labelled queries.

What is measured is what the generator would be given: the product's own references for the query, heaviest
first, cut off at k. Each sub-query may bring so many that every strategy could fill k places. Strategies
without retrieval find nothing and take no part. Differences are paired over queries: the query is the unit.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.domain import Brief, Plan, Strategy, SubQuery
from services.errors import InvalidInput
from services.experiments.findings import LEVEL
from services.experiments.labels import Question
from services.experiments.presets import Preset
from services.experiments.statistics import FEW_BRIEFS, PairedDifference, paired_difference, shared_level
from services.limits import MATCHES_PER_SUBQUERY
from services.messages import N_, Message
from services.parts import Encoder, Planner, Progress

TOP = 10
MOST = 100
MEASURES = ("recall", "precision", "ndcg")


@dataclass(frozen=True, slots=True)
class Result:
    """One query by one strategy, all 0..1 at k: `recall` of what could be found in k places, `precision` over
    k, so that places left empty count as misses, `ndcg` with relevance 0 or 1. `given`: pictures within k.
    """

    query: str
    strategy: str
    recall: float
    precision: float
    ndcg: float
    given: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A strategy minus the first one in one measure; None with fewer than FEW_BRIEFS queries."""

    strategy: str
    measure: str
    difference: PairedDifference | None


@dataclass(frozen=True, slots=True)
class Quality:
    """All results, differences to the first strategy, and what they say of recall, in a sentence each."""

    k: int
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]
    sentences: tuple[Message, ...]

    def has(self, strategy: str) -> bool:
        return any(r.strategy == strategy for r in self.results)

    def mean(self, strategy: str, measure: str) -> float:
        """Of a measure, or of `given`, over all queries."""
        return float(np.mean([getattr(r, measure) for r in self.results if r.strategy == strategy]))


def measure(
    library: str,
    questions: Sequence[Question],
    presets: Sequence[Preset],
    encoder: Encoder,
    planner: Planner,
    k: int = TOP,
    progress: Progress | None = None,
) -> Quality:
    """Search for every question by every preset that retrieves; the first is what others are compared with.

    Raises InvalidInput (nothing to measure), NotFound, NotPrepared (the library in another search model).
    """
    found_by = [preset for preset in presets if preset.search is not Strategy.NONE]
    if not questions or not found_by or not 1 <= k <= MOST:
        raise InvalidInput(
            N_(
                "There is nothing to measure: it takes queries, a strategy that retrieves, and 1 to "
                "{limit} places."
            ),
            limit=MOST,
        )
    results: list[Result] = []
    for number, question in enumerate(questions):
        brief = Brief(topic=question.text, product_text=question.text, library=library)
        plan = _plan(question, brief, found_by, planner)
        for preset in found_by:
            ranked = references(brief, plan, preset, encoder, k)
            results.append(score(question, preset.key, ranked, k))
        if progress is not None:
            progress((number + 1) / len(questions))
    return conclude(results, found_by, k)


def references(brief: Brief, plan: Plan, preset: Preset, encoder: Encoder, k: int) -> list[int]:
    """Item ids that `preset` would hand to the generator, heaviest first, at most `k`."""
    from services.retrieval.filters import apply_filters
    from services.retrieval.retrieve import image_cosines, queries_for, retrieve

    asked = replace(brief, strategy=preset.search)
    each = max(MATCHES_PER_SUBQUERY, math.ceil(k / max(1, len(queries_for(asked, plan)))))
    matches = retrieve(asked, plan, encoder, count=each)
    if preset.filter_above is not None:
        cosines = image_cosines(matches, encoder)
        matches = apply_filters(matches, cosines, encoder.relevance_floor, preset.filter_above)
    kept = [match for match in matches if match.kept]
    return [m.item_id for m in sorted(kept, key=lambda m: (-m.weight, -m.similarity, m.item_id))][:k]


def score(question: Question, strategy: str, ranked: Sequence[int], k: int) -> Result:
    """The measures of one ranked list of at most `k` items."""
    gains = [float(item in question.relevant) for item in ranked[:k]]
    worth = [1 / math.log2(place + 2) for place in range(k)]
    most = min(len(question.relevant), k)
    return Result(
        query=question.text,
        strategy=strategy,
        recall=sum(gains) / most,
        precision=sum(gains) / k,
        ndcg=sum(gain * value for gain, value in zip(gains, worth, strict=False)) / sum(worth[:most]),
        given=len(gains),
    )


def conclude(results: Sequence[Result], presets: Sequence[Preset], k: int) -> Quality:
    """Paired differences to the first preset, all intervals holding together, and sentences on recall."""
    base, *others = presets
    level = shared_level(len(others), LEVEL)
    values = {(r.query, r.strategy): r for r in results}
    queries = list(dict.fromkeys(r.query for r in results))
    differences = []
    for preset in others:
        for name in MEASURES:
            pairs = [
                [getattr(values[query, preset.key], name) - getattr(values[query, base.key], name)]
                for query in queries
            ]
            differences.append(Difference(preset.key, name, paired_difference(pairs, level)))
    recall = {d.strategy: d.difference for d in differences if d.measure == "recall"}
    sentences = tuple(_sentence(preset, base, recall[preset.key], k) for preset in others)
    return Quality(k, tuple(results), tuple(differences), sentences)


def to_csv(quality: Quality) -> str:
    """Every query by every strategy, at full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["query", "strategy", "k", *MEASURES, "given"])
    for r in quality.results:
        writer.writerow(
            [_safe(r.query), r.strategy, quality.k, *(repr(getattr(r, m)) for m in MEASURES), r.given]
        )
    return stream.getvalue()


def _safe(text: str) -> str:
    """A query that a spreadsheet would read as a formula is told to be text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _plan(question: Question, brief: Brief, presets: Sequence[Preset], planner: Planner) -> Plan:
    """Typed sub-queries, else the planner's, where any strategy asks for them."""
    if question.subqueries:
        return Plan(question.text, question.subqueries)
    if all(preset.search is Strategy.KEYWORDS for preset in presets):
        return Plan(question.text, (SubQuery(question.text, 1.0),))
    return planner.plan(brief)


def _sentence(preset: Preset, base: Preset, found: PairedDifference | None, k: int) -> Message:
    values: dict[str, str | int | float] = {"strategy": preset.title, "baseline": base.title, "k": k}
    if found is None:
        return Message(
            N_("{strategy} could not be compared with {baseline}: it takes {enough} queries."),
            {**values, "enough": FEW_BRIEFS},
        )
    values |= {
        "mean": f"{abs(found.mean):.3f}",
        "low": f"{found.low:.3f}",
        "high": f"{found.high:.3f}",
        "queries": found.briefs,
    }
    if found.low > 0:
        return Message(
            N_(
                "{strategy} finds more than {baseline}: recall@{k} is {mean} higher, 95 % interval "
                "{low} to {high}, "
                "{queries} queries."
            ),
            values,
        )
    if found.high < 0:
        return Message(
            N_(
                "{strategy} finds less than {baseline}: recall@{k} is {mean} lower, 95 % interval "
                "{low} to {high}, "
                "{queries} queries."
            ),
            values,
        )
    return Message(
        N_(
            "No difference between {strategy} and {baseline} could be shown: 95 % interval {low} to "
            "{high} of "
            "recall@{k}, {queries} queries."
        ),
        values,
    )
