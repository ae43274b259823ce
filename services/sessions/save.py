"""Saving the steps before the variants. Saving an earlier step keeps every later result.

`inputs` is the digest (`SessionView.inputs`) of what the result was made from; without it, the result
counts as made from what the session holds now, which is right for edits by hand. A worker passes it,
because the session may have been edited while it worked.
"""

from __future__ import annotations

from collections.abc import Sequence

from db import tables
from db.base import now
from db.repositories.rights import RightsRepository
from db.repositories.sessions import SessionRepository
from services import audit, campaigns, records
from services.briefs import clean, validate
from services.choices import LITE, EngineChoice
from services.database import unit_of_work
from services.domain import Brief, Condition, Match, ModelRef, Plan
from services.people import Role, actor_id
from services.people import require as require_role
from services.sessions.inputs import plan_inputs, references_inputs
from services.sessions.load import brief_of, load, require
from services.sessions.views import SessionKind, Stage

_ORDER = list(Stage)


def create(
    brief: Brief,
    campaign: str | None = None,
    parent_id: str | None = None,
    engine: EngineChoice | str = LITE,
    kind: SessionKind = SessionKind.STUDIO,
) -> str:
    """Save a new session; its id. `campaign` is a name, made when it is new. Raises InvalidInput.

    `engine` are the parts to make it with, or the name of an engine; an evaluation's is its scorer.
    """
    require_role(Role.CREATOR)
    validate(brief, photo_needed=kind is SessionKind.STUDIO)
    brief = clean(brief)
    with unit_of_work() as work:
        row = tables.Session(
            campaign_id=campaigns.row_by_name(work.session, campaign or campaigns.DEFAULT_CAMPAIGN).id,
            parent_id=parent_id,
            engine=engine if isinstance(engine, str) else engine.name,
            parts=engine.to_dict() if isinstance(engine, EngineChoice) else None,
            kind=kind.value,
            created_by=actor_id(work.session),
        )
        records.write_brief(row, brief)
        repository = SessionRepository(work.session)
        repository.add(row)
        repository.replace_photos(row.id, records.photo_rows(row.id, brief.photos))
        audit.record(work.session, "session.created", session_id=row.id, campaign_id=row.campaign_id)
        work.commit()
        return row.id


def duplicate(session_id: str) -> str:
    """A new session with the same brief, campaign and engine, and nothing else; its id."""
    require_role(Role.CREATOR)
    view = load(session_id)
    kind = SessionKind(view.kind)
    engine = view.engine if kind is SessionKind.EVALUATE else view.parts
    return create(view.brief, view.campaign, parent_id=session_id, engine=engine, kind=kind)


def save_brief(session_id: str, brief: Brief) -> None:
    """Put `brief` in place of the session's. Raises InvalidInput, NotFound."""
    require_role(Role.CREATOR)
    brief = clean(brief)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        validate(brief, photo_needed=row.kind == SessionKind.STUDIO)
        records.write_brief(row, brief)
        photos = records.photo_rows(session_id, brief.photos)
        SessionRepository(work.session).replace_photos(session_id, photos)
        touch(row, Stage.BRIEF)
        work.commit()


def set_parts(session_id: str, parts: EngineChoice) -> None:
    """Choose the parts that the session's next runs are made with. What is there stays. Raises NotFound."""
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        row.engine, row.parts = parts.name, parts.to_dict()
        touch(row, Stage.BRIEF)
        work.commit()


def save_plan(session_id: str, plan: Plan, inputs: str | None = None) -> None:
    """Put `plan` in place of the session's. Raises NotFound."""
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        row.plan_inputs_sha256 = inputs or plan_inputs(brief_of(work.session, row))
        SessionRepository(work.session).replace_plan(session_id, records.plan_row(session_id, plan))
        touch(row, Stage.PLAN)
        work.commit()


def save_matches(
    session_id: str,
    matches: Sequence[Match],
    inputs: str | None = None,
    retriever: ModelRef | None = None,
) -> None:
    """Put `matches` in place of the session's; none at all is a result too. Raises NotFound.

    The same matches with other decisions or weights keep what they were said to be made from.
    """
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        repository = SessionRepository(work.session)
        same = repository.match_items(session_id) == [(m.subquery, m.item_id) for m in matches]
        if retriever is not None:
            row.retriever = {"id": retriever.id, "revision": retriever.revision}
        if inputs is not None:
            row.references_inputs_sha256 = inputs
        elif row.references_inputs_sha256 is None or not same:
            row.references_inputs_sha256 = references_inputs(
                records.brief_value(row), records.plan_value(row.plan)
            )
        repository.replace_matches(session_id, records.match_rows(session_id, matches))
        RightsRepository(work.session).keep([match.sha256 for match in matches])
        touch(row, Stage.REFERENCES)
        work.commit()


def save_conditions(session_id: str, conditions: Sequence[Condition]) -> None:
    """Put `conditions` in place of the session's. Raises NotFound."""
    require_role(Role.CREATOR)
    with unit_of_work() as work:
        row = require(work.session, session_id)
        rows = records.condition_rows(session_id, conditions)
        SessionRepository(work.session).replace_conditions(session_id, rows)
        touch(row, Stage.REFERENCES)
        work.commit()


def touch(row: tables.Session, stage: Stage) -> None:
    """Mark the row as changed, and move it forward to `stage`, never back."""
    row.updated_at = now()
    row.stage = max(Stage(row.stage), stage, key=_ORDER.index)
