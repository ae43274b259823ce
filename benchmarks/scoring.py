"""What scoring costs, as ratios, and whether LPIPS gives its published values.

    python -m benchmarks.scoring [--shared FOLDER] [--pictures 16] [--side 1080]

The published pair is read from FOLDER/lpips (ex_ref, ex_p0, ex_p1 of the metric's own repository); without
the folder that line says so. All other pictures are drawn here.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from services.aim.lite import lite_scorer
from services.aim.scorer import Candidate, Scorer

PUBLISHED = {"ex_p0": 0.722, "ex_p1": 0.138}
TOPIC = "a dog on a sofa"
FIRST_REFERENCE = 10_000
"""Seed of the first reference picture."""
PROMPT = "A dog wearing a hoodie sits on a stylish sofa, with plush cushions and a plaid blanket."


def main() -> None:
    arguments = parse()
    scorer = lite_scorer()
    published_pair(scorer, arguments.shared / "lpips")
    side = arguments.side
    images = [drawing(seed, side) for seed in range(arguments.pictures)]
    reference = drawing(FIRST_REFERENCE - 1, side)
    scorer.score([reference], TOPIC, PROMPT, images[0])  # loads the models, so that no line pays for it
    drawn = seconds(lambda: [drawing(FIRST_REFERENCE + number, side) for number in range(len(images))])
    single = seconds(lambda: one_at_a_time(scorer, images, side)) - drawn
    batched = seconds(lambda: scorer.score(images, TOPIC, PROMPT, reference))
    again = seconds(lambda: scorer.score(images, TOPIC, PROMPT, reference))
    print(f"{len(images)} pictures of {arguments.side} px, three metrics, models loaded")
    print(f"{'':24}{'seconds':>9}{'a picture':>11}{'ratio':>9}")
    for name, taken in (("one at a time", single), ("together", batched), ("again, from the cache", again)):
        print(f"{name:24}{taken:9.3f}{taken / len(images):11.4f}{single / taken:8.1f}x")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="where lpips/ex_*.png lie")
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--side", type=int, default=1080, help="px of the drawn pictures")
    return parser.parse_args()


def published_pair(scorer: Scorer, folder: Path) -> None:
    files = {name: folder / f"{name}.png" for name in ("ex_ref", *PUBLISHED)}
    if not all(path.is_file() for path in files.values()):
        print(
            f"LPIPS, published pair: skipped, {folder} has no {', '.join(p.name for p in files.values())}\n"
        )
        return
    opened = {name: Image.open(path).convert("RGB") for name, path in files.items()}
    found = scorer.lpips.distances([opened[name] for name in PUBLISHED], opened["ex_ref"])
    for (name, published), distance in zip(PUBLISHED.items(), found, strict=True):
        verdict = "as published" if round(distance, 3) == published else "DIFFERENT"
        print(f"LPIPS, ex_ref to {name}: {distance:.4f} ({published}): {verdict}")
    print()


def drawing(seed: int, side: int) -> Candidate:
    """Smooth coloured noise: pictures that differ, of any size."""
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    image = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
    return Candidate(f"drawing {seed} {side}", image.filter(ImageFilter.GaussianBlur(1)))


def one_at_a_time(scorer: Scorer, images: list[Candidate], side: int) -> None:
    """As a program does that scores each picture by itself: nothing is kept between two pictures."""
    for number, image in enumerate(images):
        fresh = lite_scorer()
        fresh.lpips = scorer.lpips  # keeps its loaded network; each reference is a new one to it
        fresh.score([image], TOPIC, PROMPT, drawing(FIRST_REFERENCE + number, side))


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
