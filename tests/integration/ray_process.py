"""Handlers for workers on Ray that need no model; and a worker process with the same ones.

`python -m tests.integration.ray_process` works until its queue is empty. Steps of kind "score" leave notes,
as those of worker_process do; "condition" and "generate" are the studio's own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from services.jobs import steps
from services.jobs.worker import Handler, StepContext, Worker
from services.parts import Encoder
from tests.retrieval_fakes import ColourEncoder

BIG = "fake/big@1"


def handlers() -> Mapping[str, Handler]:
    real = steps.handlers()
    return {
        "condition": real["condition"],
        "generate": real["generate"],
        "score": note,
        "plan": nothing,
        "reindex": reindex,
    }


def note(context: StepContext) -> None:
    """Begin and end are lines of the payload's file; between them it waits for a file called `go`."""
    file = Path(context.payload["file"])
    _write(file, f"begin {os.getpid()}")
    while context.payload.get("wait") and not (file.parent / "go").exists():
        time.sleep(0.02)
        if context.payload.get("reports", True):
            context.progress(0.5)
    context.set_result({"by": os.getpid()})
    _write(file, f"end {os.getpid()}")


def nothing(_context: StepContext) -> None:
    """A step that costs what the queue costs."""


def reindex(context: StepContext) -> None:
    from services.libraries import reindex as reindex_library

    name, space = context.payload["library"], context.payload["encoder"]
    context.set_result({"encoded": reindex_library(name, encoder(space), context.progress)})


def encoder(space: str) -> Encoder:
    """The fake search model of a space; it notes which process made it, once each."""
    folder = os.environ.get("AIM_STUDIO_HOME")
    if folder and space == BIG:
        (Path(folder) / f"encoder-{os.getpid()}").touch()
    return ColourEncoder(space.partition("@")[0], dim=8)


def _write(file: Path, line: str) -> None:
    with file.open("a") as stream:
        stream.write(line + "\n")


if __name__ == "__main__":
    Worker(handlers()).run_until_idle()
    sys.exit(0)
