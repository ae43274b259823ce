"""Ingests a folder in children that are killed at random moments, until one gets to its end.

    python -m tests.integration.ingest_process FOLDER LIBRARY KILLS SEED [lite]

One process loads everything and forks, so that a kill costs a fork and not a start. A child is killed some
random time after it began, or after it gave the encoder a first or second batch: so kills fall into reading,
encoding and saving however busy the machine is. Prints as JSON how many pictures were encoded at each kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from services import database, libraries
from services.engines import get_encoder
from services.parts import Encoder, Vectors
from services.retrieval.sources_folder import FolderSource
from services.retrieval.sources_upload import UploadSource
from tests.retrieval_fakes import ColourEncoder, png, scene

SECONDS_EACH = 0.002
"""For a picture, in the encoder that stands for a model."""


class Unhurried(ColourEncoder):
    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        time.sleep(SECONDS_EACH * len(images))
        return super().encode_images(images)


class Telling:
    """Any encoder, which tells of each batch before it begins."""

    def __init__(self, encoder: Encoder, tell: int) -> None:
        self._encoder, self._tell = encoder, tell

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        os.write(self._tell, f"{len(images)}\n".encode())
        return self._encoder.encode_images(images)


def child(folder: Path, library: str, encoder: Encoder, tell: int) -> None:
    os.write(tell, b"0\n")
    libraries.build(library, FolderSource(folder), Telling(encoder, tell))  # type: ignore[arg-type]
    database.reset_database()


def run_and_kill(work: Callable[[int], None], batches: int, seconds: float | None) -> tuple[bool, int]:
    """Fork, and kill so long after that many batches: (whether it was, pictures that were encoded)."""
    _close_connections()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work(writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    encoded, alarm = 0, None
    with os.fdopen(reading, "rb") as told:
        for number, line in enumerate(told):
            encoded += int(line)
            if number == batches and seconds is not None:
                alarm = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
                alarm.start()
    _, status = os.waitpid(pid, 0)
    if alarm:
        alarm.cancel()
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and status != 0:
        raise SystemExit(f"the ingest failed with status {status}")
    return killed, encoded


def _close_connections() -> None:
    """A fork must not share connections; the engines themselves may go along, with all migrations done."""
    opened = database._opened
    assert opened is not None
    opened[1].dispose()


def main() -> None:
    folder, library, kills, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    lite = "lite" in sys.argv[5:]
    encoder: Encoder = get_encoder("lite") if lite else Unhurried()
    longest = 0.25 if lite else 0.12  # so that 400 pictures last for twenty kills
    if lite:  # loaded before the forks; OpenMP's threads do not survive one, so it has none
        import torch

        torch.set_num_threads(1)
        encoder.encode_texts(["warm"])
    libraries.build("warm", UploadSource([("warm.png", png(scene("red", 9999)))]), encoder)
    libraries.delete("warm")
    draw, at = random.Random(seed), list[int]()

    def work(tell: int) -> None:
        child(folder, library, encoder, tell)

    while len(at) < kills:
        killed, encoded = run_and_kill(work, draw.choice((0, 1, 1, 2)), draw.uniform(0.0, longest))
        if not killed:
            break
        at.append(encoded)
    else:
        run_and_kill(work, 0, None)
    sys.stdout.write(json.dumps({"kills": len(at), "encoded_at_kill": at}) + "\n")


if __name__ == "__main__":
    main()
