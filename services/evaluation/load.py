"""An evaluation as it stands: a fixed number of queries, no model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from db.repositories.explanations import ExplanationRepository
from services import campaigns, sessions
from services.aim.explain import HeatmapKind
from services.aim.explanation import explain
from services.aim.ranking import mixed_scorers
from services.aim.weights import DEFAULT_WEIGHTS
from services.database import read_session
from services.domain import AimScore, Variant
from services.errors import NotFound
from services.evaluation import rows
from services.evaluation.uploads import name_of
from services.evaluation.views import Evaluation, MapKey, Row, StoredHeatmap, Twin
from services.messages import N_, Message
from services.sessions import SessionView


def load_evaluation(session_id: str) -> Evaluation:
    """Any session, of the Evaluate page or of the Studio, with all that explains it. Raises NotFound."""
    view = sessions.load(session_id)
    weights = view.weights or campaigns.aim_weights(view.campaign_id)
    scores = [v.score for v in view.variants if v.score]
    return Evaluation(
        session=view,
        rows=_rows(view),
        weights=weights,
        default_weights=weights == DEFAULT_WEIGHTS,
        twins=_twins(view),
        mixed=mixed_scorers(scores),
        notices=tuple({str(n): n for score in scores for n in score.notices}.values()),
    )


def heatmap(map_id: int, variant_id: int) -> StoredHeatmap:
    """A stored heatmap (`Row.maps`). Raises NotFound when it was made anew or never."""
    with read_session() as session:
        found = [row for row in ExplanationRepository(session).heatmaps([variant_id]) if row.id == map_id]
    if not found:
        raise NotFound(N_("This heatmap is not there any more. Reload the page."))
    return StoredHeatmap(variant_id, found[0].sha256, rows.heatmap_value(found[0]))


def find_heatmaps(variant_id: int, text: str) -> list[StoredHeatmap]:
    """The newest heatmap of each kind for `text`; those of the kind ATTENTION answer to any text."""
    with read_session() as session:
        stored = ExplanationRepository(session).heatmaps([variant_id])
    newest = {r.kind: r for r in stored if r.text == text.strip() or r.kind == HeatmapKind.ATTENTION}
    return [StoredHeatmap(variant_id, r.sha256, rows.heatmap_value(r)) for r in newest.values()]


def _rows(view: SessionView) -> tuple[Row, ...]:
    ids = [variant.id for variant in view.variants]
    with read_session() as session:
        repository = ExplanationRepository(session)
        coverage = rows.coverage_values(repository.coverage(ids))
        fidelity = {row.variant_id: row for row in repository.fidelity(ids)}
        maps: dict[tuple[int, str], list[MapKey]] = defaultdict(list)
        for row in repository.heatmaps(ids):
            maps[row.variant_id, row.sha256].append(rows.map_key(row))
    found = []
    for variant in view.variants:
        checked = coverage.get(variant.id)
        likeness = fidelity.get(variant.id)
        found.append(
            Row(
                variant=variant,
                name=name_of(variant),
                coverage=checked[1] if checked and checked[0] == variant.sha256 else None,
                likeness=rows.likeness_value(likeness, view.brief.photos)
                if likeness and likeness.sha256 == variant.sha256
                else None,
                why=_why(variant, view.variants),
                maps=tuple(maps[variant.id, variant.sha256]),
            )
        )
    return tuple(found)


def _why(variant: Variant, variants: Sequence[Variant]) -> tuple[Message, ...]:
    """Why it has its rank, among the variants whose scores compare with its own."""
    own = variant.score
    if own is None:
        return ()
    others: list[AimScore] = [
        v.score for v in variants if v.id != variant.id and v.score and v.score.scorer == own.scorer
    ]
    return tuple(explain(own, others))


def _twins(view: SessionView) -> tuple[Twin, ...]:
    with read_session() as session:
        found = ExplanationRepository(session).twins([variant.id for variant in view.variants])
    return tuple(rows.twin_value(row) for row in found)
