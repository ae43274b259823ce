"""Drawing the backdrops in processes of their own, each picture once.

Drawing is numpy under the interpreter's lock; in processes it uses every core, also while this process
still imports its models. What is drawn is noted beside the cache, so that a stop costs one picture.

    python -m services.retrieval.backdrop_drawing < {"store": ..., "notes": ..., "tasks": [[key, name]]}
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.models.threads import cores
from services.settings import REPOSITORY, get_settings
from services.storage.files import write_whole
from services.storage.images import ImageStore
from services.storage.normalise import encode

SIZE = (1080, 810)
"""As wide as a square placement. All backdrops together take 20 seconds of a core at this size, half of
what 1280 x 960 takes, and the first visit waits for them."""

WORTH_A_PROCESS = 8
"""Fewer are drawn sooner than a process starts."""

Task = tuple[str, str]
"""(key, name of the backdrop): the key changes with the drawing."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A backdrop in the store."""

    sha256: str
    width: int
    height: int


def draw_all(tasks: Sequence[Task], store: ImageStore) -> Generator[Drawn, None, None]:
    """Each backdrop in the order of `tasks`. Close it to stop the drawing."""
    if len(tasks) < WORTH_A_PROCESS:
        yield from (_draw_once(task, store, _notes()) for task in tasks)
        return
    count = cores(0)
    processes = [_start(tasks[first::count], store) for first in range(count)]
    try:
        for place, task in enumerate(tasks):
            line = _line(processes[place % count])
            yield Drawn(**json.loads(line)) if line else _draw_once(task, store, _notes())
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if stream:
                        stream.close()


def _start(tasks: Sequence[Task], store: ImageStore) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    request = {"store": str(store.root.resolve()), "notes": str(_notes()), "tasks": tasks}
    with suppress(BrokenPipeError):  # it died at once: its lines stay away, and the caller draws
        if process.stdin:
            json.dump(request, process.stdin)
            process.stdin.close()
    return process


def _line(process: subprocess.Popen[str]) -> str:
    """The next picture's note; empty when the process died, so that it is drawn here instead."""
    return process.stdout.readline() if process.stdout else ""


def _notes() -> Path:
    return get_settings().home.resolve() / "cache" / "backdrops"


def _draw_once(task: Task, store: ImageStore, notes: Path) -> Drawn:
    """Draw and store one backdrop, or say what is noted of it."""
    from services.retrieval.backdrops import draw

    key, name = task
    if (noted := _noted(notes / key, store)) is not None:
        return noted
    image = draw(name, SIZE).convert("RGB")
    drawn = Drawn(store.put_encoded(encode(image, lossless=False), image), image.width, image.height)
    write_whole(notes / key, json.dumps(asdict(drawn)).encode())
    return drawn


def _noted(note: Path, store: ImageStore) -> Drawn | None:
    try:
        drawn = Drawn(**json.loads(note.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return drawn if store.exists(drawn.sha256) else None


def main() -> None:
    """One process's share, a line of JSON for each picture."""
    request: dict[str, Any] = json.load(sys.stdin)
    store, notes = ImageStore(Path(request["store"])), Path(request["notes"])
    for key, name in request["tasks"]:
        drawn = _draw_once((key, name), store, notes)
        sys.stdout.write(json.dumps(asdict(drawn)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
