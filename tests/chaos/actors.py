"""What is killed: a worker that does the studio's real steps, and a studio that asks for them.

Both are forked from a process that has imported what they need: a killed one is back within a second,
where a fresh interpreter would spend half a minute on importing torch.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services import sessions, studio
from services.domain import Brief, Photo, Strategy
from services.errors import StudioError
from services.jobs import queue
from services.jobs.process import serve
from services.jobs.queue import RunKind, RunState
from services.jobs.steps import handlers

VARIANTS = 3
"""Of each session: three steps of the kind that must be done once."""

LOOK_SECONDS = 0.1


def forked(work: Callable[[], int], log: Path) -> int:
    """Run `work` in a child process that nobody waits for; its number. What it prints goes to `log`."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(stream, sys.stdout.fileno())
        os.dup2(stream, sys.stderr.fileno())
        code = work()
    except BaseException:
        logging.exception("%s ended", work)
    finally:
        os._exit(code)


def worker() -> int:
    return serve(handlers, warm_up=lambda: None)


class Studio:
    """Asks for one session after the other, and for what failed once more, as people do.

    What the studio was told is saved it writes down in `acknowledged`, on the disk, before it goes on: a
    session's or run's id a line. A studio that is started again goes on where the last one was. Once there
    is a file `enough`, it asks for no new session.
    """

    def __init__(self, acknowledged: Path, enough: Path, photo: Photo, library: str) -> None:
        self._acknowledged, self._enough, self._photo, self._library = acknowledged, enough, photo, library

    def run(self) -> int:
        """Until it is killed. A run waits behind the one at work, so that a kill always hits work."""
        while True:
            try:
                if not self._enough.exists() and len(queue.active()) < 2:
                    self._ask()
                self._retry()
            except StudioError as error:  # a busy database, say: people try again
                logging.warning("%s", error)
            time.sleep(LOOK_SECONDS)

    def _ask(self) -> None:
        number = len(told(self._acknowledged, "session"))
        brief = Brief(
            topic=f"A cup of espresso, number {number}",
            product_text="A fresh cup of espresso stands on a warm wooden table beside a spoon.",
            photos=(self._photo,),
            library=self._library,
            strategy=Strategy.SUBQUERIES,
            variants=VARIANTS,
            seed=number,
        )
        session_id = sessions.create(brief)
        self._note("session", session_id)
        self._note("run", studio.start_complete(session_id))

    def _retry(self) -> None:
        """Sessions whose studio died before it asked for the run, and runs whose worker died too often."""
        for session_id in told(self._acknowledged, "session"):
            run = queue.latest(session_id, RunKind.COMPLETE)
            if run is None:
                self._note("run", studio.start_complete(session_id))
            elif run.state in (RunState.FAILED, RunState.CANCELLED):
                queue.retry(run.id)
                self._note("retry", run.id)

    def _note(self, what: str, name: str) -> None:
        with self._acknowledged.open("a") as file:
            file.write(f"{what} {name}\n")
            file.flush()
            os.fsync(file.fileno())


def told(acknowledged: Path, what: str) -> list[str]:
    """Ids of one kind in the order in which they were acknowledged, each once."""
    try:
        lines = acknowledged.read_text().splitlines()
    except FileNotFoundError:
        return []
    return list(dict.fromkeys(line.split()[1] for line in lines if line.startswith(f"{what} ")))
