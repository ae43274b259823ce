"""The Export tab and "Recreate from a file", with the real worker's steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services import sessions
from services.domain import Placement
from services.export import runs
from services.export.options import ExportOptions, Scope
from services.export.words import Words
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.storage.images import get_store
from tests.integration.export_sessions import layout_session, pack, shortlist
from tests.pages import seeds
from tests.pages.conftest import Open, words

SESSIONS, STUDIO = "pages/sessions.py", "pages/studio.py"


def press(app: AppTest, label: str) -> AppTest:
    [button] = [b for b in app.main.button if b.label == label]
    return button.click().run()


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.main.button]


def download_labels(app: AppTest) -> list[str]:
    return [b.proto.label for b in app.get("download_button")]


def work() -> None:
    known = handlers()
    Worker({kind: known[kind] for kind in ("export", "preview", "condition", "generate")} | {
        "score": lambda _: None, "explain": lambda _: None,
    }).run_until_idle()  # fmt: skip


def test_from_choices_to_a_file_that_waits(open_page: Open) -> None:
    session_id = layout_session(variants=2)
    app = open_page(SESSIONS, s=session_id, tab="export")
    assert not app.exception
    assert "2 variants in 1 size: 2 pictures" in words(app)
    assert download_labels(app) == []

    app.get("button_group")[1].set_value([Placement.SQUARE, Placement.LINK]).run()
    assert "2 variants in 2 sizes: 4 pictures" in words(app)
    app = press(app, "Make the ZIP")
    run = queue.latest(session_id, RunKind.EXPORT)
    assert run is not None
    assert run.payload["options"]["placements"] == ["1:1", "1.91:1"]
    assert "Make the ZIP" not in labels(app)
    assert "Cancel" in labels(app)

    work()
    app = app.run()
    assert not app.error
    [export] = runs.exports_of(session_id)
    assert export.images == 4
    assert download_labels(app) == ["Download"]
    assert "4 pictures" in words(app)
    assert "Make the ZIP" in labels(app)


def test_safe_zones_are_shown_when_they_are_made(open_page: Open) -> None:
    session_id = layout_session(variants=1)
    app = open_page(SESSIONS, s=session_id, tab="export")
    app = press(app, "Show safe zones")
    work()
    app = app.run()
    assert "Feed, Google 80 %" in words(app)
    assert "Show safe zones" not in labels(app)


def test_the_shortlist_is_offered_first_where_there_is_one(open_page: Open) -> None:
    session_id = seeds.session(variants=3)
    shortlist(sessions.load(session_id).variants[1].id)
    app = open_page(SESSIONS, s=session_id, tab="export")
    assert "1 variant in 1 size: 1 picture" in words(app)
    press(app, "Make the ZIP")
    run = queue.latest(session_id, RunKind.EXPORT)
    assert run is not None
    assert run.payload["options"]["scope"] == "shortlist"


def test_what_was_left_out_is_told_and_a_removed_file_too(open_page: Open) -> None:
    session_id = seeds.session(variants=2)
    lost = sessions.load(session_id).variants[0]
    get_store().path(lost.sha256).unlink()
    runs.start_export(session_id, ExportOptions((Placement.SQUARE,), contact_sheet=False), Words())
    work()
    app = open_page(SESSIONS, s=session_id, tab="export")
    assert "Variant 1 was left out" in words(app)
    [export] = runs.exports_of(session_id)
    from services.export.files import path_of

    path_of(export.key).unlink()
    app = app.run()
    assert "exports stay for a week" in words(app)
    assert download_labels(app) == []


def test_a_failed_export_says_why_and_can_be_tried_again(open_page: Open) -> None:
    session_id = seeds.session(variants=1)
    run_id = runs.start_export(session_id, ExportOptions((Placement.SQUARE,), Scope.ALL), Words())
    get_store().path(sessions.load(session_id).variants[0].sha256).unlink()
    work()
    assert queue.get(run_id).state is RunState.FAILED
    app = open_page(SESSIONS, s=session_id, tab="export")
    assert "missing or damaged" in words(app)
    assert "Try again" in labels(app)


def test_the_tab_speaks_korean(open_page: Open) -> None:
    app = open_page(SESSIONS, s=seeds.session(variants=1), tab="export", lang="ko")
    assert "ZIP 만들기" in labels(app)
    press(app, "ZIP 만들기")
    run = queue.active()[0]
    assert run.payload["language"] == "ko"
    assert run.payload["table"]["Contact sheet"] == "시안 모음"


def test_a_viewer_is_told_whom_to_ask(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = seeds.session(variants=1)
    monkeypatch.setattr("ui.export_panel.may", lambda role: False)
    app = open_page(SESSIONS, s=session_id, tab="export")
    assert "Exports are for reviewers and creators." in words(app)
    assert "Make the ZIP" not in labels(app)


@pytest.mark.parametrize("page", [STUDIO, SESSIONS])
def test_a_dropped_export_becomes_a_session_at_work(open_page: Open, tmp_path: Path, page: str) -> None:
    before = layout_session(variants=1)
    path = tmp_path / "autumn.zip"
    pack(before, path)
    app = open_page(page)
    app.file_uploader(key="recreate_file").upload("autumn.zip", path.read_bytes(), "application/zip")
    app = press(app.run(), "Recreate")
    assert not app.exception
    session_id = app.query_params["s"]
    assert session_id != before
    assert app.query_params["run"]
    work()
    old, new = sessions.load(before), sessions.load(session_id)
    assert [v.sha256 for v in new.variants] == [v.sha256 for v in old.variants]


def test_a_file_that_is_none_is_refused_in_place(open_page: Open) -> None:
    app = open_page(STUDIO)
    app.file_uploader(key="recreate_file").upload("notes.zip", b"PK nothing", "application/zip")
    app = press(app.run(), "Recreate")
    assert "notes.zip is no export of AIM Studio" in words(app)
    assert "s" not in app.query_params


def test_what_is_missing_is_said_before_anything_is_made(open_page: Open, tmp_path: Path) -> None:
    view = sessions.load(layout_session(variants=1))
    png = get_store().path(view.variants[0].sha256).read_bytes()
    get_store().path(view.brief.photos[0].sha256).unlink()
    app = open_page(STUDIO)
    app.file_uploader(key="recreate_file").upload("best.png", png, "image/png")
    app = press(app.run(), "Recreate")
    assert "bottle.png" in words(app)
    app = press(app, "Make the variants again")
    assert app.query_params["run"]
