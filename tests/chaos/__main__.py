"""`make chaos`: runs of real steps, killed again and again; 0 lost and 0 doubled is the answer.

    python -m tests.chaos [--kills 50] [--seed N] [--small]

Each round lets worker and studio work for a random moment, kills one or both with SIGKILL, checks every
invariant and starts them again. At the end the studio is left alone until all that was asked for is done.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from services.domain import Photo
from services.settings import get_settings
from tests.chaos.actors import VARIANTS, Studio, forked, told, worker
from tests.chaos.invariants import Findings, Invariants

PATIENCE_SECONDS = 900.0
"""For all that is left to be done at the end, on a busy machine."""

LIBRARY = "chaos"


@dataclass(frozen=True, slots=True)
class Setting:
    """`moment` is how long (from, to) the two are left alone before a kill, in seconds."""

    kills: int
    moment: tuple[float, float]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None, help="of the moments and the victims")
    parser.add_argument("--small", action="store_true", help="parts without models: quick")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(2**32)
    setting = Setting(arguments.kills, (0.1, 1.0) if arguments.small else (1.0, 8.0))
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        os.environ |= {"AIM_STUDIO_HOME": folder, "AIM_STUDIO_WORKER": "none"}
        os.environ["AIM_STUDIO_WORKER_LEASE_SECONDS"] = "1" if arguments.small else "3"
        get_settings.cache_clear()
        _import_all(arguments.small)
        return 0 if Chaos(Path(folder), setting, random.Random(seed)).run(seed) else 1


def _import_all(small: bool) -> None:
    """What both need, imported once and inherited by every child. Nothing is opened and no model loaded."""
    if small:
        from tests.chaos.small_engine import use_small_engine

        use_small_engine()
        return
    import keybert  # noqa: F401
    import lpips  # noqa: F401
    import onnxruntime  # noqa: F401
    import sentence_transformers  # noqa: F401
    import timm  # noqa: F401


class Chaos:
    def __init__(self, home: Path, setting: Setting, chance: random.Random) -> None:
        self._setting, self._chance = setting, chance
        self._acknowledged, self._log = home / "acknowledged", home / "chaos.log"
        self._enough = home / "enough"
        settings = get_settings()
        self._invariants = Invariants(settings.resolved_database_url, settings.images_dir)
        self._photo = self._prepare(home)
        self._pids: dict[str, int] = {}

    def run(self, seed: int) -> bool:
        """Whether everything held; prints one line of figures, and one for each thing that did not."""
        broken: list[str] = []
        lost = 0
        try:
            for number in range(self._setting.kills):
                self._start()
                time.sleep(self._chance.uniform(*self._setting.moment))
                self._kill(self._chance.choices(("worker", "studio", "both"), (6, 2, 2))[0])
                findings = self._check()
                broken += [f"after kill {number + 1}: {word}" for word in findings.broken]
                lost += findings.lost
            self._enough.touch()
            self._start()
            finished = self._finish()
        finally:
            self._kill("both")
        findings = self._check(all_files=True)
        sessions = len(told(self._acknowledged, "session"))
        retries = self._acknowledged.read_text().count("retry ")
        expected = sessions * VARIANTS
        lost += findings.lost + max(0, expected - findings.found)
        print(
            f"kills {self._setting.kills} (seed {seed}), sessions {sessions}, asked again {retries}: "
            f"variants expected {expected}, found {findings.found}, lost {lost}, doubled {findings.doubled}"
        )
        broken += findings.broken + ([] if finished else [f"not all was done in {PATIENCE_SECONDS:.0f} s"])
        for word in broken:
            print(word)
        return not broken and lost == findings.doubled == 0 and findings.found == expected

    def _start(self) -> None:
        for name, work in (("worker", worker), ("studio", self._studio)):
            if name not in self._pids:
                self._pids[name] = forked(work, self._log)

    def _studio(self) -> int:
        return Studio(self._acknowledged, self._enough, self._photo, LIBRARY).run()

    def _kill(self, victim: str) -> None:
        for name in ("worker", "studio") if victim == "both" else (victim,):
            if pid := self._pids.pop(name, None):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _check(self, all_files: bool = False) -> Findings:
        sessions, runs = (told(self._acknowledged, what) for what in ("session", "run"))
        return self._invariants.check(sessions, runs, all_files)

    def _finish(self) -> bool:
        """Wait until every session has its variants and every run is done."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if self._invariants.done(told(self._acknowledged, "session")):
                return True
            time.sleep(0.2)
        return False

    def _prepare(self, home: Path) -> Photo:
        """A product photo and a library of a few pictures; by a child, so that nothing is open here."""
        pid = forked(lambda: _fill(home), self._log)
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"the library could not be made:\n{self._log.read_text()}")
        name, width, height = (home / "photo").read_text().split()
        return Photo(name, "espresso.png", int(width), int(height), hero=True)


def _fill(home: Path) -> int:
    from PIL import Image
    from skimage import data

    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource
    from services.storage.images import get_store
    from tests.retrieval_fakes import COLOURS, fill, scene

    photo = Image.fromarray(data.coffee())
    (home / "photo").write_text(f"{get_store().put_image(photo)} {photo.width} {photo.height}")
    grounds = list(COLOURS)
    pictures = {f"{ground}.png": scene(ground, number) for number, ground in enumerate(grounds)}
    libraries.build(LIBRARY, FolderSource(fill(home / "pictures", pictures)), get_engine("lite").encoder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
