"""What a page asks for: work put into the queue; each returns the run's id."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from services import sessions
from services.errors import InvalidInput, NotFound
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.messages import N_
from services.parts import Progress
from services.people import Role, require

SCORING = 0.75
"""Of an evaluation's progress; the rest explains."""


def start_evaluation(session_id: str) -> str:
    """Score all pictures; then plan the prompt into sub-queries (once) and check what each picture shows.

    Asked again after a change of texts, reference or pictures, only what changed is measured.
    """
    require(Role.CREATOR)
    view = sessions.load(session_id)
    if not view.variants:
        raise InvalidInput(N_("There is no picture to evaluate. Add at least one."))
    plan = [] if view.plan is not None and "plan" not in view.stale else [StepSpec("plan")]
    return queue.submit(RunKind.EVALUATE, session_id, steps=[StepSpec("score"), *plan, StepSpec("explain")])


def start_explain(session_id: str) -> str:
    """Coverage, likeness and near-duplicates of a session whose scores are there."""
    require(Role.CREATOR)
    return queue.submit(RunKind.EXPLAIN, session_id, steps=[StepSpec("explain")])


def start_heatmap(variant_id: int, text: str = "") -> str:
    """The heatmaps of one variant for `text`; "": the product text. Raises NotFound."""
    require(Role.VIEWER)
    session_id = sessions.session_of(variant_id)
    if session_id is None:
        raise NotFound(N_("There is no variant {id} here any more. Reload the page."), id=variant_id)
    return start_heatmaps(session_id, text, [variant_id])


def start_heatmaps(session_id: str, text: str = "", variant_ids: Sequence[int] | None = None) -> str:
    """The heatmaps of some variants (None: all of the session) for `text`; "": the product text."""
    require(Role.VIEWER)
    view = sessions.load(session_id)
    text = text.strip() or view.brief.product_text
    ids = sorted(variant_ids if variant_ids is not None else [v.id for v in view.variants])
    if not ids:
        raise InvalidInput(N_("There is no picture to evaluate. Add at least one."))
    key = hashlib.sha256(repr((ids, text)).encode()).hexdigest()[:16]
    step = StepSpec("heatmap", {"variants": ids, "text": text})
    return queue.submit(RunKind.HEATMAP, session_id, steps=[step], dedupe_key=f"heatmap:{session_id}:{key}")


def evaluate_now(session_id: str, progress: Progress | None = None) -> None:
    """The same work in this process, without the queue: for scripts and notebooks."""
    require(Role.CREATOR)
    from services import studio
    from services.engines import get_engine, get_evaluator
    from services.evaluation.measure import explain_variants, score_variants

    report = progress or (lambda share: None)
    view = sessions.load(session_id)
    evaluator = get_evaluator(view.parts.scorer)
    score_variants(session_id, evaluator.scorer, lambda share: report(share * SCORING))
    if view.plan is None or "plan" in view.stale:
        studio.plan_session(session_id, get_engine("lite"))
    explain_variants(session_id, evaluator, lambda share: report(SCORING + share * (1 - SCORING)))


def heatmaps_now(session_id: str, text: str = "", variant_ids: Sequence[int] | None = None) -> None:
    """`start_heatmaps` in this process."""
    require(Role.VIEWER)
    from services.engines import get_evaluator
    from services.evaluation.measure import draw_heatmaps

    view = sessions.load(session_id)
    ids = variant_ids if variant_ids is not None else [variant.id for variant in view.variants]
    text = text.strip() or view.brief.product_text
    draw_heatmaps(session_id, ids, text, get_evaluator(view.parts.scorer))
