"""What runs, their steps and their states are called on a page."""

from __future__ import annotations

from services.jobs.board import Entry
from services.jobs.queue import RunKind, RunState, RunView
from services.jobs.views import PauseReason
from services.models.registry import model_card
from services.people import LOCAL
from ui import formats
from ui.account import sign_in
from ui.i18n import _, ngettext
from ui.text import plain, short

TITLE_CHARS = 60


def kind_name(kind: RunKind) -> str:
    names = {
        RunKind.PLAN: _("Plan"),
        RunKind.REFERENCES: _("References"),
        RunKind.VARIANTS: _("Variants"),
        RunKind.SCORE: _("Scores"),
        RunKind.COMPLETE: _("From brief to scores"),
        RunKind.LIBRARY: _("Library"),
        RunKind.EVALUATE: _("Evaluation"),
        RunKind.EXPLAIN: _("What is shown"),
        RunKind.HEATMAP: _("Heatmap"),
        RunKind.SEARCH: _("Search"),
        RunKind.EXPORT: _("Export"),
        RunKind.PREVIEW: _("Preview"),
        RunKind.MODELS: _("Download"),
        RunKind.BACKUP: _("Backup"),
        RunKind.EXPERIMENT: _("Experiment"),
    }
    return names.get(kind, str(kind.value))


def title(entry: Entry) -> str:
    """What the run is about, safe inside Markdown."""
    about = entry.about
    if entry.run.kind is RunKind.MODELS and about:
        about = model_card(about).name
    return plain(short(about, TITLE_CHARS)) if about else kind_name(entry.run.kind)


def facts(entry: Entry) -> str:
    """Kind, whose, and when: one line under the title."""
    run = entry.run
    parts = [kind_name(run.kind)] if entry.about else []
    if sign_in().on:
        parts.append(_("yours") if entry.own else plain(short(entry.person or LOCAL.name, 28)))
    return " · ".join([*parts, _when(run)])


def _when(run: RunView) -> str:
    if run.finished_at is not None:
        return _("ended {when}").format(when=formats.when(run.finished_at))
    return _("asked for {when}").format(when=formats.when(run.created_at))


def place(entry: Entry) -> str:
    """Its place among all that wait."""
    if entry.position is None:
        return _("Waiting for the download before it")
    if entry.position == 1:
        return _("Next in line")
    return _("Place {number}").format(number=formats.number(entry.position))


def icon(run: RunView) -> str:
    if run.state is RunState.DONE:
        return ":green[:material/check_circle:]"
    if run.state is RunState.FAILED:
        return ":red[:material/error:]"
    if run.state is RunState.CANCELLED:
        return ":gray[:material/stop_circle:]"
    if run.pause is not None:
        full = run.pause is PauseReason.DISK
        return ":orange[:material/disc_full:]" if full else ":orange[:material/pause_circle:]"
    return ":blue[:material/progress_activity:]" if run.at_work else ":gray[:material/schedule:]"


def state_name(state: RunState) -> str:
    return {
        RunState.QUEUED: _("Waiting"),
        RunState.RUNNING: _("At work"),
        RunState.DONE: _("Done"),
        RunState.FAILED: _("Failed"),
        RunState.CANCELLED: _("Stopped"),
    }[state]


def step_name(kind: str) -> str:
    names = {
        "plan": _("Plan"),
        "retrieve": _("References"),
        "condition": _("Recipes"),
        "generate": _("Variant"),
        "score": _("Scores"),
        "explain": _("What is shown"),
        "heatmap": _("Heatmap"),
        "ingest": _("Pictures in"),
        "reindex": _("Preparation"),
        "search": _("Search"),
        "export": _("Export"),
        "preview": _("Preview"),
        "download": _("Download"),
        "backup": _("Backup"),
        "experiment_plan": _("Plan"),
        "experiment_cell": _("Part of the experiment"),
    }
    return names.get(kind, kind)


def runs(count: int) -> str:
    return ngettext("{count} run", "{count} runs", count).format(count=formats.number(count))
