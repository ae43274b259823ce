"""Places, ties, and explanations whose figures add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aim.explanation import explain, parts
from services.aim.normalisation import assemble, caption_norm, clip_norm, lpips_norm
from services.aim.ranking import mixed_scorers, order, rank
from services.aim.weights import DEFAULT_WEIGHTS
from services.domain import AimScore, AimWeights, MetricScore
from services.messages import message

WHY = message("why")


def score(
    clip: float | None = 0.3,
    caption: float | None = 0.5,
    lpips: float | None = 0.7,
    weights: AimWeights = DEFAULT_WEIGHTS,
    is_reference: bool = False,
    scorer: str = "s",
) -> AimScore:
    def metric(raw: float | None, norm) -> MetricScore:
        return MetricScore(reason=WHY) if raw is None else MetricScore(raw, norm(raw))

    metrics = (metric(clip, clip_norm), metric(caption, caption_norm), metric(lpips, lpips_norm))
    return assemble(scorer, *metrics, weights, is_reference)


def test_best_first_and_unscored_last_without_a_place() -> None:
    scores = [score(caption=0.1), score(clip=None), score(caption=0.6), score(caption=0.3)]
    assert rank(scores) == [3, None, 1, 2]
    assert order(scores) == [2, 3, 0, 1]


def test_the_reference_has_a_place() -> None:
    scores = [score(caption=0.2), score(caption=0.7, lpips=None, is_reference=True)]
    assert rank(scores) == [2, 1]


def test_ties_go_by_raw_values_then_by_position() -> None:
    # both captions and both texts have full marks, all finals are equal
    scores = [score(0.5, 0.8, 0.5), score(0.5, 0.9, 0.5), score(0.6, 0.8, 0.5), score(0.5, 0.8, 0.4)]
    scores.append(scores[0])
    assert len({s.final for s in scores}) == 1
    assert order(scores) == [1, 2, 3, 0, 4]
    assert rank(scores) == [4, 1, 2, 3, 5]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_places_are_a_permutation(captions: list[float]) -> None:
    assert sorted(p for p in rank([score(caption=c) for c in captions]) if p) == list(
        range(1, len(captions) + 1)
    )


def test_mixed_scores_are_pointed_out() -> None:
    assert mixed_scorers([score(), score()]) is None
    assert "models" in str(mixed_scorers([score(), score(scorer="other")]))
    assert "weights" in str(mixed_scorers([score(), score(weights=AimWeights(1, 0, 0))]))


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1.5), st.booleans())
def test_points_sum_to_the_final_and_losses_to_the_rest(
    clip: float, caption: float, lpips: float, is_reference: bool
) -> None:
    weights = AimWeights(0.25, 0.15, 0.6)
    one = score(clip, caption, None if is_reference else lpips, weights, is_reference)
    assert one.final is not None
    assert sum(p.points for p in parts(one)) == pytest.approx(one.final)
    losses = [m.values["lost"] for m in explain(one, []) if "lost" in m.values]
    assert 100 - sum(losses) == pytest.approx(one.final, abs=0.15)  # up to three losses below 0.05 go unsaid
    assert losses == sorted(losses, reverse=True)


def test_the_sentences() -> None:
    best = score(clip=0.4, caption=0.62, lpips=0.8)
    others = [score(caption=0.41), score(caption=0.2), score(caption=0.5)]
    said = [str(sentence) for sentence in explain(best, others)]
    # 50 * 0.62 / 0.7 = 44.3; median 50 * 0.41 / 0.7 = 29.3; 30 * (1 - 0.6925) = 9.2; 50 - 44.29 = 5.71
    assert said == [
        "Shows the topic best: 44.3 of 50 points; the median is 29.3.",
        "Loses 9.2 of 30 points on the reference: distance 0.80, best to 0.6.",
        "Loses 5.7 of 50 points on the topic: similarity 0.62, best from 0.7.",
    ]


def test_well_but_not_best() -> None:
    others = [score(caption=0.69), score(caption=0.2), score(caption=0.2)]
    assert str(explain(score(caption=0.6), others)[0]).startswith("Shows the topic better than most")


def test_no_praise_for_the_middle() -> None:
    same = score()
    assert not any("median" in str(m) for m in explain(same, [same, same]))


def test_full_marks() -> None:
    assert [str(m) for m in explain(score(0.5, 0.8, 0.2), [])] == ["Has full marks in every part."]


def test_the_reference_says_so() -> None:
    said = [str(m) for m in explain(score(0.5, 0.8, None, is_reference=True), [score()])]
    assert "reference picture" in said[0]
    assert not any("Looks" in sentence for sentence in said)


def test_what_is_missing_is_named_with_its_reason() -> None:
    assert explain(score(clip=None), [])[1] == WHY
    assert [str(m) for m in explain(score(lpips=None), [])] == [
        "Has no rank: how much it looks like the reference is not scored.",
        "why",
    ]
    only_lpips = score(lpips=None, weights=AimWeights(0, 1, 0), is_reference=True)
    assert "no part that counts" in str(explain(only_lpips, [])[0])
