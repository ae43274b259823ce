"""Fetching models from a hub that misbehaves: what arrives is kept, gone on with, checked, published."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import Cancelled, Conflict, EngineUnavailable, StorageError
from services.models import downloads, hub_client, transfer
from services.models.clip import Clip
from services.models.downloads import download
from services.models.hub_cache import HubCache
from services.models.hub_files import local_folder, locate, reference
from services.models.presence import State, look
from services.models.registry import model_card
from services.models.verify import verify
from services.settings import get_settings
from tests.hub_server import COMMIT, Hub, hub_server
from tests.tiny_models import save_tiny_clip

MODEL = "openai/clip-vit-base-patch32"
CARD = model_card("clip")
SECRET = "hf_averysecrettoken"

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as they are: the model, and what the studio has no use for."""
    folder = save_tiny_clip(tmp_path_factory.mktemp("published") / "clip")
    for name in (
        "pytorch_model.bin",
        "model.fp16.safetensors",
        "tf_model.h5",
        "onnx/model.onnx",
        "README.md",
    ):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"other " * 50)
    return folder


@pytest.fixture
def hub(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(transfer, "_pause", lambda seconds, tick: tick(0))
    monkeypatch.setattr(transfer, "PIECE", 4096)
    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0.0)
    with hub_server({MODEL: published}) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        yield server


def stop_after(byte_count: int) -> downloads.Report:
    def report(here: int, total: int) -> None:
        if here >= byte_count:
            raise Cancelled("Stopped.")

    return report


def test_a_download_loads_as_real_weights_do(hub: Hub, published: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = download(MODEL, lambda here, total: seen.append((here, total)))
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert "model.safetensors" in names
    assert not names & {"pytorch_model.bin", "model.fp16.safetensors", "tf_model.h5", "README.md"}
    assert [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert seen[-1][0] == seen[-1][1] == sum((published / name).stat().st_size for name in names)
    assert reference("clip", MODEL).revision == COMMIT[:12]
    assert look(CARD).state is State.DOWNLOADED
    Clip(MODEL, "cpu", "float32").load()
    asked = len(hub.asked)
    assert locate(MODEL) == folder
    assert len(hub.asked) == asked, "what is here is used without asking the network"


def test_the_hubs_own_client_finds_it_too(hub: Hub) -> None:
    from huggingface_hub import try_to_load_from_cache

    folder = download(MODEL)
    cache = str(HubCache(MODEL).root.parent)
    assert try_to_load_from_cache(MODEL, "model.safetensors", cache_dir=cache) == str(
        folder / "model.safetensors"
    )


def test_a_stopped_download_goes_on_where_it_stopped(hub: Hub, published: Path) -> None:
    total = hub_client.ask(MODEL).size
    with pytest.raises(Cancelled):
        download(MODEL, stop_after(total // 2))
    stopped = look(CARD)
    assert stopped.state is State.PARTLY
    assert stopped.total == total
    assert total // 2 <= stopped.here < total
    assert local_folder(MODEL) is None, "half a model is none"
    hub.asked.clear()
    download(MODEL)
    [(name, span)] = hub.files_asked()
    have = (published / "model.safetensors").stat().st_size - (total - stopped.here)
    assert (name, span) == (f"{MODEL}/model.safetensors", f"bytes={have}-")
    assert verify(CARD).ok


def test_broken_connections_are_taken_up_again(hub: Hub, published: Path) -> None:
    hub.cut_after = 40_000
    download(MODEL)
    spans = [span for name, span in hub.files_asked() if name.endswith(".safetensors")]
    assert len(spans) > 2
    assert spans[:2] == ["", f"bytes={40_000 - 40_000 % 4096}-"], "whole pieces are kept"
    assert verify(CARD).ok


def test_a_server_without_ranges_starts_over_and_counts_right(hub: Hub) -> None:
    total = hub_client.ask(MODEL).size
    with pytest.raises(Cancelled):
        download(MODEL, stop_after(total // 2))
    hub.ranges = False
    seen: list[int] = []
    download(MODEL, lambda here, total: seen.append(here))
    assert seen[-1] == total == max(seen)
    assert min(seen) < total // 2
    assert verify(CARD).ok


def test_what_arrives_damaged_is_thrown_away(hub: Hub) -> None:
    hub.damage = True
    with pytest.raises(EngineUnavailable, match="arrived damaged twice"):
        download(MODEL)
    assert local_folder(MODEL) is None
    assert look(CARD).here == 0
    hub.damage = False
    download(MODEL)
    assert verify(CARD).ok


def test_a_damaged_half_is_fetched_anew(hub: Hub) -> None:
    with pytest.raises(Cancelled):
        download(MODEL, stop_after(hub_client.ask(MODEL).size // 2))
    [partial] = HubCache(MODEL).root.glob("blobs/*.incomplete")
    partial.write_bytes(bytes(partial.stat().st_size))
    download(MODEL)
    assert verify(CARD).ok


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (404, {"X-Error-Code": "RepoNotFound"}, "has no model"),
        (401, {}, "has no model"),
        (403, {"X-Error-Code": "GatedRepo"}, "asks for consent"),
        (429, {"Retry-After": "600"}, "asks for a pause"),
        (503, {}, "could not serve"),
    ],
)
@pytest.mark.parametrize("when", ["at the question", "at the file"])
def test_refusals_are_sentences(
    hub: Hub, status: int, headers: dict[str, str], sentence: str, when: str
) -> None:
    hub.headers = headers
    if when == "at the question":
        hub.status = status
    else:
        hub.file_status = status
        sentence = "has no model" if status == 403 else sentence
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match=sentence):
        download(MODEL)
    assert time.monotonic() - started < 5


def test_a_short_pause_is_kept(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float, tick: transfer.Tick) -> None:
        pauses.append(seconds)
        hub.file_status = 0

    monkeypatch.setattr(transfer, "_pause", pause)
    hub.file_status, hub.headers = 429, {"Retry-After": "7"}
    download(MODEL)
    assert pauses == [7.0]


def test_a_network_that_goes_away_keeps_what_came(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(seconds: float, tick: transfer.Tick) -> None:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")

    monkeypatch.setattr(transfer, "_pause", gone)
    hub.cut_after = 40_000
    with pytest.raises(EngineUnavailable, match="What came so far is kept"):
        download(MODEL)
    assert look(CARD).here >= 40_000


def test_without_network_it_fails_in_seconds(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.swallow = threading.Event()
    monkeypatch.setattr(hub_client, "ANSWER_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        download(MODEL)
    assert time.monotonic() - started < 3


def test_offline_mode_asks_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailable, match="HF_HUB_OFFLINE is set"):
        download(MODEL)
    assert hub.asked == []


def test_too_small_a_disk_is_told_before_a_byte_is_fetched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "free_bytes", lambda folder: 1_500_000_000)
    with pytest.raises(StorageError, match=r"needs \d+ kB more, and 2\.0 GB to spare, but only 1\.5 GB"):
        download(MODEL)
    assert hub.files_asked() == []


def test_two_at_once_are_refused(hub: Hub) -> None:
    second: list[Exception] = []

    def report(here: int, total: int) -> None:
        if not second:
            try:
                download(MODEL)
            except Conflict as error:
                second.append(error)

    download(MODEL, report)
    assert "downloaded already" in str(second[0])


def test_the_token_goes_to_the_hub_and_no_further(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    get_settings.cache_clear()
    download(MODEL)
    assert f"Bearer {SECRET}" in hub.tokens


def test_a_name_that_leads_out_of_the_folder_is_refused(hub: Hub, published: Path) -> None:
    listing = hub_client.RemoteFile("../../evil.json", 1, "a" * 40)
    assert not hub_client._sane(listing)
    assert not hub_client._sane(hub_client.RemoteFile("a.json", 1, "../../evil"))


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_verify_finds_what_became_of_the_files(hub: Hub, damage: str) -> None:
    folder = download(MODEL)
    blob = (folder / "merges.txt" if (folder / "merges.txt").exists() else folder / "config.json").resolve()
    if damage == "changed":
        blob.write_bytes(blob.read_bytes().swapcase())
    else:
        blob.unlink()
    verdict = verify(CARD)
    assert not verdict.ok
    assert damage == "missing" or "damaged" in str(verdict.findings[0].what)


def test_verify_reads_the_headers_of_a_local_folder(
    hub: Hub, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(published, tmp_path / "mine")
    (copy / "model.fp16.safetensors").unlink()
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(copy))
    get_settings.cache_clear()
    assert verify(CARD).ok
    assert look(CARD).state is State.FOLDER
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    assert [finding.file for finding in verify(CARD).findings] == ["model.safetensors"]


def test_an_older_whole_copy_serves_while_a_newer_one_is_on_its_way(hub: Hub) -> None:
    folder = download(MODEL)
    older = folder.with_name("f" * 40)
    shutil.copytree(folder, older, symlinks=True)
    (folder / "model.safetensors").unlink()
    assert local_folder(MODEL) == older


def test_partials_can_be_thrown_away(hub: Hub) -> None:
    with pytest.raises(Cancelled):
        download(MODEL, stop_after(hub_client.ask(MODEL).size // 2))
    freed = HubCache(MODEL).discard_partials()
    assert freed > 0
    assert not list(HubCache(MODEL).root.glob("blobs/*.incomplete"))
