"""Finding, placing and loading the full engine's models, and what is said when that fails."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from services.errors import EngineUnavailable, InvalidInput
from services.models import hub, hub_client
from services.models.clip import Clip
from services.models.device import place
from services.models.hub_files import local_folder, locate, reference
from services.settings import Settings, get_settings
from tests.tiny_models import noise_images, save_tiny_clip

SECRET = "hf_averysecrettoken"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache and a hub whose name cannot be looked up."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://hub.invalid")


def test_a_local_folder_stands_in_for_a_hub_id(folder: Path, home: Path) -> None:
    clip = hub.load_clip(str(folder), "cpu", "float32")
    assert clip is hub.load_clip(str(folder), "cpu", "float32")
    assert clip.ref.id == "tiny-clip"
    assert clip.ref.revision.startswith("local ")
    vectors = clip.encode_images(noise_images(2))
    assert vectors.shape == (2, clip.dim)
    hub.free_models()
    assert clip.encode_images(noise_images(2)) == pytest.approx(vectors)


def test_the_settings_name_the_model(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(folder))
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    get_settings.cache_clear()
    assert hub.load_clip() is hub.load_clip(str(folder), "cpu")


def test_other_weights_have_another_revision(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "tiny-clip")
    assert reference("clip", str(copy)) == reference("clip", str(folder))
    (copy / "config.json").write_text((copy / "config.json").read_text() + "\n")
    assert reference("clip", str(copy)) != reference("clip", str(folder))


def test_weights_are_loaded_once_by_many_threads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, loads = Clip(str(folder), "cpu", "float32"), []
    read = Clip._read
    monkeypatch.setattr(
        Clip, "_read", lambda self, *rest: (loads.append(time.sleep(0.05)), read(self, *rest))[1]
    )
    threads = [threading.Thread(target=clip.encode_texts, args=(["a cat"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


@pytest.mark.parametrize(
    "damage", ["truncated weights", "no tokenizer", "no image processor", "another model"]
)
def test_damaged_folders_get_a_sentence(folder: Path, tmp_path: Path, damage: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "broken")
    if damage == "truncated weights":
        weights = copy / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "no tokenizer":
        for path in [*copy.glob("*token*"), *copy.glob("vocab*"), *copy.glob("merges*")]:
            path.unlink()
    elif damage == "no image processor":
        for path in copy.glob("*processor*"):
            path.unlink()
    else:
        (copy / "config.json").write_text('{"model_type": "clip", "projection_dim": 7}')
    with pytest.raises(EngineUnavailable, match="could not be loaded"):
        Clip(str(copy), "cpu", "float32").load()


def test_a_folder_without_a_model_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"config\.json"):
        locate(str(tmp_path))
    with pytest.raises(EngineUnavailable, match=r"config\.json"):
        locate("./no/such/folder")


def test_a_name_that_is_no_id_is_refused() -> None:
    with pytest.raises(EngineUnavailable, match="owner/name"):
        local_folder("what is this?")


@pytest.mark.usefixtures("offline", "home")
def test_without_network_the_sentence_says_what_to_do() -> None:
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match="name a local folder in their place, or use the lite engine"):
        locate("openai/clip-vit-base-patch32")
    assert time.monotonic() - started < 10
    assert reference("clip", "openai/clip-vit-base-patch32").revision == ""


@pytest.mark.usefixtures("offline", "home")
def test_a_hub_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall that swallows packets, or a name server that does: no time limit of theirs helps."""
    monkeypatch.setattr(hub_client, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: time.sleep(30))
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        locate("openai/clip-vit-base-patch32")
    assert time.monotonic() - started < 5


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["HF_TOKEN", "HUGGING_FACE_API", "AIM_STUDIO_HF_TOKEN"])
def test_the_token_is_used_and_never_shown(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for other in ("HF_TOKEN", "HUGGING_FACE_API", "AIM_STUDIO_HF_TOKEN"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, SECRET)
    get_settings.cache_clear()
    given: list[object] = []

    def model_info(*_: object, token: object, **__: object) -> None:
        given.append(token)
        raise OSError(f"refused with {SECRET}")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", model_info)
    with caplog.at_level(logging.DEBUG), pytest.raises(EngineUnavailable) as refused:
        locate("openai/clip-vit-base-patch32")
    assert given == [SECRET]
    assert SECRET not in f"{refused.value} {caplog.text} {get_settings()!r} {Settings()}"


def test_devices_and_number_formats() -> None:
    import torch

    here = place()
    assert place("cpu").dtype == "float32"
    assert place("cpu", "bfloat16").torch_dtype is torch.bfloat16
    if not torch.cuda.is_available():
        assert here.device in ("cpu", "mps")
        with pytest.raises(EngineUnavailable, match="no device 'cuda:7'"):
            place("cuda:7")
    with pytest.raises(InvalidInput, match="no device 'toaster'"):
        place("toaster")
    with pytest.raises(InvalidInput, match="number format 'int3'"):
        place("cpu", "int3")


@pytest.mark.parametrize(("has_bf16", "dtype"), [(True, "bfloat16"), (False, "float16")])
def test_cuda_comes_first(monkeypatch: pytest.MonkeyPatch, has_bf16: bool, dtype: str) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation=True: has_bf16)
    assert (place().device, place().dtype) == ("cuda:0", dtype)
    assert place("cuda:1", "float32").device == "cuda:1"


def test_low_precision_agrees_with_full(folder: Path) -> None:
    images = noise_images(3)
    full = Clip(str(folder), "cpu", "float32").encode_images(images)
    low = Clip(str(folder), "cpu", "bfloat16").encode_images(images)
    cosines = (full * low).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(low, axis=1)
    assert (cosines > 0.99).all()
