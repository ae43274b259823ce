"""The Experiments page: nothing, one, many; at work, done; the form with its ways in, and who may what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from services import sessions
from services.errors import InvalidInput
from services.experiments import records, runs, saved
from services.experiments.findings import findings
from services.experiments.overview import sessions_to_take
from services.experiments.rows import load_rows
from services.experiments.spec import ExperimentSpec
from services.experiments.yaml_file import read_draft, to_yaml
from services.jobs import queue
from services.jobs.queue import RunKind
from services.people import Role
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.pages.experiment_seeds import experiment, spec
from ui.charts import STRATEGY_COLOURS
from ui.experiment_briefs import example
from ui.experiment_figures import _html
from ui.experiment_words import colours

PAGE = "pages/experiments.py"


def chart(app: AppTest) -> dict[str, Any]:
    [found] = app.get("plotly_chart")
    figure: dict[str, Any] = json.loads(found.proto.spec)
    return figure


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.main.button if b.label == label)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_invites(open_page: Open, lang: str) -> None:
    app = open_page(PAGE, lang=lang)
    assert not app.exception
    assert ("아직 실험이 없습니다" if lang == "ko" else "No experiments yet") in words(app)
    button(app, "새 실험" if lang == "ko" else "New experiment").click().run()
    assert app.query_params["new"] in ("1", ["1"])


def test_cards_tell_what_came_out_and_what_stopped(open_page: Open) -> None:
    experiment(spec("none", "filtered", briefs=3, name="Hoodies"))
    experiment(spec("none", "filtered", briefs=3, name="Tractors"), gains={}, seed=4)
    experiment(spec(name="Half *done*", count=1), cells=2)
    said = words(open_page(PAGE)).replace("\\", "")
    assert "Retrieval helped: Sub-queries and filter gained most" in said
    assert "Retrieval did not help here" in said
    assert "Stopped, 50% done" in said
    assert "3 briefs × 2 strategies × 4 seeds" in said


def test_the_answer_the_bars_and_the_table_are_the_findings(open_page: Open) -> None:
    experiment_id = experiment(spec(briefs=2, count=4), unscored=[(2, 1)])
    made = records.load(experiment_id)
    told = findings(made.spec, load_rows(made))
    app = open_page(PAGE, e=experiment_id)
    assert not app.exception
    assert not app.error
    said = words(app)
    for sentence in (told.verdict, *told.sentences, *told.warnings):
        assert str(sentence) in said
    assert "Left out: The reference picture is missing." in said
    figure = chart(app)
    bars = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    keys = ["keywords", "subqueries", "filtered"]
    differences = [found for key in keys if (found := told.of(key).difference)]
    assert [bar["x"] for bar in bars] == [pytest.approx([d.low, d.high]) for d in differences]
    assert [dot["x"] for dot in dots] == [pytest.approx([d.mean]) for d in differences]
    assert [bar["line"]["color"] for bar in bars] == [STRATEGY_COLOURS[key] for key in keys]
    [zero] = figure["layout"]["shapes"]
    assert (zero["x0"], zero["x1"]) == (0, 0)
    coverage = told.of("filtered", "coverage").difference
    assert coverage is not None
    other = chart(open_page(PAGE, e=experiment_id, m="coverage", b="1"))
    assert other["data"][-1]["x"] == pytest.approx([100 * coverage.mean])
    assert f"<small>{differences[2].mean:+.1f}</small>" in said


def test_a_picture_opens_its_variant(open_page: Open) -> None:
    experiment_id = experiment(spec("none", "filtered", count=2))
    row = next(r for r in load_rows(records.load(experiment_id)) if (r.strategy, r.seed) == ("filtered", 1))
    app = open_page(PAGE, e=experiment_id)
    app = app.button(key=f"choose_cell_{row.variant_id}").click().run()
    assert app.query_params["s"] in (row.session_id, [row.session_id])
    assert app.query_params["v"] in (str(row.variant_id), [str(row.variant_id)])


def test_one_opens_after_the_form_for_a_new_one_was_seen(open_page: Open) -> None:
    experiment_id = experiment(spec("none", "filtered", count=1))
    app = open_page(PAGE, new="1")
    del app.query_params["new"]
    app.query_params["e"] = experiment_id
    app = app.run()
    assert not app.error
    assert [title.value for title in app.title] == [records.load(experiment_id).spec.name]


def test_one_picture_each_says_that_nothing_can_be_said(open_page: Open) -> None:
    app = open_page(PAGE, e=experiment(spec("none", "filtered", count=1)))
    assert not app.error
    said = words(app)
    assert "Nothing can be said yet" in said
    assert "nan" not in said
    assert "None" not in said


def test_a_critique_shows_its_rounds_and_the_last_counts(open_page: Open) -> None:
    experiment_id = experiment(spec("none", "critique", count=2))
    made = records.load(experiment_id)
    rows = [r for r in load_rows(made) if r.strategy == "critique" and r.seed == 0]
    scores = " → ".join(f"{row.final:.0f}" for row in rows)
    assert len(rows) == 3
    assert f"Rounds: {scores}" in words(open_page(PAGE, e=experiment_id))
    assert (
        len(set(colours(spec("none", "keywords", "subqueries", "complex", "filtered", "critique")).values()))
        == 6
    )


def test_at_work_it_tells_how_far_and_no_verdict(open_page: Open) -> None:
    experiment_id = experiment(spec("none", "filtered", "keywords", count=3), cells=2)
    run_id = runs.start(experiment_id)
    app = open_page(PAGE, e=experiment_id)
    said = words(app)
    assert "So far. The figures still move." in said
    assert "Retrieval helped" not in said
    assert "not made yet" in said
    button(app, "Cancel").click().run()
    assert queue.get(run_id).cancel_requested or queue.get(run_id).state == "cancelled"
    links = [link.proto for link in open_page("pages/runs.py").get("page_link")]
    assert any(link.page.endswith("experiments") and experiment_id in link.query_string for link in links)


def test_deleting_keeps_the_sessions(open_page: Open) -> None:
    experiment_id = experiment(spec("none", "filtered", count=2))
    [first, _second] = records.load(experiment_id).cells
    app = button(open_page(PAGE, e=experiment_id), "Delete this experiment").click().run()
    assert not app.exception
    assert records.search() == ([], 0)
    assert len(sessions.load(first.session_id).variants) == 2
    assert "There is no such experiment any more" in words(open_page(PAGE, e=experiment_id))


def test_a_new_one_from_a_session_is_started(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(PAGE, new="1")
    assert "There is no brief yet" in words(app)
    app.multiselect(key="experiment_sessions").select(session_id).run()
    app = button(app, "Take them").click().run()
    app = app.text_input(key="experiment_name").set_value("Hoodies").run()
    assert "4 pairs for each comparison are few" in words(app)
    app = app.number_input(key="experiment_seeds").set_value(12).run()
    app = app.checkbox(key="experiment_use_keywords").uncheck().run()
    said = words(app)
    assert "for each comparison are few" not in said
    assert "**36 variants**: 1 brief × 3 strategies × 12 seeds" in said
    app.selectbox(key="experiment_baseline").set_value("filtered")
    app = app.selectbox(key="engine_generator_experiment").set_value("kandinsky22").run()
    assert "How the picture is made" in [box.label for box in app.expander]
    app = button(app, "Start").click().run()
    assert app.error  # its models are not here: nothing is begun
    assert records.search() == ([], 0)
    app.selectbox(key="engine_encoder_experiment").set_value("lite")
    app = app.segmented_control(key="engine_preset_experiment").set_value("lite").run()
    app = button(app, "Start").click().run()
    assert not app.exception
    [card] = records.search()[0]
    made = records.load(card.id).spec
    assert [preset.key for preset in made.strategies] == ["none", "subqueries", "filtered"]
    assert (made.name, made.baseline, made.seeds) == ("Hoodies", "filtered", 12)
    view = sessions.load(session_id)
    [brief] = made.briefs
    assert (brief.topic, brief.photos) == (view.brief.topic, view.brief.photos)
    assert brief.plan and view.plan  # noqa: PT018
    assert brief.plan.subqueries == view.plan.subqueries
    assert [run.kind for run in queue.active()] == [RunKind.EXPERIMENT]
    assert app.query_params["e"] in (card.id, [card.id])


def test_the_studys_briefs_are_a_click_each_and_want_a_photo(open_page: Open) -> None:
    app = open_page(PAGE, new="1")
    for name in ("collar", "hoodie", "complex_hoodie"):
        app = app.button(key=f"example_{name}").click().run()
    app = app.text_input(key="experiment_name").set_value("The study").run()
    typed = [area.value for area in app.text_area]
    assert [text[:22] for text in typed] == ["This stylish dog colla", *["A cute dog wearing yel"] * 2]
    assert "There is no product photo" in words(app)
    plan = example("complex_hoodie").briefs[0].plan
    assert plan is not None
    assert [part.weight for part in plan.subqueries] == [0.4, 0.2, 0.2, 0.1, 0.1]


def test_the_report_is_in_the_readers_language(home: Any) -> None:
    whole = records.load(experiment(spec("none", "filtered", count=2)))
    assert "실험 보고서" in _html(whole, "ko").decode()


def test_sessions_that_experiments_made_are_not_offered(home: Any) -> None:
    session_id = seeds.session()
    experiment(spec("none", "filtered", count=1))
    assert [found.id for found in sessions_to_take(10)] == [session_id]


def test_an_own_strategy_is_saved_and_ticked(open_page: Open) -> None:
    app = open_page(PAGE, new="1")
    app.text_input(key="own_title").set_value("Mine [1]")
    app.slider(key="own_photos").set_value(0.7)
    app.number_input(key="own_rounds").set_value(2)
    app = app.button(key="own_save").click().run()
    [mine] = saved.saved()
    assert (mine.title, mine.photos, mine.rounds, mine.filter_above) == ("Mine [1]", 0.7, 2, 0.8)
    assert app.checkbox(key=f"experiment_use_{mine.key}").value
    app = app.button(key=f"strategy_delete_{mine.key}").click().run()
    assert not app.exception
    assert saved.saved() == ()


def test_new_one_like_this_takes_all_over(open_page: Open) -> None:
    made = spec("keywords", "complex", briefs=2, count=3)
    app = button(open_page(PAGE, e=experiment(made)), "New one like this").click().run()
    assert app.number_input(key="experiment_seeds").value == 3
    ticked = [b.key for b in app.checkbox if str(b.key).startswith("experiment_use_") and b.value]
    assert ticked == ["experiment_use_keywords", "experiment_use_complex"]
    assert app.selectbox(key="experiment_baseline").value == "keywords"
    assert [t.value for t in app.text_input if "_name_" in str(t.key)] == ["Yellow hoodie", "Navy collar"]


def test_a_file_that_was_sent_in_reads_no_path_of_this_machine(home: Any) -> None:
    made = spec(briefs=2)
    photo = made.briefs[0].photos[0]
    text = to_yaml(made, lambda _sha, name: f"/etc/../{name}").encode()
    assert read_draft(text, "x.yaml", {photo.file_name: photo}) == made
    assert all(brief.photos == () for brief in read_draft(text, "x.yaml", {}).briefs)
    with pytest.raises(InvalidInput):
        read_draft(b"name: x\nbriefs: []", "x.yaml", {})


def test_who_only_looks_changes_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment_id = experiment(spec("none", "filtered", count=2))
    monkeypatch.setattr("ui.experiment_list.refusal", lambda role: "Ask a creator.")
    monkeypatch.setattr("ui.experiment_page.may", lambda role: role is Role.VIEWER)
    assert button(open_page(PAGE), "New experiment").disabled
    labels = {b.label for b in open_page(PAGE, e=experiment_id).main.button}
    assert not {"Delete this experiment", "New one like this", "Go on"} & labels


def test_figures_are_read_in_a_fixed_number_of_queries(home: Any) -> None:
    def queries(made: ExperimentSpec) -> int:
        whole, asked = records.load(experiment(made)), 0

        def count(*_: Any) -> None:
            nonlocal asked
            asked += 1

        event.listen(Engine, "before_cursor_execute", count)
        load_rows(whole)
        event.remove(Engine, "before_cursor_execute", count)
        return asked

    assert queries(spec("none", "filtered", count=1)) == queries(spec(briefs=2, count=3)) <= 6
