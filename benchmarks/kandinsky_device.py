"""Kandinsky 2.2 at its published size on a CUDA card: conditioning, images a minute, peak memory.

    python -m benchmarks.kandinsky_device [--variants 8] [--steps 50]
    python -m benchmarks.kandinsky_device --small      (any machine: only to see that it runs)

Random weights, saved and loaded by the product's own code: what a forward pass costs does not depend on
their values. Needs 25 GB of disk for a moment. Says so and ends where there is no CUDA card.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from benchmarks import conditioning
from benchmarks._random_priors import KANDINSKY_22, SMALL, Size, save_decoder, save_prior

SIDE = 768


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=8)
    parser.add_argument("--steps", type=int, default=50, help="of the decoder")
    parser.add_argument("--small", action="store_true", help="tiny models, on whatever there is")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    import torch

    if not torch.cuda.is_available() and not arguments.small:
        print("skipped: this machine has no CUDA card, and at full size a processor takes hours")
        return
    with tempfile.TemporaryDirectory() as home:
        save(Path(home), SMALL if arguments.small else KANDINSKY_22)
        conditioning.compare(Path(home) / "prior", rounds=1 if arguments.small else 3)
        images(2 if arguments.small else arguments.variants, 2 if arguments.small else arguments.steps)


def save(home: Path, size: Size) -> None:
    """Models under `home`, and the settings that name them. Made on the card, where that takes seconds."""
    import torch

    with torch.device("cuda") if torch.cuda.is_available() else nullcontext():
        save_prior(home / "prior", size, " ".join(text for text, _ in conditioning.QUERIES))
        save_decoder(home / "decoder", size)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    os.environ.update(
        AIM_STUDIO_HOME=str(home),
        AIM_STUDIO_DATABASE_URL="",
        AIM_STUDIO_KANDINSKY22_PRIOR_MODEL=str(home / "prior"),
        AIM_STUDIO_KANDINSKY22_MODEL=str(home / "decoder"),
        AIM_STUDIO_DIFFUSION_SIDE="64" if size is SMALL else str(SIDE),
    )


def images(variants: int, steps: int) -> None:
    """Images a minute with weights loaded, from recipes to pictures, and the most memory on the way."""
    import torch

    from services.generation.kandinsky import KandinskyGenerator
    from services.settings import get_settings
    from services.storage.images import get_store

    generator = KandinskyGenerator(conditioning.NAME)
    recipes = generator.recipes(*brief(variants + 1, steps))
    generator.generate(recipes[0], get_store().open)  # loads, and lets CUDA choose its kernels
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    made = list(generator.generate_many(recipes[1:], get_store().open))
    seconds = time.perf_counter() - started
    size, side = "{} x {}".format(*made[0].size), get_settings().diffusion_side
    print(
        f"{len(made)} images of {size}, decoded at {side} px, {steps} steps: "
        f"{60 * len(made) / seconds:.1f} a minute"
    )
    if torch.cuda.is_available():
        print(f"peak memory of the card: {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")


def brief(variants: int, steps: int) -> tuple[Any, Any]:
    """(brief, conditions) of the benchmark's own recipe."""
    from services.choices import GenerationOptions
    from services.domain import Brief

    recipe, _ = conditioning.prepare()
    options = GenerationOptions(steps=steps, prior_steps=conditioning.STEPS)
    return Brief("dog", conditioning.QUERIES[0][0], variants=variants, options=options), recipe.conditions


if __name__ == "__main__":
    main()
