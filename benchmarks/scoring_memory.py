"""What an evaluation of many large pictures takes at its peak, in the worker that does it.

    python -m benchmarks.scoring_memory [--pictures 60] [--megapixels 12] [--heatmaps]

Draws the pictures, stores them as an upload is stored, evaluates them in a fresh process on the lite
engine (score, plan, coverage, likeness, near-duplicates) and prints that process's peak resident memory.
The limit is 3 GB. All of them decoded at once would be 2.2 GB on top of the models' own.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

LIMIT_GB = 3.0
GB = 10**9


def main() -> int:
    arguments = parse()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"AIM_STUDIO_HOME": home, "AIM_STUDIO_WORKER": "none"}
        session_id = prepare(arguments.pictures, arguments.megapixels)
        command = [sys.executable, "-m", "benchmarks.scoring_memory", "--session", session_id]
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    idle, peak, reports = (float(word) for word in done.stdout.split()[-3:])
    print(f"{arguments.pictures} pictures of {arguments.megapixels:g} megapixels on lite")
    print(f"models loaded: {idle / GB:.2f} GB; peak: {peak / GB:.2f} GB (limit {LIMIT_GB:g} GB)")
    print(f"{time.monotonic() - started:.0f} s, progress reported {reports:.0f} times")
    return int(peak > LIMIT_GB * GB)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--session", help="evaluate this one here and print figures (for the child)")
    return parser.parse_args()


def prepare(count: int, megapixels: float) -> str:
    """The pictures through the studio's own intake, one at a time; the session's id."""
    from services.evaluation import create_evaluation
    from services.storage.images import get_store
    from services.storage.intake import store_photo

    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    size = (width, round(width * 3 / 4))
    photos = [store_photo(drawing(seed, size), f"{seed:02d}.jpg", get_store()) for seed in range(count)]
    return create_evaluation(
        "a dog on a sofa",
        "A dog in a yellow hoodie sits on a stylish sofa in a warm living room.",
        photos,
        reference_sha256=photos[0].sha256,
        photos=photos[:1],
    )


def drawing(seed: int, size: tuple[int, int]) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def evaluate(session_id: str) -> None:
    """In the child: a small evaluation loads the models, then the real one; peaks in bytes."""
    from services import sessions
    from services.aim.scorer import Candidate
    from services.engines import get_scorer
    from services.evaluation import evaluate_now
    from services.models.lite import conse_space
    from services.storage.images import get_store

    conse_space().load()
    first = sessions.load(session_id).variants[0]
    small = get_store().open(first.sha256).resize((64, 64))
    get_scorer("lite").score([Candidate("warm", small)], "a dog", "a dog", Candidate("other", small))
    idle, reports = peak_bytes(), 0

    def progress(share: float) -> None:
        nonlocal reports
        reports += 1

    evaluate_now(session_id, progress)
    scored = [variant.score for variant in sessions.load(session_id).variants]
    if not all(score and score.final is not None for score in scored):
        raise SystemExit("not every picture was scored")
    print(idle, peak_bytes(), reports)


def peak_bytes() -> int:
    """Peak resident memory of this process so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this system does not tell a process's peak memory")


if __name__ == "__main__":
    session = parse().session
    if session:
        evaluate(session)
    else:
        sys.exit(main())
