"""Settings: the engine part by part, and every model with its state, actions and progress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services import model_runs, preferences, sessions
from services.choices import FULL, EngineChoice
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.jobs.slot import DOWNLOADS_SLOT
from services.jobs.views import BESIDE
from services.jobs.worker import Worker
from services.models import downloads, transfer
from services.models.hub_client import ask
from services.models.presence import State, look
from services.models.registry import model_card
from services.settings import get_settings
from tests.hub_server import Hub, hub_server
from tests.pages import seeds
from tests.pages.conftest import Open, words

SETTINGS = "pages/settings.py"
STUDIO = "pages/studio.py"
MODEL = "openai/clip-vit-base-patch32"
WEIGHTS = 60_000


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Files that no library would load: only moving them matters here."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(250)) * (WEIGHTS // 250))
    return folder


@pytest.fixture(autouse=True)
def hub(home: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(transfer, "PIECE", 4096)
    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0.0)
    for name in ("AIM_STUDIO_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with hub_server({MODEL: published}) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        yield server


def download() -> None:
    """Do the downloads that wait, as the worker's thread for them does."""
    from services.jobs.steps import handlers

    Worker(handlers(), slot=DOWNLOADS_SLOT, only=BESIDE).run_until_idle()


def clip_only(app: AppTest) -> AppTest:
    """Press the button of the one model that this hub has."""
    return app.button(key="download_clip").click().run()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_model_is_listed_with_what_it_is_for(open_page: Open, lang: str) -> None:
    said = words(open_page(SETTINGS, lang=lang)).replace("\\", "")
    for name in ("all-MiniLM-L6-v2", "Kandinsky 2.2 decoder", "BLIP-2 with OPT 2.7B", MODEL):
        assert name in said
    for licence in ("Apache-2.0", "MIT", "BSD-2-Clause"):
        assert licence in said
    assert "None" not in said


def test_a_preset_is_saved_at_once_and_its_lights_are_lit(open_page: Open) -> None:
    app = open_page(SETTINGS)
    assert words(app).count("Ready") >= 4
    app.button_group(key="engine_preset_settings").set_value("full").run()
    assert get_settings().engine_choice == FULL
    said = words(app)
    assert "Not set up" in said
    assert "Missing: " in said
    assert [b.label for b in app.main.button if b.proto.type == "primary"] == [
        "Download what is missing (about 31.4 GB)"
    ]
    assert "Engine: **Full**" in words(app)


def test_a_single_part_makes_it_custom_and_the_search_model_follows(open_page: Open) -> None:
    app = open_page(SETTINGS)
    app.selectbox(key="engine_generator_settings").set_value("kandinsky21").run()
    assert get_settings().engine_choice == EngineChoice("lite", "kandinsky21", "kandinsky21", "lite")
    assert app.button_group(key="engine_preset_settings").value == "mixed"
    assert "Engine: **Custom**" in words(app)
    app.selectbox(key="engine_encoder_settings").set_value("lite").run()
    assert "own search model only" in words(app)
    assert get_settings().engine_choice.encoder == "kandinsky21", "what does not fit is not saved"


def test_what_the_environment_sets_is_shown_and_locked(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_ENGINE", "full")
    get_settings.cache_clear()
    app = open_page(SETTINGS)
    assert "AIM_STUDIO_ENGINE, change it there" in words(app).replace("\\", "")
    assert app.selectbox(key="engine_planner_settings").disabled


def test_download_pause_resume_and_done(open_page: Open, hub: Hub) -> None:
    app = clip_only(open_page(SETTINGS))
    [run] = queue.active()
    assert run.kind is RunKind.MODELS
    assert "Waiting to start." in "".join(str(p.proto) for p in app.get("progress"))

    def stop_midway(here: int, total: int) -> None:
        if here > total / 2:
            queue.cancel(run.id)

    original = downloads.download
    try:
        model_runs.download = lambda model, report: original(  # type: ignore[assignment]
            model, lambda here, total: (stop_midway(here, total), report(here, total))[1]
        )
        download()
    finally:
        model_runs.download = original
    assert queue.get(run.id).state is RunState.CANCELLED
    half = look(model_card("clip"))
    assert half.state is State.PARTLY

    app = open_page(SETTINGS)
    assert f"Partly here, {half.share:.0%}" in words(app)
    hub.asked.clear()
    assert app.button(key="download_clip").label == "Resume"
    app = clip_only(app)
    download()
    app.run()
    assert hub.files_asked()[0][1].startswith("bytes="), "it goes on where it stopped"
    assert look(model_card("clip")).ready
    assert "download_clip" not in {b.key for b in app.button}


def test_a_failed_download_says_why(open_page: Open, hub: Hub) -> None:
    app = clip_only(open_page(SETTINGS))
    hub.status, hub.headers = 404, {"X-Error-Code": "RepoNotFound"}
    download()
    app.run()
    assert "has no model" in words(app)
    assert app.button(key="download_clip").label == "Download"


def test_a_second_click_is_the_same_run(open_page: Open) -> None:
    assert model_runs.start_download("clip") == model_runs.start_download("clip")
    app = open_page(SETTINGS)
    app.button(key="pause_clip").click().run()
    assert queue.active() == []


def test_downloads_do_not_hold_up_other_work(open_page: Open) -> None:
    model_runs.start_download("clip")
    session_id = seeds.session(upto="brief")
    from services import studio
    from tests.pages.test_studio import work

    studio.start_plan(session_id)
    work()
    assert sessions.load(session_id).plan is not None
    assert [run.kind for run in queue.active()] == [RunKind.MODELS]


def test_a_folder_takes_a_models_place(open_page: Open, tmp_path: Path) -> None:
    app = open_page(SETTINGS)
    app.text_input(key="folder_clip").set_value(str(tmp_path / "nowhere")).run()
    app.button(key="use_folder_clip").click().run()
    assert "There is no folder" in words(app)
    app.text_input(key="folder_clip").set_value(str(tmp_path / "published")).run()
    app.button(key="use_folder_clip").click().run()
    assert get_settings().clip_model == str(tmp_path / "published")
    assert "From a folder" in words(app)
    app.button(key="use_hub_clip").click().run()
    assert get_settings().clip_model == MODEL


def test_offline_mode_is_told_and_nothing_is_asked(
    open_page: Open, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    app = open_page(SETTINGS)
    assert "HF_HUB_OFFLINE is set" in words(app).replace("\\", "")
    assert app.button(key="download_clip").disabled
    assert hub.asked == []


def test_the_chat_models_address_is_kept_and_its_key_never_shown(
    open_page: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_LLM_API_KEY", "sk-verysecret")
    get_settings.cache_clear()
    app = open_page(SETTINGS)
    app.text_input(key="chat_address").set_value("http://localhost:11434/v1").run()
    app.button(key="chat_save").click().run()
    assert get_settings().llm_base_url == "http://localhost:11434/v1"
    assert "A key is set" in words(app)
    assert "verysecret" not in words(app) + (home / "settings.json").read_text()


# --- per session, in the Studio ---------------------------------------------------------------------


def test_a_session_keeps_the_models_chosen_for_it(open_page: Open) -> None:
    session_id = seeds.session(upto="plan")
    app = open_page(STUDIO, s=session_id)
    app.session_state[f"open_steps_{session_id}"] = {"brief"}
    app.run()
    app.selectbox(key=f"engine_scorer_{session_id}").set_value("full").run()
    assert sessions.load(session_id).parts == EngineChoice(scorer="full")
    assert sessions.load(session_id).engine == "mixed"
    assert "Models used: Custom" in str([e.label for e in app.expander])
    preferences.save_engine(FULL)
    assert sessions.load(session_id).parts == EngineChoice(scorer="full"), "settings are for new sessions"


def test_a_new_session_that_cannot_run_is_refused_before_it_is_made(open_page: Open) -> None:
    from tests.pages.test_studio import press, typed

    app = open_page(STUDIO)
    app.button_group(key="engine_preset_new").set_value("full").run()
    app = press(typed(app), "Plan")
    assert "Nothing was started" in words(app)
    assert sessions.search().total == 0


def test_a_new_session_is_made_with_the_models_chosen(open_page: Open, published: Path) -> None:
    from tests.pages.test_studio import press, typed

    for name in ("clip_model", "caption_model", "topic_model"):
        preferences._save({name: str(published)})
    app = open_page(STUDIO)
    app.selectbox(key="engine_scorer_new").set_value("full").run()
    app = press(typed(app), "Plan")
    assert sessions.load(app.query_params["s"]).parts == EngineChoice(scorer="full")


def test_new_sessions_start_with_the_settings_engine(open_page: Open) -> None:
    preferences.save_engine(EngineChoice(scorer="full"))
    app = open_page(STUDIO)
    assert "Models used: Custom" in str([e.label for e in app.expander])
    assert app.selectbox(key="engine_scorer_new").value == "full"


def test_what_made_a_session_is_shown_with_revisions(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page("pages/sessions.py", s=session_id, tab="made")
    frames = [frame.value for frame in app.dataframe]
    models = next(frame for frame in frames if "Revision" in frame.columns)
    assert {"keybert", "layouts", "fake"} <= set(models["Model"])


def test_the_hub_is_not_asked_by_looking(open_page: Open, hub: Hub) -> None:
    open_page(SETTINGS)
    open_page(STUDIO)
    assert hub.asked == []
    assert ask(MODEL).size > WEIGHTS
