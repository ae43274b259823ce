"""What benchmarks on the labelled photos have in common: where they are, and what is left out without."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

PHOTOS = Path("../shared/photos")


def run(about: str, photos_part: Callable[[Path], None], speed: Callable[[], None]) -> None:
    """The part on photos, where they are, then the part on made-up vectors, in a home of its own."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=PHOTOS)
    parser.add_argument("--no-speed", action="store_true", help="leave the part without photos out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        if (arguments.photos / "queries.json").is_file():
            photos_part(arguments.photos)
        else:
            print(f"photos: skipped, there is no {arguments.photos / 'queries.json'}; give --photos FOLDER")
        if not arguments.no_speed:
            speed()
