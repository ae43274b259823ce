"""A worker process with handlers that need no model: `python -m tests.integration.worker_process`.

Steps of kind "generate" append a line to their payload's file when they begin and when they end, and
in between wait for a file called `go` beside it, if the payload says so.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from services.jobs.process import serve
from services.jobs.worker import StepContext, Worker
from services.settings import get_settings


def generate(context: StepContext) -> None:
    file = Path(context.payload["file"])
    _note(file, f"begin {os.getpid()}")
    while context.payload.get("wait") and not (file.parent / "go").exists():
        time.sleep(0.02)
        if context.payload.get("reports", True):
            context.progress(0.5)
    context.set_result({"by": os.getpid()})
    _note(file, f"end {os.getpid()}")


def slow_warm_up() -> None:
    (get_settings().home / "warming").touch()
    time.sleep(600)


def _note(file: Path, line: str) -> None:
    with file.open("a") as stream:
        stream.write(line + "\n")


if __name__ == "__main__":
    if "--slow-warm-up" in sys.argv:
        sys.exit(serve(dict, slow_warm_up))
    if len(sys.argv) > 1:  # the name of another slot: as a worker of another host would be
        Worker({"generate": generate}, slot=sys.argv[1]).run_forever()
        sys.exit(0)
    sys.exit(serve(lambda: {"generate": generate}, warm_up=lambda: None))
