"""What is told before a run: how long, how much memory, on what grounds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.choices import DEFAULT_OPTIONS, LITE, EngineChoice, GenerationMode
from services.generation.kandinsky import machine as machines
from services.generation.kandinsky.estimate import Basis, estimate
from services.generation.kandinsky.machine import Machine, machine
from services.generation.kandinsky.speed import Speed, Stopwatch, recall, remember
from services.settings import get_settings
from tests.builders import a_brief

FULL = EngineChoice(encoder="kandinsky22", generator="kandinsky22")
H200 = Machine("cuda", "NVIDIA H200", 150 * 10**9, "bfloat16")


@pytest.fixture(autouse=True)
def nowhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A studio that never ran, on one core."""
    monkeypatch.setenv("AIM_STUDIO_THREADS", "1")
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    get_settings.cache_clear()
    machines._guessed.cache_clear()
    yield
    machines._guessed.cache_clear()


def on(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.generation.kandinsky import estimate as module

    monkeypatch.setattr(module, "machine", lambda: device)


def test_one_core_takes_over_an_hour_a_variant_and_it_is_said() -> None:
    told = estimate(FULL, a_brief(variants=4))
    assert told is not None
    assert told.basis is Basis.COUNTED
    assert told.very_long
    assert 3600 < told.per_variant < 4 * 3600
    assert told.seconds == pytest.approx(told.loading + 4 * told.per_variant)
    assert 20e9 < told.memory_bytes < 26e9  # 4.9e9 numbers of four bytes, and one picture


def test_a_gpu_takes_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    on(H200, monkeypatch)
    told = estimate(FULL, a_brief(variants=8))
    assert told is not None
    assert 5 < told.per_variant < 60
    assert not told.long
    assert told.fits
    on(replace(H200, memory=6 * 10**9), monkeypatch)
    told = estimate(FULL, a_brief())
    assert told is not None
    assert not told.fits


def test_fewer_steps_a_variation_and_no_guidance_are_quicker() -> None:
    def seconds(**options: object) -> float:
        brief = a_brief(options=replace(DEFAULT_OPTIONS, prior_steps=2, **options))  # type: ignore[arg-type]
        found = estimate(FULL, brief)
        assert found is not None
        return found.per_variant

    whole = seconds()
    assert seconds(steps=25) == pytest.approx(whole / 2, rel=0.1)
    assert seconds(guidance=1.0) == pytest.approx(whole / 2, rel=0.1)
    assert seconds(mode=GenerationMode.VARIATION, strength=0.4) == pytest.approx(0.4 * whole, rel=0.15)


def test_the_compositor_needs_no_estimate() -> None:
    assert estimate(LITE, a_brief()) is None


def test_what_was_measured_goes_before_what_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    on(H200, monkeypatch)
    remember("kandinsky22", H200, Speed(step=0.02, finish=0.1, prior=0.001))
    told = estimate(FULL, a_brief())
    assert told is not None
    assert told.basis is Basis.MEASURED
    assert told.per_variant == pytest.approx(0.59 * (0.02 * 100 + 0.1) + 0.05, rel=0.01)
    remember("kandinsky22", H200, Speed(step=0.04, finish=0.1, prior=0.001))
    assert recall("kandinsky22", H200) == Speed(pytest.approx(0.03), pytest.approx(0.1), pytest.approx(0.001))
    assert recall("kandinsky21", H200) is None
    assert recall("kandinsky22", replace(H200, dtype="float32")) is None


def test_a_damaged_file_is_as_good_as_none(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for text in ("", "[]", '{"kandinsky22 on NVIDIA H200 in bfloat16": {"step": 1}}'):
        (home / "kandinsky_speed.json").write_text(text)
        assert recall("kandinsky22", H200) is None
        (home / "machine.json").write_text(text)
        assert machine().kind == "cpu"


def test_a_stopwatch_leaves_loading_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 101.0, 102.0, 200.0, 204.0, 208.0, 214.0, 215.0])
    monkeypatch.setattr("services.generation.kandinsky.speed.time.perf_counter", lambda: next(now))
    watch, heard = Stopwatch(), []
    prior, decoder = watch.prior(heard.append), watch.decoder(lambda step, total: heard.append(step))
    for share in (0.3, 0.6, 1.0):
        prior(share)
    for step in (1, 2, 3):
        decoder(step, 3)
    measured = watch.speed(DEFAULT_OPTIONS, 500_000, 2)
    assert heard == [0.3, 0.6, 1.0, 1, 2, 3]
    assert measured == Speed(step=4.0 / 2, finish=6.0, prior=1.0 / 2 / 2)
    assert Stopwatch().speed(DEFAULT_OPTIONS, 500_000, 2) is None


def test_the_card_is_asked_for_once_and_a_hanging_driver_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "auto")
    get_settings.cache_clear()
    asked = []

    def answer(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "NVIDIA GeForce RTX 4090, 24564\n")

    monkeypatch.setattr(machines.subprocess, "run", answer)
    for _ in range(2):
        assert machine() == Machine("cuda", "NVIDIA GeForce RTX 4090", 24564 * 2**20, "float16")
    assert len(asked) == 1

    def hang(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 3.0)

    monkeypatch.setattr(machines.subprocess, "run", hang)
    machines._guessed.cache_clear()
    assert machine().kind == "cpu"


def test_the_workers_word_counts_until_the_settings_change(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import asdict

    home.mkdir(parents=True, exist_ok=True)
    written = replace(H200, asked="cpu auto")
    (home / "machine.json").write_text(json.dumps(asdict(written)))
    assert machine() == written
    monkeypatch.setenv("AIM_STUDIO_DTYPE", "float32")
    get_settings.cache_clear()
    assert machine().kind == "cpu"


def test_a_page_asks_without_torch(home: Path) -> None:
    code = """
import sys
from services.choices import EngineChoice
from services.generation.kandinsky.estimate import estimate
from services.generation.kandinsky import KandinskyGenerator
from services.engines import get_engine
from tests.builders import a_brief
choice = EngineChoice(encoder="kandinsky22", generator="kandinsky22")
assert estimate(choice, a_brief()) and get_engine(choice).generator
assert not {"torch", "diffusers", "transformers"} & set(sys.modules)
"""
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
