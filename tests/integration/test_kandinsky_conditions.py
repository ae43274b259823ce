"""Conditioning against diffusers' own `interpolate`, on tiny priors of the real classes, for 2.1 and 2.2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from db.tables import ItemVector
from services import libraries
from services.choices import GenerationOptions
from services.database import ensure_database, unit_of_work
from services.domain import Condition, ConditionKind, ModelRef, Placement, Recipe
from services.errors import Cancelled, EngineUnavailable, InvalidInput
from services.generation.kandinsky import negative, pictures, prior
from services.generation.kandinsky.causal_prior import fits
from services.generation.kandinsky.conditions import cut_texts, embed
from services.generation.kandinsky.options import to_settings
from services.models.kandinsky import family
from services.retrieval.encoder_kandinsky import KandinskyEncoder
from services.retrieval.sources_upload import UploadSource
from services.retrieval.vectors import pack
from services.storage.images import get_store
from tests.kandinsky_models import DIMS, save_tiny_prior
from tests.retrieval_fakes import png
from tests.tiny_models import noise_images

if TYPE_CHECKING:
    import torch

FAMILIES = ("kandinsky21", "kandinsky22")
PIPELINES = {"kandinsky21": "KandinskyPriorPipeline", "kandinsky22": "KandinskyV22PriorPipeline"}
STEPS = 4
TEXT, PHOTO, MATCH = ConditionKind.TEXT, ConditionKind.PHOTO, ConditionKind.MATCH
PICTURES = {f"{place}" * 64: image for place, image in enumerate(noise_images(4))}
CAT, LIGHT = Condition(TEXT, "a cat on a sofa", 0.6), Condition(TEXT, "warm light", 0.3)
FRONT, BACK = Condition(PHOTO, "0" * 64, 0.3), Condition(PHOTO, "1" * 64, 0.2)
STUDY = (CAT, LIGHT, FRONT, BACK)
"""As the study types weights: they do not sum to 1."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("priors")
    return {name: save_tiny_prior(root / name, name) for name in FAMILIES}


@pytest.fixture(autouse=True)
def models(folders: dict[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in folders.items():
        monkeypatch.setenv(f"AIM_STUDIO_{name.upper()}_PRIOR_MODEL", str(folder))
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    monkeypatch.setenv("AIM_STUDIO_DTYPE", "float32")
    ensure_database()
    negative.forget()
    pictures.forget()


@pytest.fixture(params=FAMILIES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pipeline(name: str, folders: dict[str, Path]) -> Any:
    import diffusers

    made = getattr(diffusers, PIPELINES[name]).from_pretrained(folders[name])
    made.set_progress_bar_config(disable=True)
    return made


def recipe(seed: int = 7, conditions: tuple[Condition, ...] = STUDY, **options: Any) -> Recipe:
    asked = GenerationOptions(**{"prior_steps": STEPS, **options})
    return Recipe(
        ModelRef("generator", "test"), seed, Placement.SQUARE, (64, 64), conditions,
        settings=to_settings(asked),
    )  # fmt: skip


def embedding(name: str, one: Recipe) -> torch.Tensor:
    return embed(name, [one], PICTURES.__getitem__).positive[0]


def interpolated(pipeline: Any, one: Recipe, weights: list[float], **options: Any) -> Any:
    """diffusers on the same conditions, with the same noise."""

    import torch

    given = [c.ref if c.kind is TEXT else PICTURES[c.ref] for c in one.conditions]
    noise = torch.Generator().manual_seed(one.seed)
    return pipeline.interpolate(
        given, weights, **{"num_inference_steps": STEPS, "generator": noise, **options}
    )


@contextmanager
def counted(name: str, component: str) -> Iterator[list[int]]:
    """The batch size of each forward pass of `component` inside the block."""
    sizes: list[int] = []
    with family(name).prior().opened() as parts:
        network = last_layer(parts.get(component))
    hook = network.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    yield sizes
    hook.remove()


def last_layer(network: Any) -> Any:
    """Every pass of the prior ends in it, whoever calls the layers before."""
    return getattr(network, "proj_to_clip_embeddings", network)


def close(left: torch.Tensor, right: torch.Tensor, atol: float = 1e-4) -> bool:
    import torch

    return torch.allclose(left, right, atol=atol, rtol=0)


# --- against interpolate -----------------------------------------------------------------------


@pytest.mark.parametrize("guidance", [4.0, 1.0])
def test_equals_interpolate_on_the_same_weights_and_noise(name: str, pipeline: Any, guidance: float) -> None:
    one = recipe(prior_guidance=guidance)
    made = embed(name, [one], PICTURES.__getitem__)
    total = sum(c.weight for c in STUDY)
    want = interpolated(pipeline, one, [c.weight / total for c in STUDY], guidance_scale=guidance)
    assert made.positive.shape == made.negative.shape == (1, DIMS[name])
    assert close(made.positive, want.image_embeds)
    assert close(made.negative, want.negative_image_embeds)
    assert made.positive.norm() > 1  # not two zeros that agree


def test_raw_weights_go_in_as_typed(name: str, pipeline: Any) -> None:
    one = recipe(raw_weights=True)
    want = interpolated(pipeline, one, [c.weight for c in STUDY]).image_embeds[0]
    assert close(embedding(name, one), want)
    total = sum(c.weight for c in STUDY)
    assert close(embedding(name, recipe()), want / total)


def test_a_negative_prompt_is_what_the_prior_makes_of_it(name: str, pipeline: Any) -> None:
    import torch

    made = embed(name, [recipe(negative_prompt="blurry")], PICTURES.__getitem__)
    noise = torch.Generator().manual_seed(negative.SEED)
    want = pipeline("blurry", num_inference_steps=STEPS, generator=noise).image_embeds
    assert close(made.negative, want)
    assert close(made.positive, embed(name, [recipe()], PICTURES.__getitem__).positive)


def test_one_batch_where_interpolate_runs_once_per_text(name: str, pipeline: Any) -> None:
    texts = tuple(Condition(TEXT, f"part {place}", 0.2) for place in range(4))
    one = recipe(conditions=(*texts, FRONT, BACK), prior_steps=25)
    with counted(name, "prior") as ours:
        made = embedding(name, one)
    theirs: list[int] = []
    last_layer(pipeline.prior).register_forward_pre_hook(lambda _, args: theirs.append(len(args[0])))
    total = sum(c.weight for c in one.conditions)
    want = interpolated(
        pipeline, one, [c.weight / total for c in one.conditions], num_inference_steps=25
    ).image_embeds[0]
    assert (len(ours), len(theirs)) == (25, 125)
    assert set(ours) == {8}  # four texts, with and without guidance
    assert close(made, want)


# --- as a function of the recipe ---------------------------------------------------------------


def test_linear_in_the_weights(name: str) -> None:
    first = tuple(replace(c, weight=w) for c, w in zip(STUDY, (0.5, 0.0, 0.4, 0.1), strict=True))
    second = tuple(replace(c, weight=w) for c, w in zip(STUDY, (0.1, 0.7, 0.0, 0.3), strict=True))
    both = tuple(replace(a, weight=2 * a.weight + 3 * b.weight) for a, b in zip(first, second, strict=True))
    left, right, together = (
        embedding(name, recipe(conditions=c, raw_weights=True)) for c in (first, second, both)
    )
    assert close(2 * left + 3 * right, together)
    assert not close(left, right)


def test_a_recipe_does_not_depend_on_who_shares_its_batch(name: str) -> None:
    other = recipe(seed=8, conditions=(LIGHT, BACK), negative_prompt="blurry")
    later = recipe(seed=9, prior_steps=STEPS + 1)
    together = embed(name, [recipe(), other, later, recipe(seed=8)], PICTURES.__getitem__)
    for row, one in enumerate((recipe(), other, later, recipe(seed=8))):
        alone = embed(name, [one], PICTURES.__getitem__)
        assert close(together.positive[row], alone.positive[0], 1e-5)
        assert close(together.negative[row], alone.negative[0], 1e-5)
    assert not close(together.positive[0], together.positive[3])  # the seed alone differs


def test_reading_the_texts_once_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (CAT, Condition(TEXT, "c" * 200, 0.2), Condition(TEXT, "", 0.2))  # full, cut off, empty
    once = embedding(name, recipe(conditions=texts))
    with family(name).prior().opened() as parts:
        assert prior.fits(parts.get("prior"))
    monkeypatch.setattr(prior, "fits", lambda _: False)  # as for a network of another build
    assert close(once, embedding(name, recipe(conditions=texts)), 1e-5)


def test_a_network_of_another_build_is_called_whole() -> None:
    from diffusers import PriorTransformer

    sizes = {"num_attention_heads": 2, "attention_head_dim": 4, "num_layers": 1, "embedding_dim": 8}
    assert fits(PriorTransformer(**sizes))
    assert not fits(PriorTransformer(**sizes, added_emb_type=None, additional_embeddings=3))
    replaced = PriorTransformer(**sizes)
    replaced.set_default_attn_processor()
    assert not fits(replaced)


def test_short_memory_makes_chunks_and_the_same_embeddings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [recipe(), recipe(seed=8)]
    whole = embed(name, recipes, PICTURES.__getitem__).positive
    monkeypatch.setattr(prior, "free_bytes", lambda _: 1)
    shares: list[float] = []
    with counted(name, "prior") as passes:
        pieces = embed(name, recipes, PICTURES.__getitem__, shares.append).positive
    assert len(passes) == 4 * STEPS  # four texts, one by one
    assert shares == pytest.approx([n / (4 * STEPS) for n in range(1, 4 * STEPS + 1)])
    assert close(whole, pieces, 1e-5)


# --- references --------------------------------------------------------------------------------


def test_a_reference_alone_is_its_picture_at_the_encoders_own_scale(name: str, pipeline: Any) -> None:
    import torch

    image = noise_images(1, (600, 500), seed=5)[0]
    libraries.build("L", UploadSource([("a.png", png(image))]), KandinskyEncoder(name))
    [item] = libraries.list_items("L").items
    alone = recipe(conditions=(Condition(MATCH, item.sha256, 1.0),))
    with counted(name, "image_encoder") as looks, counted(name, "prior") as passes:
        made = embed(name, [alone], _never).positive[0]
    assert (len(looks), passes) == (1, [])  # the blank picture of the negative, and nothing else
    pixels = pipeline.image_processor(get_store().open(item.sha256), return_tensors="pt").pixel_values
    with torch.no_grad():
        want = pipeline.image_encoder(pixels).image_embeds[0]
    assert close(made, want)
    assert made.norm() > 1.5  # its own scale, not a unit vector


def test_a_reference_has_the_vector_that_its_library_keeps(name: str) -> None:
    import torch

    encoder = KandinskyEncoder(name)
    libraries.build("L", UploadSource([("a.png", png(noise_images(1)[0]))]), encoder)
    [item] = libraries.list_items("L").items
    stored = torch.arange(1, DIMS[name] + 1, dtype=torch.float32)
    with unit_of_work() as work:
        row = work.session.query(ItemVector).one()
        row.image = pack(stored.numpy())
        work.commit()
    alone = recipe(conditions=(Condition(MATCH, item.sha256, 0.5),))
    assert torch.equal(embed(name, [alone], _never).positive[0], stored)


def test_a_reference_that_no_library_holds_any_more_is_encoded_from_its_picture(name: str) -> None:
    import torch

    encoder = KandinskyEncoder(name)
    sha256 = next(iter(PICTURES))
    made = embedding(name, recipe(conditions=(Condition(MATCH, sha256, 1.0),)))
    want = torch.from_numpy(encoder.encode_images([PICTURES[sha256]])[0])
    assert close(made, want, 1e-6)


def test_photos_are_encoded_once_however_many_recipes_show_them(name: str) -> None:
    recipes = [recipe(seed) for seed in range(3)]
    embed(name, recipes[:1], PICTURES.__getitem__)
    with counted(name, "image_encoder") as looks:
        embed(name, recipes, _never)
    assert looks == []


# --- the negative ------------------------------------------------------------------------------


def test_the_negative_is_computed_once_and_kept(name: str) -> None:
    import torch

    texts = (CAT, LIGHT)
    with counted(name, "prior") as passes, counted(name, "image_encoder") as looks:
        embed(name, [recipe(seed, texts) for seed in range(3)], _never)
        embed(name, [recipe(9, texts)], _never)
        assert (len(passes), len(looks)) == (2 * STEPS, 1)
        embed(name, [recipe(9, texts, negative_prompt="blurry")], _never)
        # Two texts, and the negative prompt by itself: later runs have the same batch without it.
        assert passes[2 * STEPS :] == [4] * STEPS + [2] * STEPS
        embed(name, [recipe(10, texts, negative_prompt="blurry")], _never)
        assert set(passes[4 * STEPS :]) == {4}
        negative.forget()  # another process
        before = embed(name, [recipe(9, texts, negative_prompt="blurry")], _never)
        assert (set(passes[5 * STEPS :]), len(looks)) == ({4}, 1)
    again = embed(name, [recipe(11, texts, negative_prompt="blurry")], _never)
    assert torch.equal(before.negative, again.negative)


def test_another_prompt_or_sampling_is_another_negative(name: str) -> None:
    asked = [{}, {"negative_prompt": "blurry"}, {"negative_prompt": "dark"},
             {"negative_prompt": "dark", "prior_guidance": 2.0}]  # fmt: skip
    made = embed(name, [recipe(1, (CAT,), **options) for options in asked], _never).negative
    assert not any(close(made[a], made[b]) for a in range(4) for b in range(a))


# --- progress, limits, words -------------------------------------------------------------------


def test_stops_within_one_step(name: str) -> None:
    shares: list[float] = []

    def progress(share: float) -> None:
        shares.append(share)
        if len(shares) == 2:
            raise Cancelled("Stopped.")

    with counted(name, "prior") as passes, pytest.raises(Cancelled):
        embed(name, [recipe()], PICTURES.__getitem__, progress)
    assert (len(passes), shares) == (2, [0.25, 0.5])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (recipe(conditions=(replace(CAT, weight=0.0),)), "Every weight is 0"),
        (recipe(conditions=(replace(CAT, weight=-1.0), LIGHT), raw_weights=True), "must be 0 or more"),
        (recipe(prior_steps=1), "2 to 200 steps"),
        (replace(recipe(), settings=(("prior_steps", "many"),)), "cannot be read"),
    ],
)
def test_what_cannot_be_conditioned_is_said(changed: Recipe, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        embed("kandinsky22", [changed], PICTURES.__getitem__)


def test_a_text_that_the_prior_cuts_is_named(name: str) -> None:
    long = Condition(TEXT, "cat " * 76, 0.5, "cats and more cats")
    [notice] = cut_texts(name, [CAT, long, replace(long, ref="cat " * 75), FRONT])
    assert "77 tokens" in str(notice)
    assert "cats and more cats" in str(notice)


def test_a_damaged_prior_is_refused_in_words(folders: dict[str, Path], tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    import shutil

    from services.settings import get_settings

    folder = tmp_path / "damaged"
    shutil.copytree(folders["kandinsky22"], folder)
    (folder / "prior" / "diffusion_pytorch_model.safetensors").write_bytes(b"not weights")
    monkeypatch.setenv("AIM_STUDIO_KANDINSKY22_PRIOR_MODEL", str(folder))
    get_settings.cache_clear()
    with pytest.raises(EngineUnavailable, match="damaged or of another kind"):
        embed("kandinsky22", [recipe(conditions=(CAT,))], _never)


def _never(sha256: str) -> Any:
    raise AssertionError(f"picture {sha256} was read")
