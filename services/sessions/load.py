"""One session, whole, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.repositories.campaigns import CampaignRepository
from db.repositories.sessions import SessionRepository
from db.repositories.variants import VariantRepository
from services import records, score_records
from services.brand.store import kit_of
from services.database import read_session
from services.domain import AimWeights, Brief, ModelRef, Recipe, Variant
from services.errors import NotFound
from services.messages import N_
from services.sessions.inputs import Inputs, inputs_of
from services.sessions.views import SessionView


def load(session_id: str) -> SessionView:
    """The session with everything that made it, variants best first. Raises NotFound."""
    with read_session() as session:
        row = SessionRepository(session).whole(session_id)
        if row is None:
            raise not_found(session_id)
        variants = VariantRepository(session).of_session(session_id)
        return _view(row, _campaign_name(session, row.campaign_id), variants, brief_of(session, row))


def find_variant(session_id: str, recipe: Recipe) -> Variant | None:
    """The variant that the session has of exactly this recipe, if any."""
    with read_session() as session:
        row = VariantRepository(session).by_recipe(session_id, recipe.sha256)
        return score_records.variant_value(row) if row is not None else None


def session_of(variant_id: int) -> str | None:
    """The id of the session that the variant belongs to; None: there is no such variant."""
    with read_session() as session:
        row = VariantRepository(session).get(variant_id)
        return row.session_id if row is not None else None


def require(session: OrmSession, session_id: str) -> tables.Session:
    """The row. Raises NotFound."""
    row = SessionRepository(session).get(session_id)
    if row is None:
        raise not_found(session_id)
    return row


def not_found(session_id: str) -> NotFound:
    return NotFound(N_("There is no session {id}. Look for it in the list of sessions."), id=session_id)


def _campaign_name(session: OrmSession, campaign_id: str) -> str:
    campaign = CampaignRepository(session).get(campaign_id)
    return campaign.name if campaign is not None else ""


def brief_of(session: OrmSession, row: tables.Session) -> Brief:
    """The session's brief with its campaign's brand kit, None where that says nothing."""
    kit = kit_of(session, row.campaign_id)
    return replace(records.brief_value(row), brand=None if kit.empty else kit)


def _view(
    row: tables.Session, campaign: str, variants: Sequence[tables.Variant], brief: Brief
) -> SessionView:
    plan = records.plan_value(row.plan)
    conditions = tuple(records.condition_value(c) for c in row.conditions)
    now = inputs_of(brief, plan, conditions)
    reference = row.reference_sha256 or (brief.hero.sha256 if brief.hero else None)
    stale_variants = frozenset(v.id for v in variants if v.inputs_sha256 != now.variants)
    return SessionView(
        id=row.id,
        campaign_id=row.campaign_id,
        campaign=campaign,
        parent_id=row.parent_id,
        status=row.status,
        stage=row.stage,
        engine=row.engine,
        created_at=row.created_at,
        updated_at=row.updated_at,
        brief=brief,
        plan=plan,
        matches=tuple(records.match_value(m) for m in row.matches),
        conditions=conditions,
        variants=tuple(score_records.variant_value(v) for v in variants),
        reference_sha256=reference,
        inputs=now,
        stale=_stale(row, now, bool(variants), len(stale_variants) == len(variants)),
        stale_variants=stale_variants,
        stale_scores=any(_scored_otherwise(v.score, brief, reference) for v in variants),
        kind=row.kind,
        weights=AimWeights(**row.aim_weights) if row.aim_weights else None,
        parts=records.choice_value(row),
        retriever=ModelRef("encoder", **row.retriever) if row.retriever else None,
    )


def _stale(row: tables.Session, now: Inputs, any_variant: bool, all_variants_stale: bool) -> frozenset[str]:
    """Steps whose inputs changed, and every step after a stale one."""
    steps = (
        ("plan", row.plan is not None, row.plan_inputs_sha256 != now.plan),
        (
            "references",
            row.references_inputs_sha256 is not None,
            row.references_inputs_sha256 != now.references,
        ),
        ("variants", any_variant, all_variants_stale),
    )
    stale: set[str] = set()
    for name, done, changed in steps:
        if done and (changed or stale):
            stale.add(name)
    return frozenset(stale)


def _scored_otherwise(score: tables.Score | None, brief: Brief, reference: str | None) -> bool:
    return score is not None and (
        (score.topic, score.prompt, score.reference_sha256) != (brief.topic, brief.product_text, reference)
    )
