"""Kandinsky 2.1 and 2.2 end to end on tiny models of diffusers' classes, loaded as the real ones are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.choices import GenerationMode, GenerationOptions
from services.domain import Recipe
from services.errors import Cancelled, EngineUnavailable, InvalidInput
from services.generation.kandinsky import KandinskyGenerator
from services.generation.kandinsky.schedulers import SCHEDULERS
from services.generation.kandinsky.starts import start_of
from services.models.kandinsky import family
from services.storage.images import get_store
from tests.integration.kandinsky_studio import (
    FAMILIES,
    QUICK,
    brief_of,
    busy_photo,
    conditions_of,
    product_photo,
    use,
)

MODES = tuple(GenerationMode)


@pytest.fixture
def studio(home: Path, tiny_kandinsky: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from services.database import ensure_database

    use(tiny_kandinsky, monkeypatch)
    ensure_database()


def options(mode: GenerationMode = GenerationMode.SCENE, **changes: object) -> GenerationOptions:
    return replace(QUICK, mode=mode, strength=0.7, **changes)  # type: ignore[arg-type]


def recipes(
    name: str, given: GenerationOptions = QUICK, photo: str | None = None, **changes: object
) -> list[Recipe]:
    brief = brief_of(photo or product_photo(), given, **changes)
    return KandinskyGenerator(name).recipes(brief, conditions_of(brief))


def draw(name: str, *made: Recipe) -> list[np.ndarray]:
    """On a generator of its own: nothing is left over from other tests."""
    images = KandinskyGenerator(name).generate_many(made, get_store().open)
    return [np.asarray(image, np.int16) for image in images]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FAMILIES)
def test_each_mode_of_each_family_gives_pictures_of_the_placement(
    studio: None, name: str, mode: GenerationMode
) -> None:
    made = recipes(name, options(mode))
    first, second = draw(name, *made)
    assert first.shape == second.shape == (628, 1200, 3)
    assert apart(first, second) > 3  # each seed is a picture of its own
    assert first.std() > 10


@pytest.mark.parametrize("name", FAMILIES)
def test_a_scene_is_what_diffusers_own_pipeline_gives_for_the_seed(studio: None, name: str) -> None:
    import torch
    from diffusers import KandinskyPipeline, KandinskyV22Pipeline

    from services.generation.kandinsky.conditions import embed
    from services.generation.kandinsky.sizes import deliver

    [recipe, _] = recipes(name, options(negative_prompt="blurry"))
    embeddings = embed(name, [recipe], get_store().open)
    with family(name).decoder().opened() as parts:
        components = {part: parts.get(part) for part in parts.classes}
    texts = {"prompt": "a red hoodie", "negative_prompt": "blurry"} if name == "kandinsky21" else {}
    theirs = (KandinskyPipeline if texts else KandinskyV22Pipeline)(**components)(
        **texts, image_embeds=embeddings.positive, negative_image_embeds=embeddings.negative, width=64,
        height=64, num_inference_steps=2, guidance_scale=4.0,
        generator=torch.Generator().manual_seed(recipe.seed),
    ).images[0]  # fmt: skip
    [ours] = draw(name, recipe)
    assert np.array_equal(ours, np.asarray(deliver(theirs, (1200, 628)), np.int16))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_saved_recipe_gives_the_same_pixels_and_nearly_so_in_a_batch(
    studio: None, name: str, mode: GenerationMode
) -> None:
    made = recipes(name, options(mode))
    together = draw(name, *made)
    family(name).decoder().free()
    for recipe, in_batch in zip(made, together, strict=True):
        saved = Recipe.from_json(recipe.to_json())
        [alone], [again] = draw(name, saved), draw(name, saved)
        assert np.array_equal(alone, again)
        # Matrix products of another height round their last bits otherwise: one grey level here and there.
        assert np.abs(alone - in_batch).max() <= 2
        assert apart(alone, in_batch) < 0.01


@pytest.mark.parametrize("name", FAMILIES)
def test_conditions_decide_the_picture(studio: None, name: str) -> None:
    brief = brief_of(product_photo(), options(guidance=8.0))
    generator = KandinskyGenerator(name)
    ours, theirs = (generator.recipes(brief, conditions_of(brief, text))[0] for text in ("a dog", "a sofa"))
    assert ours.seed == theirs.seed
    [first], [second] = draw(name, ours), draw(name, theirs)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_lying_variation_is_not_turned_on_its_side(studio: None, name: str) -> None:
    """diffusers' image-to-image pipelines swap width and height: see decoders.py."""
    from services.generation.kandinsky.conditions import embed
    from services.generation.kandinsky.decoders import Job, Seed
    from services.generation.kandinsky.decoders import draw as decode

    [recipe, _] = recipes(name, options(GenerationMode.VARIATION))
    start = start_of(recipe, get_store().open)
    assert start is not None
    size = (192, 64)
    [image] = decode(
        family(name),
        Job(
            (Seed(1),), size, options(GenerationMode.VARIATION),
            embed(name, [recipe], get_store().open), "a dog", start.picture(size),
        ),
        lambda step, total: None,
    )  # fmt: skip
    assert image.size == size


@pytest.mark.parametrize("name", FAMILIES)
def test_strength_decides_how_many_steps_are_left(studio: None, name: str) -> None:
    for strength, steps in ((1.0, 4), (0.5, 2), (0.05, 1)):
        told: list[float] = []
        [recipe, _] = recipes(name, options(GenerationMode.VARIATION, steps=4))
        weak = replace(recipe, settings=_with(recipe, strength=str(strength)))
        list(KandinskyGenerator(name).generate_many([weak], get_store().open, told.append))
        decoding = [share for share in told if 0.1 < share < 1.0 or share == 1.0]
        assert len(decoding) == steps + 1, strength  # the last step, and the end


@pytest.mark.parametrize("name", FAMILIES)
def test_keep_gives_the_photos_own_pixels_back(studio: None, name: str) -> None:
    photo = product_photo()
    made = recipes(name, options(GenerationMode.KEEP), photo)
    start = start_of(made[0], get_store().open)
    assert start is not None
    assert start.mask is not None
    shown = np.asarray(start.frame.draw(start.photo, Image.new("RGB", (1200, 628))), np.int16)
    alpha = np.asarray(start.frame.draw(start.mask, Image.new("L", (1200, 628))))
    kept = alpha == 255
    assert 0.1 < kept.mean() < 0.5
    pictures = draw(name, *made)
    for picture in pictures:
        assert np.array_equal(picture[kept], shown[kept])
        assert np.abs(picture[alpha == 0] - shown[alpha == 0]).mean() > 10
    rim = (alpha > 0) & ~kept
    assert 0 < rim.mean() < 0.05  # a soft rim of a few pixels, inside the product
    assert apart(pictures[0][~kept], pictures[1][~kept]) > 10


def test_keep_needs_a_sure_cut_out_or_a_mask(studio: None) -> None:
    photo = busy_photo()
    with pytest.raises(InvalidInput, match="plain or transparent background, or give a mask"):
        recipes("kandinsky22", options(GenerationMode.KEEP), photo)
    mask = Image.new("L", get_store().open(photo).size)
    mask.paste(255, (60, 50, 180, 150))
    given = options(GenerationMode.KEEP, mask_sha256=get_store().put_image(mask))
    made = recipes("kandinsky22", given, photo)
    assert dict(made[0].settings)["mask_sha256"] == given.mask_sha256
    [picture] = draw("kandinsky22", made[0])
    assert picture.shape == (628, 1200, 3)
    with pytest.raises(InvalidInput, match="made for another photo"):
        recipes("kandinsky22", given, product_photo())


def test_photo_modes_need_a_photo(studio: None) -> None:
    brief = replace(brief_of(product_photo(), options(GenerationMode.VARIATION)), photos=())
    with pytest.raises(InvalidInput, match="begins with a product photo"):
        KandinskyGenerator("kandinsky22").recipes(brief, conditions_of(brief))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_sampler_runs(studio: None, name: str, mode: GenerationMode) -> None:
    seen = []
    for sampler in SCHEDULERS:
        made = recipes(name, options(mode, scheduler=sampler, steps=3), variants=1)
        seen.append(dict(made[0].settings)["sampler"])
        pictures = draw(name, *made)
        assert all(picture.std() > 5 for picture in pictures), sampler
    own = "DDIMScheduler" if name == "kandinsky21" else "DDPMScheduler"
    assert seen == [own, "DDIMScheduler", "DPMSolverMultistepScheduler", "UniPC"]


def test_guidance_can_be_switched_off(studio: None) -> None:
    for name in FAMILIES:
        [picture] = draw(name, recipes(name, options(guidance=1.0))[0])
        assert picture.std() > 20


@pytest.mark.parametrize("name", FAMILIES)
def test_more_like_this_is_nearer_than_another_seed(studio: None, name: str) -> None:
    generator = KandinskyGenerator(name)
    first, other = recipes(name)
    near = generator.more_like(first, 2, 7)
    again = generator.more_like(near[0], 1, 8)
    assert len({r.seed for r in (first, *near, *again)}) == 4
    assert {dict(r.settings)["near"] for r in (*near, *again)} == {str(first.seed)}
    pictures = draw(name, first, other, *near)
    assert 0 < apart(pictures[0], pictures[2]) < 0.9 * apart(pictures[0], pictures[1])
    assert not np.array_equal(pictures[2], pictures[3])


def test_a_cancel_stops_within_one_step(studio: None) -> None:
    for name in FAMILIES:
        calls = []

        def stop(share: float, calls: list[float] = calls) -> None:
            calls.append(share)
            if share > 0.4:  # in the middle of the decoder's steps
                raise Cancelled("Stopped.")

        [recipe, _] = recipes(name, options(steps=6))
        with pytest.raises(Cancelled):
            KandinskyGenerator(name).generate(recipe, get_store().open, stop)
        assert sum(share > 0.4 for share in calls) == 1
        assert len(draw(name, recipe)) == 1  # and the models are as good as before


def test_without_weights_it_is_refused_at_once(studio: None, monkeypatch: pytest.MonkeyPatch) -> None:
    use({}, monkeypatch, AIM_STUDIO_KANDINSKY22_MODEL="nobody/no-such-model")
    with pytest.raises(EngineUnavailable, match="not on this machine"):
        recipes("kandinsky22")


def test_recipes_of_another_kind_and_options_out_of_range_are_refused(studio: None) -> None:
    from tests.builders import a_recipe

    with pytest.raises(InvalidInput, match="not made by a diffusion model"):
        draw("kandinsky22", a_recipe())
    for wrong in ({"steps": 1}, {"strength": 0.0}, {"guidance": 99.0}, {"scheduler": "euler"}):
        with pytest.raises(InvalidInput):
            recipes("kandinsky22", replace(QUICK, **wrong))  # type: ignore[arg-type]


def _with(recipe: Recipe, **settings: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((dict(recipe.settings) | settings).items()))
