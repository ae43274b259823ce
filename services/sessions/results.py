"""Saving variants and their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.base import now
from db.repositories.sessions import SessionRepository
from db.repositories.variants import VariantRepository
from services import campaigns, records, score_records
from services.aim.weights import check_weights, reweigh
from services.database import unit_of_work
from services.domain import AimScore, AimWeights, Recipe
from services.errors import NotFound
from services.messages import N_
from services.people import Role
from services.people import require as require_role
from services.sessions.inputs import variants_inputs
from services.sessions.load import brief_of, require
from services.sessions.save import touch
from services.sessions.views import SessionKind, SessionStatus, Stage


def save_variant(
    session_id: str,
    run_id: str | None,
    position: int,
    recipe: Recipe,
    sha256: str,
    width: int,
    height: int,
    inputs: str | None = None,
) -> int:
    """Save one variant whose picture is in the store already; its id.

    The same recipe in the same session is one variant, saved as often as you like; with new `inputs`
    (`SessionView.inputs.variants`) it counts as made anew. Raises NotFound.
    """
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        repository = VariantRepository(work.session)
        variant = repository.by_recipe(session_id, recipe.sha256)
        if variant is None:
            variant = tables.Variant(
                session_id=session_id,
                run_id=run_id,
                position=position,
                seed=recipe.seed,
                sha256=sha256,
                width=width,
                height=height,
                recipe=recipe.to_json(),
                recipe_sha256=recipe.sha256,
            )
            repository.add(variant)
        elif variant.sha256 != sha256:  # made again because its file was lost, by newer code
            variant.sha256, variant.width, variant.height = sha256, width, height
            variant.created_at = now()  # what was approved before did not look so
            variant.score = None
            work.session.flush()
            _rank(row, repository.of_session(session_id))
        variant.inputs_sha256 = inputs or _inputs_now(work.session, row)
        if row.status == SessionStatus.DRAFT and row.kind == SessionKind.STUDIO:
            SessionRepository(work.session).move_status(
                session_id, SessionStatus.DRAFT, SessionStatus.REVIEW, by=None, at=None
            )
        touch(row, Stage.VARIANTS)
        work.commit()
        return variant.id


def save_scores(
    session_id: str,
    scores: Mapping[int, AimScore],
    topic: str,
    prompt: str,
    reference_sha256: str | None,
) -> None:
    """Save scores by variant id, and rank the session's variants anew. Raises NotFound.

    Scores rank together only if they are comparable: same scorer, topic, prompt, reference, weights.
    """
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        repository = VariantRepository(work.session)
        known = {variant.id for variant in repository.of_session(session_id)}
        if missing := sorted(set(scores) - known):
            raise no_variant(missing[0])
        new = [score_records.score_row(i, s, topic, prompt, reference_sha256) for i, s in scores.items()]
        work.session.expire_all()
        repository.replace_scores(new)
        if new:
            _rank(row, repository.of_session(session_id))
        touch(row, Stage.VARIANTS)
        work.commit()


def set_reference(session_id: str, sha256: str | None) -> None:
    """Choose the picture that LPIPS is measured against; None: the hero photo. Scores stay as they are."""
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        row.reference_sha256 = sha256
        touch(row, Stage.BRIEF)
        work.commit()


def set_weights(session_id: str, weights: AimWeights | None) -> None:
    """Give the session score weights of its own; None: its campaign's. Raises InvalidInput, NotFound.

    Finals and ranks follow at once from the norms that are there: nothing is measured again.
    """
    require_role(Role.CREATOR)
    if weights is not None:
        check_weights(weights)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        row.aim_weights = asdict(weights) if weights is not None else None
        shares = weights or campaigns.weights_of(work.session, row.campaign_id)
        variants = VariantRepository(work.session).of_session(session_id)
        for variant in variants:
            if (score := score_records.score_value(variant.score)) and variant.score:
                variant.score.final = reweigh(score, shares).final
                variant.score.weights = asdict(shares)
        _rank(row, variants)
        touch(row, Stage.BRIEF)
        work.commit()


def no_variant(variant_id: int) -> NotFound:
    return NotFound(N_("There is no variant {id} here any more. Reload the page."), id=variant_id)


def _inputs_now(session: OrmSession, row: tables.Session) -> str:
    return variants_inputs(brief_of(session, row), [records.condition_value(c) for c in row.conditions])


def _rank(row: tables.Session, variants: Sequence[tables.Variant]) -> None:
    """Rank those whose scores compare with the newest one, best first; the others have no rank."""
    scored = [(v, v.score, v.score.final) for v in variants if v.score is not None]
    newest = max((score for _, score, _ in scored), key=lambda score: score.id, default=None)
    order = [
        (-final, v.position, v.id, v)
        for v, score, final in scored
        if final is not None and newest is not None and _comparable(score) == _comparable(newest)
    ]
    for variant in variants:
        variant.rank = None
    for rank, (*_, variant) in enumerate(sorted(order, key=lambda entry: entry[:3]), start=1):
        variant.rank = rank
    row.best_final = -min(entry[0] for entry in order) if order else None


def _comparable(score: tables.Score) -> tuple[object, ...]:
    weights = tuple(sorted(score.weights.items()))
    return (score.scorer, score.topic, score.prompt, score.reference_sha256, weights)
