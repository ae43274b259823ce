"""What the Settings page keeps, and that the environment wins over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services import engines, preferences, settings_store
from services.choices import FULL, LITE, EngineChoice
from services.errors import Conflict, EngineUnavailable, InvalidInput, NotAllowed
from services.models.registry import model_card
from services.people import Person, Role, act_as
from services.settings import get_settings, refresh_settings, set_by_environment

CUSTOM = EngineChoice("lite", "kandinsky21", "kandinsky21", "lite")


def test_a_choice_lasts_and_is_seen_by_other_processes(home: Path) -> None:
    assert get_settings().engine_choice == LITE
    preferences.save_engine(CUSTOM)
    assert get_settings().engine_choice == CUSTOM
    get_settings.cache_clear()
    assert get_settings().engine_choice == CUSTOM
    settings_store.write(home, {"generator": "lite", "encoder": "lite"})  # by another process
    assert get_settings().engine_choice == CUSTOM, "a piece of work sees one state"
    assert refresh_settings()
    assert get_settings().engine_choice == LITE
    assert not refresh_settings()


def test_a_preset_is_stored_as_such(home: Path) -> None:
    preferences.save_engine(CUSTOM)
    preferences.save_engine(FULL)
    assert json.loads((home / "settings.json").read_text()) == {"engine": "full"}


def test_the_environment_wins_and_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences.save_engine(CUSTOM)
    monkeypatch.setenv("AIM_STUDIO_ENGINE", "lite")
    get_settings.cache_clear()
    assert get_settings().engine_choice == LITE
    assert set_by_environment("engine") == preferences.engine_fixed_by() == "AIM_STUDIO_ENGINE"
    with pytest.raises(Conflict, match="AIM_STUDIO_ENGINE"):
        preferences.save_engine(FULL)


def test_a_part_of_the_environment_leaves_the_others(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences.save_engine(CUSTOM)
    monkeypatch.setenv("AIM_STUDIO_SCORER", "full")
    get_settings.cache_clear()
    assert get_settings().engine_choice == EngineChoice("lite", "kandinsky21", "kandinsky21", "full")


@pytest.mark.parametrize("content", ["{", "[]", '{"engine": "warp"}', '{"home": "/tmp", "planner": 7}', ""])
def test_a_damaged_file_never_stops_the_studio(home: Path, content: str) -> None:
    home.mkdir(parents=True)
    (home / "settings.json").write_text(content)
    get_settings.cache_clear()
    assert get_settings().engine_choice == LITE
    assert get_settings().home == home
    preferences.save_engine(FULL)
    assert get_settings().engine_choice == FULL


def test_folders_and_ids_are_checked(home: Path, tmp_path: Path) -> None:
    card = model_card("clip")
    with pytest.raises(InvalidInput, match="no folder"):
        preferences.use_folder(card, str(tmp_path / "nowhere"))
    with pytest.raises(InvalidInput, match="holds no model"):
        preferences.use_folder(card, str(tmp_path))
    with pytest.raises(InvalidInput, match="owner/name"):
        preferences.use_hub(card, "what is this?")
    with pytest.raises(InvalidInput, match="comes with"):
        preferences.use_folder(model_card("minilm"), str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    preferences.use_folder(card, str(tmp_path))
    assert get_settings().clip_model == str(tmp_path)
    preferences.use_hub(card)
    assert get_settings().clip_model == preferences.default_model(card)
    assert get_settings().stored == {}


def test_a_key_is_never_stored(home: Path) -> None:
    get_settings()
    settings_store.write(home, {"llm_api_key": "sk-secret", "hf_token": "hf_secret", "llm_model": "mine"})
    assert "secret" not in (home / "settings.json").read_text()
    assert refresh_settings()
    assert get_settings().llm_model == "mine"
    with pytest.raises(EngineUnavailable, match="web address"):
        preferences.save_chat("ftp://nowhere", "mine")


def test_only_an_administrator_changes_settings(home: Path) -> None:
    creator = Person("c", "Creator", Role.CREATOR)
    with act_as(creator), pytest.raises(NotAllowed):
        preferences.save_engine(FULL)
    assert get_settings().engine_choice == LITE


def test_engines_follow_the_settings_and_stand_ins_stay(home: Path) -> None:
    get_settings()
    before = engines.get_engine(LITE)
    stand_in = engines.Engine("stand-in", before._parts)
    engines.use_engine(stand_in, FULL)
    try:
        settings_store.write(home, {"clip_model": "owner/other"})
        assert engines.refresh()
        assert engines.get_engine(LITE) is not before
        assert engines.get_engine(FULL) is stand_in
        engines.require_ready(FULL)
    finally:
        engines.use_engine(None, FULL)
