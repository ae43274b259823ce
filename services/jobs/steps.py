"""What the worker does for each kind of step. A handler may run more than once: each is idempotent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from services import (
    library_captions,
    library_coverage,
    library_duplicates,
    library_health,
    library_import,
    library_map,
    library_runs,
    model_runs,
    studio,
)
from services.backup import kept as backups
from services.batch import Batch
from services.engines import Engine, get_engine, get_evaluator, refresh
from services.errors import InvalidInput
from services.evaluators import Evaluator
from services.experiments import runs as experiments
from services.export import runs as exports
from services.jobs.views import RunKind
from services.messages import N_

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

Handler = Callable[["StepContext"], None]


def _plan(context: StepContext) -> None:
    # An evaluation may be scored by an engine that has no planner: the words are read by the lite one.
    if context.run.kind is RunKind.EVALUATE:
        studio.plan_session(_session(context), get_engine("lite"))
    else:
        studio.plan_session(_session(context), _engine(context), context.progress)


def _retrieve(context: StepContext) -> None:
    studio.find_references(_session(context), _engine(context), context.progress)


def _condition(context: StepContext) -> None:
    """Fix the recipes of this run, so that later edits and a restart cannot change what it makes."""
    if given := context.run.payload.get("recipes"):
        from services.importing import given_batch

        context.set_result(given_batch(_session(context), given).to_dict())
        return
    like = context.run.payload.get("like")
    count = int(context.run.payload.get("count", 0))
    batch = studio.prepare_batch(_session(context), _engine(context), like, count)
    notices = studio.generation_notices(_session(context), _engine(context))
    context.set_result({**batch.to_dict(), "notices": [notice.to_json() for notice in notices]})


def _generate(context: StepContext) -> None:
    index = int(context.payload["index"])
    batch = Batch.from_dict(context.run.result or {})
    if index < len(batch.recipes):
        studio.make_variant(
            _session(context), _engine(context), batch, index, context.run.id, context.progress
        )


def _score(context: StepContext) -> None:
    from services.evaluation.measure import score_variants

    score_variants(_session(context), _evaluator(context).scorer, context.progress)


def _explain(context: StepContext) -> None:
    from services.evaluation.measure import explain_variants

    explain_variants(_session(context), _evaluator(context), context.progress)


def _heatmap(context: StepContext) -> None:
    from services.evaluation.measure import draw_heatmaps

    variants, text = context.payload["variants"], context.payload["text"]
    draw_heatmaps(_session(context), variants, text, _evaluator(context), context.progress)


def _session(context: StepContext) -> str:
    if context.session_id is None:
        raise InvalidInput(N_("This run belongs to no session. Start it again from the Studio page."))
    return context.session_id


def _engine(context: StepContext) -> Engine:
    from services import sessions

    return get_engine(sessions.load(_session(context)).parts)


def _evaluator(context: StepContext) -> Evaluator:
    from services import sessions

    return get_evaluator(sessions.load(_session(context)).parts.scorer)


def _following_settings(handler: Handler) -> Handler:
    """Read the settings anew where they were changed on the page since the last step."""

    def step(context: StepContext) -> None:
        refresh()
        handler(context)

    return step


def handlers() -> Mapping[str, Handler]:
    """Step kind -> what to do."""
    known: dict[str, Handler] = {
        "plan": _plan,
        "retrieve": _retrieve,
        "condition": _condition,
        "generate": _generate,
        "score": _score,
        "explain": _explain,
        "heatmap": _heatmap,
        "ingest": library_runs.ingest,
        "reindex": library_runs.reindex,
        "import_index": library_import.import_step,
        "attach": library_import.attach_step,
        "dedupe": library_duplicates.dedupe_step,
        "search": library_runs.search,
        "coverage": library_coverage.coverage_step,
        "map": library_map.map_step,
        "map_texts": library_map.texts_step,
        "recaption": library_captions.recaption_step,
        "check_files": library_health.check_step,
        "export": exports.export,
        "preview": exports.preview,
        "download": model_runs.download_step,
        "experiment_plan": experiments.plan_step,
        "experiment_cell": experiments.cell_step,
        "backup": backups.backup_step,
    }
    return {kind: _following_settings(handler) for kind, handler in known.items()}


def warm_up() -> None:
    """Load what the first run needs, so that it does not wait for it; stops as soon as a run is queued."""
    from services.jobs.worker import give_way
    from services.libraries import ensure_backdrops
    from services.models.lite import warm_up as warm_models

    warm_models()
    ensure_backdrops(get_engine("lite").encoder, give_way)
