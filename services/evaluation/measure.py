"""The worker's side: scores, then what stands beside them. Each function can be repeated without harm.

Pictures are opened when they are looked at, in groups that fit into memory (services/aim/pictures.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from db.repositories.explanations import ExplanationRepository
from services import campaigns, sessions
from services.aim.coverage import Coverage, CoverageChecker, check_coverage
from services.aim.fidelity import ImageSpace, Look, fidelity, look, twins
from services.aim.pictures import Picture, StoredCandidate, decoded, groups
from services.aim.scorer import Candidate, Scorer
from services.database import read_session, unit_of_work
from services.domain import Photo, Variant
from services.evaluation import rows
from services.evaluators import Evaluator
from services.parts import Progress, Vectors
from services.people import Role, require
from services.sessions import SessionView
from services.storage.images import get_store


def score_variants(session_id: str, scorer: Scorer, progress: Progress | None = None) -> None:
    """Score every variant of the session with AIM against its reference picture, and save the scores."""
    require(Role.CREATOR)
    view = sessions.load(session_id)
    if not view.variants:
        return
    reference = view.reference_sha256
    scores = scorer.score(
        [_candidate(variant) for variant in view.variants],
        topic=view.brief.topic,
        prompt=view.brief.product_text,
        reference=_reference(view),
        progress=progress,
        weights=view.weights or campaigns.aim_weights(view.campaign_id),
    )
    by_variant = {v.id: score for v, score in zip(view.variants, scores, strict=True)}
    sessions.save_scores(session_id, by_variant, view.brief.topic, view.brief.product_text, reference)


def explain_variants(session_id: str, evaluator: Evaluator, progress: Progress | None = None) -> None:
    """Coverage of the plan, likeness to the product photos and near-duplicates of all variants.

    What is saved already for the same picture, plan and model is not asked again.
    """
    require(Role.CREATOR)
    view = sessions.load(session_id)
    if evaluator.readers is None or not view.variants:
        return
    checker, space = evaluator.readers.checker(), evaluator.readers.space()
    variants = sorted(view.variants, key=lambda variant: variant.index)
    pictures: dict[str, Picture] = {v.sha256: _candidate(v) for v in variants}
    gathered = _Gathered()
    report = progress or (lambda share: None)
    done = 0
    for group in groups(pictures):
        _cover(view, checker, group, _part(report, done, len(group), len(pictures)))
        gathered.add(group, space)
        done += len(group)
    _compare(view, variants, gathered, space)
    report(1.0)


def draw_heatmaps(
    session_id: str,
    variant_ids: Sequence[int],
    text: str,
    evaluator: Evaluator,
    progress: Progress | None = None,
) -> None:
    """Draw and save every kind of heatmap that the scorer's explainer has of these variants, for `text`."""
    require(Role.VIEWER)
    if evaluator.readers is None:
        return
    explainer = evaluator.readers.explainer()
    wanted = {v.sha256: v for v in sessions.load(session_id).variants if v.id in set(variant_ids)}
    pictures: dict[str, Picture] = {sha256: _candidate(variant) for sha256, variant in wanted.items()}
    done = 0
    for group in groups(pictures):
        for kind in explainer.kinds:
            found = explainer.explain(decoded(list(group.values())), text, kind)
            with unit_of_work() as work:
                repository = ExplanationRepository(work.session)
                for sha256, heatmap in zip(group, found, strict=True):
                    repository.replace_heatmap(rows.heatmap_row(wanted[sha256].id, sha256, heatmap))
                work.commit()
        done += len(group)
        if progress:
            progress(done / len(pictures))


def _part(report: Progress, before: int, size: int, total: int) -> Progress:
    """Progress within a group as the share of all."""

    def progress(share: float) -> None:
        report((before + share * size) / total)

    return progress


@dataclass
class _Gathered:
    """What is kept of pictures that are gone from memory: vectors (n, dim) and looks, by picture."""

    vectors: dict[str, Vectors] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)

    def add(self, group: dict[str, Picture], space: ImageSpace) -> None:
        images = decoded(list(group.values()))
        self.vectors |= dict(zip(group, space.encode_images(images), strict=True))
        self.looks |= {sha256: look(image) for sha256, image in zip(group, images, strict=True)}


def _cover(
    view: SessionView, checker: CoverageChecker, group: dict[str, Picture], progress: Callable[[float], None]
) -> None:
    """Check what is not known yet of these pictures and save it, group by group: a restart goes on there."""
    plan = view.plan
    if plan is None or not plan.subqueries:
        return
    by_picture = {variant.sha256: variant for variant in view.variants}
    ids = [variant.id for variant in by_picture.values()]
    with read_session() as session:
        known = rows.coverage_values(ExplanationRepository(session).coverage(ids))
    asked = [(s.text, s.weight) for s in plan.subqueries]
    new = [
        picture
        for sha256, picture in group.items()
        if not _is_of(known.get(by_picture[sha256].id), sha256, checker, asked)
    ]
    candidates = [Candidate(p.sha256, image) for p, image in zip(new, decoded(new), strict=True)]
    found = check_coverage(checker, candidates, plan.subqueries, progress)
    with unit_of_work() as work:
        repository = ExplanationRepository(work.session)
        for candidate, coverage in zip(candidates, found, strict=True):
            variant_id = by_picture[candidate.sha256].id
            repository.replace_coverage(
                variant_id, rows.coverage_rows(variant_id, candidate.sha256, coverage)
            )
        work.commit()


def _is_of(
    known: tuple[str, Coverage] | None,
    sha256: str,
    checker: CoverageChecker,
    asked: Sequence[tuple[str, float]],
) -> bool:
    """Is `known` the complete checklist of this picture by this checker for what is asked?"""
    if known is None or known[0] != sha256 or known[1].unchecked:
        return False
    coverage, ref = known[1], checker.ref
    same_model = (coverage.checker.id, coverage.checker.revision) == (ref.id, ref.revision)
    return (
        same_model
        and coverage.threshold == checker.threshold
        and [(i.text, i.weight) for i in coverage.items] == list(asked)
    )


def _compare(view: SessionView, variants: Sequence[Variant], gathered: _Gathered, space: ImageSpace) -> None:
    """Save the likeness of each variant to the product photos, and the variants that are alike."""
    ids = [variant.id for variant in variants]
    vectors = np.stack([gathered.vectors[v.sha256] for v in variants])
    photos = _photo_vectors(view.brief.photos, space)
    likeness = fidelity(vectors, photos, space.ref) if len(photos) else []
    pairs = twins(vectors, [gathered.looks[v.sha256] for v in variants])
    with unit_of_work() as work:
        repository = ExplanationRepository(work.session)
        repository.replace_fidelity(
            ids,
            [
                rows.fidelity_row(v.id, v.sha256, figures, view.brief.photos[figures.best_photo])
                for v, figures in zip(variants, likeness, strict=bool(likeness))
            ],
        )
        repository.replace_twins(
            ids, [rows.twin_row(ids[p.first], ids[p.second], p.cosine, p.bits, p.reason) for p in pairs]
        )
        work.commit()


def _photo_vectors(photos: Sequence[Photo], space: ImageSpace) -> Vectors:
    """(n, dim); photos that are gone from the store raise NotFound."""
    stored: dict[str, Picture] = {
        p.sha256: StoredCandidate(p.sha256, (p.width, p.height), get_store().open) for p in photos
    }
    found: dict[str, Vectors] = {}
    for group in groups(stored):
        found |= dict(zip(group, space.encode_images(decoded(list(group.values()))), strict=True))
    return np.stack([found[p.sha256] for p in photos]) if photos else np.zeros((0, 1), np.float32)


def _candidate(variant: Variant) -> StoredCandidate:
    return StoredCandidate(variant.sha256, (variant.width, variant.height), get_store().open)


def _reference(view: SessionView) -> Picture | None:
    """The reference by its size: of a variant or photo as noted, of any other picture from its header."""
    sha256 = view.reference_sha256
    if sha256 is None:
        return None
    sizes = {v.sha256: (v.width, v.height) for v in view.variants}
    sizes |= {p.sha256: (p.width, p.height) for p in view.brief.photos}
    return StoredCandidate(sha256, sizes.get(sha256) or get_store().open(sha256).size, get_store().open)
