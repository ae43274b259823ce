"""What a run lacks is told at once, in one sentence, without a network and without a wait."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from services import sessions, studio
from services.choices import FULL, LITE, EngineChoice, GenerationMode
from services.cli.__main__ import main
from services.engines import require_ready
from services.errors import EngineUnavailable
from services.jobs import queue
from services.models.registry import CATALOGUE, needs, uses_of
from services.readiness import part_state
from services.settings import get_settings
from tests.pages import seeds

NETWORK_SECONDS = 10.0


@pytest.fixture(autouse=True)
def nothing_here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights, no key, and a network that swallows every packet."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://192.0.2.1")  # nobody answers there
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    for name in ("AIM_STUDIO_LLM_API_KEY", "OPENAI_API_KEY", "AIM_STUDIO_LLM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()


def whole_clip(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def test_lite_is_ready() -> None:
    require_ready(LITE)
    assert all(part_state(part, "lite").ready for part in ("planner", "encoder", "generator", "scorer"))


def test_full_is_refused_with_all_that_is_missing() -> None:
    started = time.monotonic()
    with pytest.raises(EngineUnavailable) as refused:
        require_ready(FULL)
    assert time.monotonic() - started < NETWORK_SECONDS
    said = str(refused.value)
    for card in needs(FULL):
        assert (card.name in said) != card.built_in
    assert "AIM_STUDIO_LLM_API_KEY" in said
    assert "models download kandinsky22-prior kandinsky22 clip blip2 distiluse" in said


def test_offline_mode_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailable, match="HF_HUB_OFFLINE is set"):
        require_ready(FULL)


def test_only_the_key_is_missing() -> None:
    with pytest.raises(EngineUnavailable, match=r"^The chat model that plans is not set up"):
        require_ready(EngineChoice(planner="llm"))


def test_a_folder_in_its_place_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(whole_clip(tmp_path / "clip")))
    monkeypatch.setenv("AIM_STUDIO_LLM_BASE_URL", "http://localhost:11434/v1")
    get_settings.cache_clear()
    with pytest.raises(EngineUnavailable) as refused:
        require_ready(FULL)
    assert "CLIP ViT-B/32" not in str(refused.value)
    assert "AIM_STUDIO_LLM_API_KEY" not in str(refused.value)
    require_ready(FULL, ["planner"])


def test_keeping_the_product_takes_the_inpainting_decoder() -> None:
    scene = {card.key for card in needs(FULL, ["generator"])}
    keep = {card.key for card in needs(FULL, ["generator"], GenerationMode.KEEP)}
    assert scene == {"kandinsky22-prior", "kandinsky22"}
    assert keep == {"kandinsky22-prior", "kandinsky22-inpaint"}


def test_every_model_serves_something() -> None:
    assert len({card.key for card in CATALOGUE}) == len(CATALOGUE)
    assert all(uses_of(card) for card in CATALOGUE)
    assert all(card.licence and card.size for card in CATALOGUE)


@pytest.mark.parametrize("start", [studio.start_plan, studio.start_complete, studio.start_score])
def test_no_run_starts_without_its_models(start: object) -> None:
    session_id = seeds.session()
    sessions.set_parts(session_id, FULL)
    with pytest.raises(EngineUnavailable, match="Nothing was started"):
        start(session_id)  # type: ignore[operator]
    assert queue.active() == []


def test_a_run_needs_only_the_parts_from_its_step_on() -> None:
    session_id = seeds.session()
    sessions.set_parts(session_id, EngineChoice(planner="llm"))
    studio.start_variants(session_id)
    assert len(queue.active()) == 1


def run_full(tmp_path: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str, float]:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"never read")
    started = time.monotonic()
    words = ["run", "--topic", "A dog", "--text", "A dog on a sofa.", "--photo", str(photo)]
    code = main([*words, "--out", str(tmp_path / "out"), *flags])
    return code, capsys.readouterr().err, time.monotonic() - started


def test_the_command_line_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, seconds = run_full(tmp_path, capsys, "--engine", "full")
    assert (code, said.count("\n")) == (2, 1)
    assert "Nothing was started" in said
    assert seconds < NETWORK_SECONDS
    assert not (tmp_path / "out").exists()
    assert sessions.search().total == 0


def test_downloading_without_a_network_fails_in_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = time.monotonic()
    assert main(["models", "download", "clip"]) == 2
    assert time.monotonic() - started < NETWORK_SECONDS
    assert "cannot be reached" in capsys.readouterr().err


def test_parts_that_do_not_fit_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run_full(tmp_path, capsys, "--generator", "kandinsky22", "--encoder", "lite")
    assert code == 2
    assert "own search model" in said
    code, said, _ = run_full(tmp_path, capsys, "--steps", "5", "--raw-weights")
    assert code == 2
    assert "--steps, --raw-weights" in said


def test_the_list_says_where_each_model_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(whole_clip(tmp_path / "clip")))
    get_settings.cache_clear()
    assert main(["models", "list", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert rows["minilm"]["state"] == "built in"
    assert rows["clip"]["state"] == "folder"
    assert rows["clip"]["set_by"] == "AIM_STUDIO_CLIP_MODEL"
    assert rows["blip2"]["state"] == "missing"
    assert rows["blip2"]["licence_note"]
    assert main(["models", "list"]) == 0
    assert "BLIP-2 with OPT 2.7B" in capsys.readouterr().out
