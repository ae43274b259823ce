"""Kandinsky in the worker: batches, cancel, memory that runs out, and what is remembered of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services import sessions, studio
from services.choices import EngineChoice
from services.domain import Recipe, Strategy
from services.errors import EngineUnavailable
from services.generation.kandinsky import KandinskyGenerator, decoders, memory
from services.generation.kandinsky.estimate import Basis, estimate
from services.generation.kandinsky.generator import KandinskyGenerator as Generator
from services.generation.png import read_recipe
from services.generation.together import at_once, pictures
from services.jobs import queue
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.models.kandinsky import family
from services.storage.images import get_store
from tests.integration.kandinsky_studio import QUICK, brief_of, conditions_of, product_photo, use

CHOICE = EngineChoice(encoder="kandinsky22", generator="kandinsky22")


@pytest.fixture
def names(home: Path, tiny_kandinsky: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    from services.database import ensure_database
    from services.generation.kandinsky.machine import _guessed

    use(tiny_kandinsky, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="2")
    _guessed.cache_clear()
    ensure_database()
    return tiny_kandinsky


def a_session(variants: int, parts: EngineChoice = CHOICE) -> str:
    """Planned and with conditions: the next step is to generate."""
    brief = brief_of(product_photo(), variants=variants, strategy=Strategy.NONE)
    session_id = sessions.create(brief, engine=parts)
    sessions.save_conditions(session_id, conditions_of(brief))
    return session_id


def submit(session_id: str, variants: int) -> str:
    steps = [StepSpec("condition"), *(StepSpec("generate", {"index": i}) for i in range(variants))]
    return queue.submit(RunKind.VARIANTS, session_id, steps=steps)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures each call of the decoder was asked for."""
    sizes: list[int] = []
    draw = decoders.draw

    def count(made: object, job: decoders.Job, told: decoders.Told) -> list[Image.Image]:
        sizes.append(len(job.seeds))
        return draw(made, job, told)  # type: ignore[arg-type]

    monkeypatch.setattr(decoders, "draw", count)
    return sizes


def test_a_run_makes_its_variants_in_batches_each_once(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, sizes = a_session(5), counted(monkeypatch)
    run_id = submit(session_id, 5)
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.DONE
    assert sizes == [2, 2, 1]
    made = sorted(sessions.load(session_id).variants, key=lambda v: v.index)
    assert [v.index for v in made] == list(range(5))
    assert len({v.sha256 for v in made}) == 5
    first = made[0]
    assert read_recipe(get_store().path(first.sha256).read_bytes()) == first.recipe
    assert first.recipe.generator == family("kandinsky22").decoder().ref("generator")
    settings = dict(first.recipe.settings)
    assert settings["prior"].startswith("kandinsky22-prior local ")
    assert (settings["steps"], settings["sampler"], settings["dtype"]) == ("2", "DDPMScheduler", "float32")


def test_a_cancel_keeps_what_is_finished_and_stops_within_one_step(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = a_session(4)
    run_id = submit(session_id, 4)
    steps: list[int] = []
    draw = decoders.draw

    def cancelling(made: object, job: decoders.Job, told: decoders.Told) -> list[Image.Image]:
        def tell(step: int, total: int) -> None:
            steps.append(step)
            if len(steps) == QUICK.steps + 1:  # after the first step of the second batch
                queue.cancel(run_id)
            told(step, total)

        return draw(made, job, tell)  # type: ignore[arg-type]

    monkeypatch.setattr(decoders, "draw", cancelling)
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.CANCELLED
    assert len(steps) == QUICK.steps + 1  # no further step was taken
    assert sorted(v.index for v in sessions.load(session_id).variants) == [0, 1]

    queue.retry(run_id)
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.DONE
    assert sorted(v.index for v in sessions.load(session_id).variants) == [0, 1, 2, 3]


def test_a_lost_file_is_made_again_from_its_recipe(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(names, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="0")  # on a processor one by one: the same bits
    session_id = a_session(2)
    engine = studio_engine()
    batch = studio.prepare_batch(session_id, engine)
    studio.make_variant(session_id, engine, batch, 0)
    studio.make_variant(session_id, engine, batch, 1)
    lost = sessions.load(session_id).variants[1]
    get_store().path(lost.sha256).unlink()
    studio.make_variant(session_id, engine, batch, lost.index)
    assert {v.sha256 for v in sessions.load(session_id).variants} >= {lost.sha256}
    assert get_store().exists(lost.sha256)


def studio_engine() -> object:
    from services.engines import get_engine

    return get_engine(CHOICE)


# --- memory ------------------------------------------------------------------------------------


def short_of(limit: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A device that holds `limit` pictures at once; the sizes that were tried."""

    import torch

    tried: list[int] = []

    def draw(self: Generator, source: object, batch: Sequence[Recipe], tell: Callable[[float], None]) -> list:
        tried.append(len(batch))
        if len(batch) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        tell(1.0)
        return [Image.new("RGB", (8, 8), (recipe.seed % 256, 0, 0)) for recipe in batch]

    monkeypatch.setattr(Generator, "_draw", draw)
    return tried


def test_out_of_memory_halves_the_batch_once(names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    brief = brief_of(product_photo(), variants=5)
    generator = KandinskyGenerator("kandinsky22")
    recipes = generator.recipes(brief, conditions_of(brief))
    tried = short_of(3, monkeypatch)
    images = list(generator.generate_many(recipes, get_store().open))
    assert tried == [5, 3, 2]
    assert [image.getpixel((0, 0))[0] for image in images] == [r.seed % 256 for r in recipes]
    use(names, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="8")
    assert generator.batch_size(recipes[0]) == 3  # what did not fit is not tried again


def test_out_of_memory_twice_is_a_clear_failure(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = a_session(4)
    use(names, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="4")
    tried = short_of(1, monkeypatch)
    run_id = submit(session_id, 4)
    Worker(handlers()).run_until_idle()
    run = queue.get(run_id)
    assert run.state is RunState.FAILED
    assert tried == [4, 2]
    assert "not enough memory" in str(run.error)
    assert "Finished variants stay" in str(run.error)

    one = KandinskyGenerator("kandinsky22")
    recipe = one.recipes(sessions.load(session_id).brief, sessions.load(session_id).conditions)[0]
    short_of(0, monkeypatch)
    with pytest.raises(EngineUnavailable, match="DIFFUSION_SIDE=512"):
        one.generate(recipe, get_store().open)


def test_pictures_before_the_memory_ran_out_are_kept(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    session_id = a_session(4)
    run_id = submit(session_id, 4)
    tries = iter((False, True, True))  # the first batch fits, then another program takes the memory

    def draw(self: Generator, source: object, batch: Sequence[Recipe], tell: object) -> list[Image.Image]:
        if next(tries):
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return [Image.new("RGB", recipe.size, (recipe.seed % 256, 0, 0)) for recipe in batch]

    monkeypatch.setattr(Generator, "_draw", draw)
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.FAILED
    assert sorted(v.index for v in sessions.load(session_id).variants) == [0, 1]


def test_a_processor_makes_one_at_a_time_unless_told_otherwise(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = brief_of(product_photo())
    generator = KandinskyGenerator("kandinsky22")
    recipe = generator.recipes(brief, conditions_of(brief))[0]
    assert at_once(generator, recipe) == 2
    use(names, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="0")
    assert at_once(generator, recipe) == 1


def test_room_on_a_gpu_decides_the_batch_and_where_weights_wait(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(names, monkeypatch, AIM_STUDIO_DIFFUSION_BATCH="0")
    with family("kandinsky22").decoder().opened() as parts:
        card = replace(parts, placement=replace(parts.placement, device="cuda:0", dtype="float16"))
        pixels = 768 * 768
        one = memory.working_bytes(pixels, 1, half=True)
        each = memory.working_bytes(pixels, 2, half=True) - one
        for room, count in ((one / 2, 1), (one + 1.5 * each, 2), (one + 3.5 * each, 4), (100 * one, 8)):
            monkeypatch.setattr(memory, "free_bytes", lambda device, room=room: int(room / 0.9) + 1)
            assert memory.batch_size(pixels, card) == count
        assert memory.offload_of(card) is memory.Offload.NONE
        short, unet = replace(card, short=True), memory.largest_bytes(parts)
        monkeypatch.setattr(memory, "free_bytes", lambda device: 2 * unet)
        assert memory.offload_of(short) is memory.Offload.MODEL
        monkeypatch.setattr(memory, "free_bytes", lambda device: unet // 2)
        assert memory.offload_of(short) is memory.Offload.SEQUENTIAL
        use(names, monkeypatch, AIM_STUDIO_OFFLOAD="none")
        assert memory.offload_of(short) is memory.Offload.NONE


@pytest.mark.parametrize("name", ["kandinsky21", "kandinsky22"])
def test_networks_that_take_turns_and_sliced_attention_give_the_same_picture(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Model offload through accelerate's own hooks; here from the processor to the processor."""
    brief = brief_of(product_photo(), variants=1)
    generator = KandinskyGenerator(name)
    [recipe] = generator.recipes(brief, conditions_of(brief))
    whole = np.asarray(generator.generate(recipe, get_store().open), np.int16)
    with monkeypatch.context() as patch:
        patch.setattr(memory, "offload_of", lambda parts: memory.Offload.MODEL)
        turns = np.asarray(generator.generate(recipe, get_store().open), np.int16)
        assert np.array_equal(whole, turns)
    use(names, monkeypatch, AIM_STUDIO_ATTENTION_SLICING="on")
    sliced = np.asarray(generator.generate(recipe, get_store().open), np.int16)
    assert np.abs(whole - sliced).max() <= 2
    family(name).decoder().free()  # slices stay with the weights they were set on
    use(names, monkeypatch, AIM_STUDIO_ATTENTION_SLICING="off")
    assert np.array_equal(whole, np.asarray(generator.generate(recipe, get_store().open)))


class Pipeline:
    """Notes where its weights are sent."""

    def __init__(self, breaks: bool = False) -> None:
        self.said: list[str] = []
        self._breaks = breaks

    def enable_sequential_cpu_offload(self, device: str) -> None:
        self.said.append(f"layers to {device}")

    def enable_attention_slicing(self) -> None:
        self.said.append("slices")

    def remove_all_hooks(self) -> None:
        if self._breaks:
            raise TypeError("half a hook")
        self.said.append("no hooks")

    def to(self, device: str, silence_dtype_warnings: bool = False) -> None:
        self.said.append(device)


def test_where_even_the_unet_does_not_fit_its_layers_take_turns(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with family("kandinsky22").decoder().opened() as parts:
        card = replace(parts, short=True, placement=replace(parts.placement, device="cuda:0"))
        monkeypatch.setattr(memory, "free_bytes", lambda device: 1)
        pipeline = Pipeline()
        offload = memory.place_weights(pipeline, card)
    assert offload is memory.Offload.SEQUENTIAL
    assert memory.taken_back(pipeline, offload)
    assert pipeline.said == ["layers to cuda:0", "slices", "no hooks", "cpu"]
    assert not memory.taken_back(Pipeline(breaks=True), offload)  # and what broke the run off is told


def test_compile_is_asked_for_once(names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    compiled = []

    def compile_(network: torch.nn.Module) -> None:
        compiled.append(network)
        network._compiled_call_impl = network._call_impl  # what torch.compile would set, uncompiled

    monkeypatch.setattr(torch.nn.Module, "compile", compile_)
    use(names, monkeypatch, AIM_STUDIO_COMPILE="true", AIM_STUDIO_DIFFUSION_BATCH="1")
    family("kandinsky22").decoder().free()
    brief = brief_of(product_photo())
    generator = KandinskyGenerator("kandinsky22")
    list(pictures(generator, generator.recipes(brief, conditions_of(brief)), get_store().open))
    family("kandinsky22").decoder().free()
    assert [type(network).__name__ for network in compiled] == ["UNet2DConditionModel"]


def test_a_run_teaches_the_next_estimate(names: dict[str, str], home: Path) -> None:
    brief = brief_of(product_photo(), variants=2)
    before = estimate(CHOICE, brief)
    assert before is not None
    assert before.basis is Basis.COUNTED
    generator = KandinskyGenerator("kandinsky22")
    list(generator.generate_many(generator.recipes(brief, conditions_of(brief)), get_store().open))
    after = estimate(CHOICE, brief)
    assert after is not None
    assert after.basis is Basis.MEASURED
    assert 0 < after.per_variant < 10
    assert json.loads((home / "machine.json").read_text())["kind"] == "cpu"
