"""AIM beside the team: how far its order is theirs, and weights that would follow them closer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from db.repositories.votes import Ballot, VoteRepository
from services import campaigns
from services.database import read_session
from services.domain import AimWeights
from services.people import Role, require
from services.votes.correlation import Correlation, Judged, correlate
from services.votes.reliability import Agreement, agreement
from services.votes.reweighting import Preference, Suggestion, share_right, suggest
from services.votes.standing import strengths


class Measure(StrEnum):
    """What is compared with the people: AIM, its parts, and coverage of the plan."""

    FINAL = "final"
    CLIP = "clip"
    CAPTION = "caption"
    LPIPS = "lpips"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class TeamView:
    """Per measure its correlation with mean stars, and with strength in blind votes.

    All of one `scorer`, the one that most judged variants were scored with; `other_scorers` counts the
    variants left out because another one scored them. `raters` tells how far the stars agree.
    """

    scorer: str
    other_scorers: int
    stars: Mapping[Measure, Correlation]
    votes: Mapping[Measure, Correlation]
    raters: Agreement


@dataclass(frozen=True, slots=True)
class _Scores:
    """Variant id -> session, and measure -> value; of one scorer."""

    scorer: str
    sessions: Mapping[int, str]
    values: Mapping[int, Mapping[Measure, float]]
    left_out: int


def team_view(campaign_id: str | None = None) -> TeamView:
    """Of one campaign's sessions, or of all. Raises NotAllowed."""
    require(Role.VIEWER)
    with read_session() as session:
        repository = VoteRepository(session)
        ballots, stars = repository.of_campaign(campaign_id), repository.stars(campaign_id)
        rated = repository.rated_by(campaign_id)
        voted = {variant for b in ballots for variant in (b.first_id, b.second_id)}
        scores = _scores(repository, sorted({*stars, *voted}))
    judgements: dict[str, dict[object, float]] = defaultdict(dict)
    for variant, person, given in rated:
        judgements[person][variant] = float(given)
    return TeamView(
        scorer=scores.scorer,
        other_scorers=scores.left_out,
        stars=_correlations(scores, stars, within=False),
        votes=_correlations(scores, _strengths(ballots), within=True),
        raters=agreement(judgements, "ordinal"),
    )


def suggested_weights(campaign_id: str) -> Suggestion | None:
    """Weights fitted on the campaign's votes; None: not enough of them yet. Raises NotAllowed, NotFound.

    Nothing is changed: a person applies them with `services.campaigns.set_weights`.
    """
    require(Role.VIEWER)
    campaigns.aim_weights(campaign_id)
    return suggest(_preferences(campaign_id))


def predicted_right(campaign_id: str, weights: AimWeights) -> tuple[float | None, int]:
    """The share (0..1) of the campaign's votes with a winner that `weights` tell, and how many those are.

    None without any. Unlike a suggestion's own share it leaves nothing out: weights that were fitted on
    these votes look a little better than they are. Raises NotAllowed.
    """
    require(Role.VIEWER)
    votes = _preferences(campaign_id)
    return share_right(votes, weights), len(votes)


def _preferences(campaign_id: str) -> list[Preference]:
    """The votes with a winner whose two variants both have all three parts of the score."""
    with read_session() as session:
        repository = VoteRepository(session)
        ballots = [b for b in repository.of_campaign(campaign_id) if b.winner_id is not None]
        scores = _scores(repository, sorted({v for b in ballots for v in (b.first_id, b.second_id)}))
    return [p for ballot in ballots if (p := _preference(ballot, scores)) is not None]


def _scores(repository: VoteRepository, variants: list[int]) -> _Scores:
    """Without those that are the reference picture themselves: their LPIPS is no measurement."""
    rows = [row for row in repository.scores(variants) if not row.is_reference]
    if not rows:
        return _Scores("", {}, {}, 0)
    scorer = Counter(row.scorer for row in rows).most_common(1)[0][0]
    kept = [row for row in rows if row.scorer == scorer]
    coverage = repository.coverage([row.id for row in kept])
    values: dict[int, dict[Measure, float]] = {}
    for row in kept:
        found = {
            Measure.FINAL: row.final,
            Measure.CLIP: row.clip_norm,
            Measure.CAPTION: row.caption_norm,
            Measure.LPIPS: row.lpips_norm,
            Measure.COVERAGE: coverage.get(row.id),
        }
        values[row.id] = {measure: float(value) for measure, value in found.items() if value is not None}
    return _Scores(scorer, {row.id: row.session_id for row in kept}, values, len(rows) - len(kept))


def _correlations(scores: _Scores, people: Mapping[int, float], within: bool) -> dict[Measure, Correlation]:
    return {
        measure: correlate(
            [
                Judged(scores.sessions[variant], scores.values[variant][measure], said)
                for variant, said in people.items()
                if variant in scores.values and measure in scores.values[variant]
            ],
            within,
        )
        for measure in Measure
    }


def _strengths(ballots: list[Ballot]) -> dict[int, float]:
    """Variant id -> log-odds within its session."""
    sessions: dict[str, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        sessions[ballot.session_id].append(ballot)
    found: dict[int, float] = {}
    for held in sessions.values():
        variants = sorted({variant for b in held for variant in (b.first_id, b.second_id)})
        found |= {variant: strength.strength for variant, strength in strengths(variants, held)}
    return found


def _preference(ballot: Ballot, scores: _Scores) -> Preference | None:
    """None where one of the two has not all three parts."""
    loser = ballot.second_id if ballot.winner_id == ballot.first_id else ballot.first_id
    winner_norms, loser_norms = _norms(scores, ballot.winner_id), _norms(scores, loser)
    if winner_norms is None or loser_norms is None:
        return None
    return Preference(ballot.session_id, winner_norms, loser_norms)


def _norms(scores: _Scores, variant: int | None) -> tuple[float, float, float] | None:
    """(clip, lpips, caption), each 0..1."""
    found = scores.values.get(variant, {}) if variant is not None else {}
    if not {Measure.CLIP, Measure.LPIPS, Measure.CAPTION} <= found.keys():
        return None
    return found[Measure.CLIP], found[Measure.LPIPS], found[Measure.CAPTION]
