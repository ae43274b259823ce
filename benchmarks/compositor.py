"""CPU seconds per variant of the layout compositor, by layout and placement, and what the PNG costs.

    python -m benchmarks.compositor [--rounds 3]

Product and scenes are drawn here (a bottle of 1600 x 2000 px on a plain ground, scenes of 1280 x 960),
so that no file is needed. One process; sources are decoded once per run, as in the studio; the first
variant pays for it and is printed apart. CPU time, not wall time, so that a busy machine does not blur
the figures. Target: 0.6 s for a 1080 x 1080 variant on one core.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict

os.environ.setdefault("OMP_NUM_THREADS", "1")

from PIL import Image

from services.domain import Placement
from services.generation.compositor import LayoutCompositor
from services.generation.png import encode_png
from tests.unit import generation_pictures as pictures

TARGET = 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    images: dict[str, Image.Image] = {f"s{i}": pictures.scene(i, (1280, 960)) for i in range(4)}
    images["photo"] = pictures.bottle((1600, 2000))
    source = pictures.source_of(images)
    conditions = pictures.conditions_of({"s0": 0.2, "s1": 0.15, "s2": 0.1, "s3": 0.05})
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for placement in Placement:
        compositor = LayoutCompositor()
        brief = pictures.brief_of(placement=placement, variants=8 * rounds)
        for n, recipe in enumerate(compositor.recipes(brief, conditions)):
            start = time.process_time()
            image = compositor.generate(recipe, source)
            took = time.process_time() - start
            png = encode_png(image, recipe)
            label = "(first, with decoding and analysis)" if n == 0 else recipe.layout
            times[placement.value, label].append(took)
            times[placement.value, "PNG encoding"].append(time.process_time() - start - took)
            times[placement.value, "PNG MB (not s)"].append(len(png) / 1e6)
    print(f"{'placement':10} {'layout':38} {'median s':>9} {'worst s':>9}")
    for (placement_name, layout), seconds in times.items():
        print(f"{placement_name:10} {layout:38} {statistics.median(seconds):9.3f} {max(seconds):9.3f}")
    square = [
        s for (p, k), v in times.items() if p == "1:1" and "PNG" not in k and "first" not in k for s in v
    ]
    median, worst = statistics.median(square), max(square)
    print(f"1:1 median {median:.3f} s, worst {worst:.3f} s, target {TARGET} s")
    print(f"1:1 worst / target: {worst / TARGET:.2f}")


if __name__ == "__main__":
    main()
