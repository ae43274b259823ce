"""Conditioning against the same conditions through diffusers' own `interpolate`, in one run on a processor.

    python -m benchmarks.conditioning [--rounds 1]

4 sub-queries, 2 photos and 4 references with the study's kind of weights, on a mid-size Kandinsky 2.2
prior with random weights: what a forward pass costs does not depend on their values. References come from
a library, which encoded them once when it was prepared; photos and the negative are computed anew in each
round. Both sides have the same weights and the same noise, and compute the same embedding (the difference
is printed).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks._random_priors import MIDDLE, save_prior

QUERIES = (
    ("A cute dog wearing a yellow hoodie", 0.3),
    ("A stylish sofa", 0.2),
    ("A warm and cozy living room", 0.15),
    ("Soft lighting casting gentle shadows", 0.1),
)
PHOTOS, REFERENCES = (0.1, 0.05), (0.04, 0.03, 0.02, 0.01)
STEPS = 25
NAME = "kandinsky22"
SHORT_ROUNDS = 3
"""Of what takes a second: another program's moment would be a large part of it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many is printed")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as home:
        folder = save_prior(Path(home) / "prior", MIDDLE, " ".join(text for text, _ in QUERIES))
        os.environ.update(
            AIM_STUDIO_HOME=home, AIM_STUDIO_DATABASE_URL="", AIM_STUDIO_DEVICE="cpu",
            AIM_STUDIO_DTYPE="float32", AIM_STUDIO_KANDINSKY22_PRIOR_MODEL=str(folder),
        )  # fmt: skip
        compare(folder, arguments.rounds)


def compare(folder: Path, rounds: int) -> None:
    """Print both sides' seconds, on the device and in the number format of the settings."""
    from services.models.device import place
    from services.models.kandinsky import family
    from services.settings import get_settings

    placement = place(get_settings().device, get_settings().dtype)
    recipe, source = prepare()
    pipeline = load(folder, placement)
    passes = {"theirs": 0, "ours": 0}
    count(pipeline.prior, passes, "theirs")
    with family(NAME).prior().opened() as parts:
        count(parts.get("prior"), passes, "ours")
    theirs, whole, ours, kept, differs = [], [], [], [], 0.0
    for _ in range(rounds):
        passes.update(theirs=0, ours=0)
        seconds, want = timed(lambda: interpolate(pipeline, recipe, source))
        theirs.append(seconds)
        with batched_only():
            forget()
            whole.append(timed(lambda: embed(recipe, source))[0])
        for _ in range(SHORT_ROUNDS):
            passes["ours"] = 0
            forget()
            seconds, made = timed(lambda: embed(recipe, source))
            ours.append(seconds)
            differs = float((made.positive - want.image_embeds).abs().max())
            counted = dict(passes)
            kept.append(timed(lambda: embed(recipe, source))[0])
    print(f"4 sub-queries, 2 photos, 4 references, {STEPS} steps, {where(placement)}")
    best = min(theirs)
    rows = [
        ("interpolate", best, f"{counted['theirs']} passes of the prior"),
        ("one batch, the prior whole", min(whole), f"{counted['ours']} passes"),
        (
            "and its texts read once",
            min(ours),
            f"{counted['ours']} passes of 3 tokens a row, 1 over the texts",
        ),
        ("photos, negative kept", min(kept), "the next variant of the session"),
    ]
    for label, seconds, note in rows:
        print(f"{label:28}{seconds:8.2f} s{best / seconds:8.2f}x   {note}")
    print(f"largest difference to interpolate: {differs:.1e}")


def prepare() -> tuple[Any, Any]:
    """(recipe, its pictures): the references are in a library that was prepared for the model."""
    from services import libraries
    from services.choices import GenerationOptions
    from services.database import ensure_database
    from services.domain import Condition, ConditionKind, ModelRef, Placement, Recipe
    from services.generation.kandinsky.options import to_settings
    from services.retrieval.encoder_kandinsky import KandinskyEncoder
    from services.retrieval.sources_upload import UploadSource
    from services.storage.images import get_store

    ensure_database()
    files = [(f"{seed}.png", png(picture(seed))) for seed in range(len(REFERENCES))]
    libraries.build("references", UploadSource(files), KandinskyEncoder(NAME))
    items = libraries.list_items("references").items
    photos = [get_store().put_image(picture(100 + place)) for place in range(len(PHOTOS))]
    conditions = (
        *(Condition(ConditionKind.TEXT, text, weight) for text, weight in QUERIES),
        *(Condition(ConditionKind.PHOTO, key, weight) for key, weight in zip(photos, PHOTOS, strict=True)),
        *(Condition(ConditionKind.MATCH, item.sha256, weight)
          for item, weight in zip(items, REFERENCES, strict=True)),
    )  # fmt: skip
    settings = to_settings(GenerationOptions(prior_steps=STEPS))
    recipe = Recipe(
        ModelRef("generator", NAME), 7, Placement.SQUARE, (768, 768), conditions, settings=settings
    )
    return recipe, get_store().open


def load(folder: Path, placement: Any) -> Any:
    """diffusers' own pipeline, as its documentation loads it."""
    from diffusers import KandinskyV22PriorPipeline

    pipeline = KandinskyV22PriorPipeline.from_pretrained(folder, torch_dtype=placement.torch_dtype)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(placement.device)


def where(placement: Any) -> str:
    import torch

    if placement.device.startswith("cuda"):
        return f"{torch.cuda.get_device_name(placement.device)}, {placement.dtype}"
    return f"{torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}"


def interpolate(pipeline: Any, recipe: Any, source: Any) -> Any:
    import torch

    given = [c.ref if c.kind == "text" else source(c.ref) for c in recipe.conditions]
    noise = torch.Generator().manual_seed(recipe.seed)
    weights = [c.weight for c in recipe.conditions]
    return pipeline.interpolate(given, weights, num_inference_steps=STEPS, generator=noise)


def embed(recipe: Any, source: Any) -> Any:
    from services.generation.kandinsky import conditions

    return conditions.embed(NAME, [recipe], source)


def forget() -> None:
    """Nothing is kept from the round before, on disk neither."""
    from services.generation.kandinsky import negative, pictures
    from services.settings import get_settings

    negative.forget()
    pictures.forget()
    for path in (get_settings().home / "cache").glob("negative-*"):
        path.unlink()


@contextmanager
def batched_only() -> Iterator[None]:
    """The prior as diffusers calls it, on the whole batch: what batching alone is worth."""
    from services.generation.kandinsky import prior

    fits, prior.fits = prior.fits, lambda _: False
    yield
    prior.fits = fits


def count(network: Any, passes: dict[str, int], side: str) -> None:
    def more(*_: Any) -> None:
        passes[side] += 1

    network.proj_to_clip_embeddings.register_forward_pre_hook(more)  # every pass ends in it


def timed(work: Any) -> tuple[float, Any]:
    import torch

    started = time.perf_counter()
    result = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started, result


def picture(seed: int) -> Image.Image:
    blocks = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(blocks).resize((640, 480), Image.Resampling.BICUBIC)


def png(image: Image.Image) -> bytes:
    import io

    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
