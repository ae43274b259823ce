"""Every service function that changes something asks for a role first.

They are found by what they do: a public function that opens a unit of work, puts work into the queue or
writes into the inbox, itself or through a helper of its module. Called by a viewer with arguments that
stand for nothing, each must refuse before it looks at them. A new one that does not ask fails here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from services.errors import NotAllowed
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.people import NOBODY, Person, Role, act_as

ROOT = Path(__file__).resolve().parents[2]
CHANGES = {"unit_of_work", "queue.submit", "inbox.keep"}
VIEWER = Person("vera", "Vera", Role.VIEWER)
REVIEWER = Person("remy", "Remy", Role.REVIEWER)

INFRASTRUCTURE = {
    "services.database": "is the unit of work itself, and lets nobody in who may not look",
    "services.jobs.ledger": "the worker's own books on steps that were asked for with a role",
    "services.jobs.housekeeping": "the worker's own tidying",
    "services.people.directory.recognise": "writes down that somebody signed in",
    "services.spend": "what a step cost, written down by the worker",
    "services.campaign_figures": "figures that follow from rows which were written with a role",
}
"""Modules or functions that need not ask, and why."""
LOOKING = {
    "services.evaluation.runs.start_heatmap",
    "services.evaluation.runs.start_heatmaps",
    "services.evaluation.measure.draw_heatmaps",
    "services.library_health.health",
}
"""Save what can be worked out again at any time; a viewer may ask for it."""
BY_RUN = {
    "services.jobs.queue.submit",
    "services.jobs.queue.cancel",
    "services.jobs.queue.retry",
    "services.jobs.control.pause",
    "services.jobs.control.resume",
    "services.jobs.control.move",
    "services.library_runs.find",
    "services.library_coverage.ask",
    "services.library_map.ask",
    "services.library_map.ask_places",
}
"""Ask for the role that the kind of run takes: tested below with real runs."""
REVIEWERS_TOO = (
    "services.review.",
    "services.votes.",
    "services.export.",
)
"""Rating, deciding, voting and handing over take a reviewer; all else takes more."""


def _changing(path: Path) -> Iterator[str]:
    """Names of the module's public functions that change something."""
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    uses = {
        name: {_called(call) for call in ast.walk(node) if isinstance(call, ast.Call)}
        for name, node in functions.items()
    }
    changing = {name for name, called in uses.items() if called & CHANGES}
    while more := {name for name, called in uses.items() if name not in changing and called & changing}:
        changing |= more
    yield from sorted(name for name in changing if not name.startswith("_"))


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _all_changing() -> list[str]:
    found = []
    for path in sorted((ROOT / "services").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module.startswith("services.cli"):  # runs in a shell, whose owner is the administrator
            continue
        found += [f"{module}.{name}" for name in _changing(path)]
    return found


CHANGING = [
    name
    for name in _all_changing()
    if name not in BY_RUN | LOOKING
    and not any(name == known or name.startswith(f"{known}.") for known in INFRASTRUCTURE)
]


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _call(name: str) -> Any:
    """Call it with arguments that stand for nothing: who asks first never touches them."""
    function = _function(name)
    needed = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    values = {p.name: MagicMock() for p in needed}
    positional = [values.pop(p.name) for p in needed if p.kind is p.POSITIONAL_ONLY]
    return function(*positional, **values)


def test_the_search_finds_what_it_must() -> None:
    known = {
        "services.sessions.save.create",
        "services.sessions.results.set_weights",
        "services.review.status.set_status",
        "services.review.marks.rate",
        "services.campaigns.create",
        "services.studio.start_again",
        "services.retrieval.catalogue.delete_library",
        "services.people.directory.set_role",
    }
    assert known <= set(CHANGING)
    assert len(CHANGING) > 40


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", CHANGING)
def test_a_viewer_is_refused(name: str) -> None:
    with act_as(VIEWER), pytest.raises(NotAllowed):
        _call(name)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", [name for name in CHANGING if not name.startswith(REVIEWERS_TOO)])
def test_a_reviewer_makes_nothing(name: str) -> None:
    with act_as(REVIEWER), pytest.raises(NotAllowed):
        _call(name)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("kind", list(RunKind))
def test_runs_take_the_role_of_their_kind(kind: RunKind) -> None:
    steps = [StepSpec("plan")]
    run_id = queue.submit(kind, payload={"by": "local"}, steps=steps)
    if kind in (RunKind.SEARCH, RunKind.HEATMAP):  # looking
        with act_as(VIEWER):
            queue.cancel(queue.submit(kind, payload={"by": "viewer"}, steps=steps))
        return
    with act_as(VIEWER):
        with pytest.raises(NotAllowed):
            queue.submit(kind, payload={"by": "viewer"}, steps=steps)
        with pytest.raises(NotAllowed):
            queue.cancel(run_id)
        with pytest.raises(NotAllowed):
            queue.retry(run_id)
        assert queue.get(run_id).state == "queued"


@pytest.mark.usefixtures("home")
def test_nobody_reads_anything() -> None:
    from services import campaigns, libraries, review, sessions

    session_reads = [
        lambda: sessions.search(),
        lambda: sessions.load("abc"),
        lambda: review.load("abc"),
        campaigns.list_campaigns,
        libraries.list_libraries,
        queue.active,
    ]
    for read in session_reads:
        with act_as(NOBODY), pytest.raises(NotAllowed):
            read()
