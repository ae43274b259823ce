"""Preparing a library for another search model, from the Studio and from its own page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services import engines, libraries, sessions
from services.choices import EngineChoice
from services.engines import Engine, Parts, use_engine
from services.jobs import steps
from services.jobs.worker import Worker
from services.retrieval.sources_upload import UploadSource
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.pages.test_studio import press, primary
from tests.retrieval_fakes import ColourEncoder, png, scene

CHOICE = EngineChoice(encoder="kandinsky22")


def _unused() -> None:
    raise AssertionError("no model is loaded here")


@pytest.fixture
def library(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Three pictures, indexed with a fake of the built-in model; the full one is a fake as well."""
    lite, full = ColourEncoder(), ColourEncoder("fake/kandinsky22", dim=8)
    monkeypatch.setattr(engines, "_encoder", lambda name: full)
    for encoder, choice in ((lite, EngineChoice()), (full, CHOICE)):
        parts = Parts(_unused, lambda made=encoder: made, _unused, _unused)  # type: ignore[arg-type,misc]
        use_engine(Engine(choice.name, parts), choice)
    files = [(f"{ground}.png", png(scene(ground))) for ground in ("red", "green", "blue")]
    libraries.build("colours", UploadSource(files), lite)
    yield "colours"
    for choice in (EngineChoice(), CHOICE):
        use_engine(None, choice)


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


def test_the_studio_offers_to_prepare_before_it_looks(open_page: Open, library: str) -> None:
    brief = replace(seeds.brief(), library=library)
    session_id = sessions.create(brief, engine=CHOICE)
    sessions.save_plan(session_id, seeds.plan())
    app = open_page("pages/studio.py", s=session_id)
    assert primary(app) == ["Prepare this library"]
    assert "colours is not ready for Kandinsky 2.2 yet: 3 pictures are still to be read" in words(app)
    app = press(app, "Prepare this library")
    assert [b.label for b in app.main.button if b.label == "Cancel"]
    assert open_page("pages/studio.py", s=session_id).main.button  # a reload sees the run as well
    work()
    app.run()
    assert not app.exception
    assert primary(app) == ["Find references"]
    assert "not ready" not in words(app)


def test_the_library_page_lists_its_search_models(open_page: Open, library: str) -> None:
    app = open_page("pages/libraries.py", library=library)
    assert "3 pictures to read" in words(app)
    app.button(key=f"space_{library}_kandinsky22_start_None").click().run()
    assert not app.error
    work()
    app.run()
    assert not app.exception
    assert "ready for Kandinsky 2.2" in words(app)
