"""The Studio page from brief to variants, with fake work done by a real worker in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from services import sessions
from services.domain import ConditionKind, DropReason
from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.jobs.worker import StepContext, Worker
from tests.pages import seeds
from tests.pages.conftest import Open, words
from ui.steps import Step

STUDIO = "pages/studio.py"


def _plan(context: StepContext) -> None:
    sessions.save_plan(str(context.session_id), seeds.plan())


def _retrieve(context: StepContext) -> None:
    session_id, found = str(context.session_id), seeds.matches()
    hero = sessions.load(session_id).brief.photos[0]
    sessions.save_matches(session_id, found)
    sessions.save_conditions(session_id, seeds.conditions(found, hero))


def _score(context: StepContext) -> None:
    view = sessions.load(str(context.session_id))
    seeds.add_variants(view.id, view.brief.variants, lambda n: seeds.score(90.0 - n))


def _nothing(context: StepContext) -> None:
    context.progress(1.0)


def _fails(context: StepContext) -> None:
    raise InvalidInput("This brief cannot be planned.")


def work(**other: Callable[[StepContext], None]) -> None:
    """Do all that is queued, with fakes in the places of the models."""
    kinds = {
        "plan": _plan,
        "retrieve": _retrieve,
        "condition": _nothing,
        "generate": _nothing,
        "explain": _nothing,
        "score": _score,
    }
    Worker({**kinds, **other}).run_until_idle()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [b for b in app.main.button if b.label == label]
    return button.click().run()


def primary(app: AppTest) -> list[str]:
    return [b.label for b in app.main.button if b.proto.type == "primary"]


def png(seed: int) -> bytes:
    from services.storage.images import get_store

    return get_store().path(seeds.drawn(seed)).read_bytes()


def typed(app: AppTest) -> AppTest:
    """A brief as one types it, with one good photo and one that is none."""
    app.text_input(key="brief_topic_new").set_value(seeds.TOPIC)
    app.text_area(key="brief_text_new").set_value(seeds.TEXT)
    app.run()
    photos_of(app).upload("front.png", png(7), "image/png")
    photos_of(app).upload("notes.png", b"<svg/>", "image/png")
    return app.run()


def photos_of(app: AppTest) -> Any:
    [field] = [field for field in app.file_uploader if field.label == "Product photos"]
    return field


def test_from_a_brief_to_ranked_variants(open_page: Open) -> None:
    app = typed(open_page(STUDIO))
    assert "notes.png" in words(app)
    assert "front.png" not in "".join(w.value for w in app.warning)
    assert primary(app) == ["Plan"]

    app = press(app, "Plan")
    session_id = app.query_params["s"]
    assert app.query_params["run"]
    assert [b.label for b in app.main.button if b.label == "Cancel"]
    assert primary(app) == []

    work()
    app.run()
    assert primary(app) == ["Find references"]
    assert {t.value for t in app.text_input} >= set(seeds.QUERIES)

    press(app, "Find references")
    work()
    app.run()
    assert primary(app) == ["Generate"]
    assert "too weak 0.12 < 0.20" in words(app)
    assert "too alike #1 (0.91)" in words(app)
    assert "total 1.00" in words(app)

    press(app, "Generate")
    work()
    app.run()
    assert not app.exception
    assert not app.error
    view = sessions.load(session_id)
    assert len(view.variants) == view.brief.variants == 8
    assert app.button(key=f"pick_{view.variants[0].id}").label == "Pick"

    again = open_page(STUDIO, s=session_id)
    assert again.title[0].value == seeds.TOPIC
    assert again.button(key=f"pick_{view.variants[-1].id}")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("topic", "The topic is empty"),
        ("text", "The product text is empty"),
        ("photo", "There is no product photo"),
    ],
)
def test_an_incomplete_brief_is_refused_in_one_sentence(open_page: Open, missing: str, sentence: str) -> None:
    app = open_page(STUDIO)
    if missing != "topic":
        app.text_input(key="brief_topic_new").set_value(seeds.TOPIC)
    if missing != "text":
        app.text_area(key="brief_text_new").set_value(seeds.TEXT)
    if missing != "photo":
        photos_of(app).upload("front.png", png(7), "image/png")
    app = press(app.run(), "Plan")
    assert sentence in words(app)
    assert len(app.warning) == 1
    assert sessions.search().total == 0


def test_a_draft_survives_a_look_at_another_page(open_page: Open) -> None:
    app = typed(open_page(STUDIO))
    app.switch_page("pages/sessions.py").run()
    app.switch_page(STUDIO).run()
    assert app.text_input(key="brief_topic_new").value == seeds.TOPIC
    assert app.text_area(key="brief_text_new").value == seeds.TEXT
    assert [b for b in app.main.button if b.label == "Main photo"]


def test_a_fault_is_told_and_can_be_tried_again(open_page: Open) -> None:
    session_id = seeds.session(upto="brief")
    from services import studio

    studio.start_plan(session_id)
    work(plan=_fails)
    app = open_page(STUDIO, s=session_id)
    assert "This brief cannot be planned." in words(app)
    press(app, "Try again")
    work()
    app.run()
    assert primary(app) == ["Find references"]


def test_cancel_stops_and_keeps_what_is_there(open_page: Open) -> None:
    session_id = seeds.session(upto="plan")
    from services import studio

    run_id = studio.start_references(session_id)
    app = press(open_page(STUDIO, s=session_id), "Cancel")
    assert queue.get(run_id).state is RunState.CANCELLED
    app.run()
    assert "Stopped as you asked" in words(app)
    assert sessions.load(session_id).plan is not None


def test_a_double_click_makes_one_run(open_page: Open) -> None:
    session_id = seeds.session(upto="plan")
    for _ in range(2):
        press(open_page(STUDIO, s=session_id), "Find references") if not queue.active() else None
        from services import studio

        studio.start_references(session_id)
    assert len(queue.active()) == 1


def test_plan_edits_are_saved_with_weights_of_sum_one(open_page: Open) -> None:
    session_id = seeds.session(upto="plan")
    app = open_page(STUDIO, s=session_id)
    app.slider[0].set_value(20).run()
    app.text_input(key=f"plan_text_{session_id}_1").set_value("a red sofa").run()
    plan = sessions.load(session_id).plan
    assert plan is not None
    assert plan.subqueries[1].text == "a red sofa"
    assert sum(q.weight for q in plan.subqueries) == pytest.approx(1)
    assert plan.subqueries[0].weight == pytest.approx(20 / 70)

    app.button(key=f"plan_remove_{session_id}_2").click().run()
    app.button(key=f"plan_add_{session_id}").click().run()
    app.text_input(key=f"plan_text_{session_id}_3").set_value("soft light").run()
    plan = sessions.load(session_id).plan
    assert plan is not None
    assert [q.text for q in plan.subqueries] == [seeds.QUERIES[0], "a red sofa", "soft light"]


def test_references_are_kept_and_left_out_by_hand(open_page: Open) -> None:
    session_id = seeds.session(upto="references")
    app = open_page(STUDIO, s=session_id)
    weak = sessions.load(session_id).matches[4]
    app.button(key=f"change_{session_id}_{weak.item_id}").click().run()
    kept = sessions.load(session_id).matches[4]
    assert kept.kept
    assert kept.overruled
    first = sessions.load(session_id).matches[0]
    app.button(key=f"change_{session_id}_{first.item_id}").click().run()
    view = sessions.load(session_id)
    assert view.matches[0].drop is DropReason.USER
    assert "left out by hand" in words(app)
    used = {c.ref for c in view.conditions if c.kind is ConditionKind.MATCH}
    assert used == {m.sha256 for m in view.matches if m.kept}


def test_the_cut_off_takes_effect_at_once(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.retrieval import retrieve

    monkeypatch.setattr(retrieve, "image_cosines", lambda found, encoder=None: np.eye(len(found)))
    session_id = seeds.session(upto="references")
    app = open_page(STUDIO, s=session_id)
    app.slider(key=f"floor_{session_id}").set_value(0.55).run()
    kept = [m.kept for m in sessions.load(session_id).matches]
    assert kept == [True, False] * 3
    assert "too weak 0.50 < 0.55" in words(app)


def test_an_edited_brief_is_saved_and_later_steps_are_called_outdated(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(STUDIO, s=session_id)
    app.session_state[f"open_steps_{session_id}"] = {Step.BRIEF, Step.PLAN}
    app.run()
    app.text_area(key=f"brief_text_{session_id}").set_value("A cat on a chair in warm light.").run()
    view = sessions.load(session_id)
    assert view.brief.product_text == "A cat on a chair in warm light."
    assert len(view.variants) == 4
    assert "The brief changed since this plan was made" in words(app)


def test_a_brief_changed_elsewhere_is_not_overwritten(open_page: Open) -> None:
    session_id = seeds.session(upto="plan")
    app = open_page(STUDIO, s=session_id)
    view = sessions.load(session_id)
    sessions.save_brief(session_id, replace(view.brief, topic="Changed by a colleague"))
    app.run()
    assert sessions.load(session_id).brief.topic == "Changed by a colleague"
    assert app.title[0].value == "Changed by a colleague"


def test_another_reference_picture_scores_again(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(STUDIO, s=session_id)
    best = sessions.load(session_id).variants[0]
    sessions.set_reference(session_id, best.sha256)
    from services import studio

    studio.start_score(session_id)
    app.run()
    assert queue.active()[0].kind is RunKind.SCORE
    assert [b for b in app.main.button if b.label == "Cancel"]
