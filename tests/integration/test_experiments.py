"""An experiment through the queue, with parts that need no model: cells, pairs, rounds, resuming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from services import sessions
from services.domain import Photo, Plan, SubQuery
from services.engines import get_engine
from services.errors import InvalidInput
from services.experiments import records, runs
from services.experiments.cells import plan_brief
from services.experiments.presets import BY_KEY
from services.experiments.rows import from_csv, load_rows, to_csv
from services.experiments.spec import BriefSpec, ExperimentSpec
from services.jobs import queue
from services.jobs.queue import RunState
from services.jobs.steps import handlers
from services.jobs.worker import StepContext, Worker
from services.storage.images import get_store
from tests.experiment_fakes import LIBRARY, colour_library, forget_engine, noise, use_quick_engine

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Iterator[None]:
    use_quick_engine()
    colour_library(tmp_path)
    yield
    forget_engine()


def photo(seed: int) -> Photo:
    return Photo(get_store().put_image(noise(seed)), f"{seed}.png", 64, 64, hero=True)


def spec(*keys: str, briefs: int = 2, seeds: int = 2, **changes: object) -> ExperimentSpec:
    made = ExperimentSpec(
        name="Colours",
        briefs=tuple(
            BriefSpec(
                f"brief {n}", "a red thing", "A red thing on blue ground.", (photo(n),), library=LIBRARY
            )
            for n in range(briefs)
        ),
        strategies=tuple(BY_KEY[key] for key in keys or ("none", "subqueries", "filtered")),
        baseline=(keys or ("none",))[0],
        seeds=seeds,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def work() -> None:
    Worker(handlers()).run_until_idle()


def finished(made: ExperimentSpec) -> records.Experiment:
    experiment_id = records.create(made)
    run_id = runs.start(experiment_id)
    work()
    run = queue.get(run_id)
    assert run.state is RunState.DONE, run.error
    return records.load(experiment_id)


def test_every_cell_is_a_session_and_pairs_share_plan_photo_and_seeds() -> None:
    experiment = finished(spec())
    assert experiment.share == 1.0
    assert {(c.brief, c.strategy, c.round) for c in experiment.cells} == {
        (b, s, 0) for b in range(2) for s in range(3)
    }
    views = {(c.brief, c.strategy): sessions.load(c.session_id) for c in experiment.cells}
    for brief in range(2):
        mine = [views[brief, strategy] for strategy in range(3)]
        assert len({view.plan for view in mine}) == 1
        assert len({view.reference_sha256 for view in mine}) == 1
        assert len({tuple(sorted(v.seed for v in view.variants)) for view in mine}) == 1
    assert views[0, 0].matches == ()
    assert views[0, 1].matches
    assert all(match.kept for match in views[0, 1].matches)
    rows = load_rows(experiment)
    assert [(r.brief, r.strategy, r.seed) for r in rows[:4]] == [
        ("brief 0", "none", 0),
        ("brief 0", "none", 1),
        ("brief 0", "subqueries", 0),
        ("brief 0", "subqueries", 1),
    ]
    assert all(row.final is not None and row.scorer for row in rows)
    assert from_csv(to_csv(rows)) == rows


def test_presets_weigh_as_the_study_does() -> None:
    """Experiment 3 of rdm.md: summary, sub-queries, references, one photo of 0.4; 2 has no summary."""
    experiment = finished(spec("none", "subqueries", "complex", briefs=1, seeds=1))
    plain, sub, complex_ = (sessions.load(cell.session_id).conditions for cell in experiment.cells)
    assert [(c.kind, c.weight) for c in plain] == [("text", 0.6), ("photo", 0.4)]
    assert [c.ref for c in sub if c.kind == "text"] == ["red", "blue"]
    assert [c.ref for c in complex_ if c.kind == "text"] == ["a red thing", "red", "blue"]
    assert {c.weight for c in (*sub, *complex_) if c.kind == "photo"} == {0.4}


def test_a_typed_plan_is_the_plan() -> None:
    typed = Plan("Green.", (SubQuery("green", 1.0),))
    made = spec(briefs=1)
    experiment = finished(replace(made, briefs=(replace(made.briefs[0], plan=typed),)))
    for cell in experiment.cells:
        plan = sessions.load(cell.session_id).plan
        assert plan is not None
        assert plan.subqueries == typed.subqueries


def test_what_was_broken_off_goes_on_and_makes_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment_id = records.create(spec(briefs=1))
    run_id = runs.start(experiment_id)
    assert runs.start(experiment_id) == run_id  # a double click is one run
    begun = 0

    def breaks(context: StepContext) -> None:
        """The second cell is broken off after its first variant, twice; then it fails for good."""
        nonlocal begun
        begun += 1
        if begun == 2:
            raise_after(context, 0.4)
        runs.cell_step(context)

    def raise_after(context: StepContext, share: float) -> None:
        def told(done: float) -> None:
            if done > share:
                raise InvalidInput("broken off")

        from services.experiments.cells import fill_cell

        payload = context.payload
        fill_cell(payload["experiment"], payload["brief"], payload["strategy"], get_engine, run_id, told)

    Worker({**handlers(), "experiment_cell": breaks}).run_until_idle()
    assert queue.get(run_id).state is RunState.FAILED
    before = {row.variant_id: row.sha256 for row in load_rows(records.load(experiment_id))}
    assert 0 < len(before) < 6
    queue.retry(run_id)
    work()
    assert queue.get(run_id).state is RunState.DONE
    after = {row.variant_id: row.sha256 for row in load_rows(records.load(experiment_id))}
    assert len(after) == 6
    assert after.items() >= before.items()
    assert len(records.load(experiment_id).cells) == 3


def test_a_draft_is_criticised_until_it_shows_everything_or_nothing_new_is_found() -> None:
    """The checker sees by a picture's red alone, so what it misses stays missing: all rounds are made."""
    experiment = finished(spec("none", "critique", briefs=1))
    rounds = [cell for cell in experiment.cells if cell.strategy == 1]
    assert [cell.round for cell in rounds] == list(range(len(rounds)))
    drafts = [sessions.load(cell.session_id) for cell in rounds]
    for earlier, later in pairwise(drafts):
        assert later.plan == earlier.plan
        assert {m.sha256 for m in later.matches} > {m.sha256 for m in earlier.matches}
        assert sum(m.weight for m in later.matches) == pytest.approx(1.0)
    rows = [row for row in load_rows(experiment) if row.strategy == "critique"]
    assert {row.round for row in rows if row.last} == {rounds[-1].round}
    assert len(rows) == 2 * len(rounds)


@pytest.mark.both_databases
def test_specs_survive_the_database_and_bad_ones_are_refused() -> None:
    made = spec()
    assert records.load(records.create(made)).spec == made
    for wrong in (
        {"baseline": "keywords"},
        {"seeds": 0},
        {"briefs": (made.briefs[0],) * 2},
        {"strategies": made.strategies[:1]},
        {"name": " "},
    ):
        with pytest.raises(InvalidInput):
            replace(made, **wrong)  # type: ignore[arg-type]


def test_deleting_an_experiment_keeps_its_sessions() -> None:
    experiment_id = records.create(spec(briefs=1))
    plan_brief(experiment_id, 0, get_engine)
    (cell,) = records.load(experiment_id).cells
    records.delete(experiment_id)
    assert records.search() == ([], 0)
    assert sessions.load(cell.session_id).plan
