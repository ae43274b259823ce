"""The same batch of sessions by one worker subprocess and by two workers on Ray, on this machine.

Says what each makes a minute, what starting and keeping Ray costs, and whether the variants are the same to
the byte. Both make 1080 x 1080 layouts with the lite engine and score them with all three metrics; their
models are loaded before anything is timed. Skips where Ray is not installed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
from PIL import Image, ImageDraw

from services import database, sessions, studio
from services.domain import Brief, ModelRef, Photo, Plan, Strategy, SubQuery
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.settings import get_settings
from services.storage.images import get_store

SESSIONS, VARIANTS, WORKERS = 6, 4, 2
LATENCIES = 20
TEXT = "A red bottle stands on a wooden table in the morning sun."


@dataclass
class Figures:
    up: float
    """Seconds from the command to a worker that is ready to take a step."""
    seconds: float
    latency: float
    megabytes: dict[str, float]
    hashes: list[tuple[str, ...]]

    @property
    def variants_a_minute(self) -> float:
        return 60 * SESSIONS * VARIANTS / self.seconds


def main() -> None:
    if find_spec("ray") is None:
        print("skipped: Ray is not installed (make ray)")
        return
    one = in_home(by_subprocess)
    two = in_home(by_ray)
    print(
        f"{SESSIONS} sessions of {VARIANTS} variants, made and scored; load {os.getloadavg()[0]:.1f} on ",
        end="",
    )
    print(f"{os.cpu_count()} cores")
    for name, figures in (("worker subprocess", one), (f"{WORKERS} workers on Ray", two)):
        print(
            f"{name}: {figures.seconds:.1f} s, {figures.variants_a_minute:.0f} variants a minute; "
            f"first step taken after {figures.up:.1f} s; a step that ends at once: "
            f"{1000 * figures.latency:.0f} ms"
        )
        print("   MB: " + ", ".join(f"{what} {size:.0f}" for what, size in sorted(figures.megabytes.items())))
    print(f"Ray with {WORKERS} workers against the subprocess: {one.seconds / two.seconds:.2f}x")
    print(f"the same {SESSIONS * VARIANTS} variants, byte for byte: {one.hashes == two.hashes}")
    if one.hashes != two.hashes:
        sys.exit(1)


def in_home(measure: Callable[[], Figures]) -> Figures:
    """`measure()` in a studio home of its own."""
    with tempfile.TemporaryDirectory(prefix="aim-ray-") as folder:
        os.environ |= {"AIM_STUDIO_HOME": folder, "AIM_STUDIO_WORKER": "none", "AIM_STUDIO_DATABASE_URL": ""}
        database.reset_database()
        get_settings.cache_clear()
        database.ensure_database()
        return measure()


def by_subprocess() -> Figures:
    warm = [ask(n) for n in range(2)]  # queued before it starts: it then loads what they need, and no more
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "services.jobs"], stderr=subprocess.DEVNULL)
    try:
        up = until_taken(started)
        done(warm)
        seconds, hashes = timed()
        return Figures(up, seconds, latency(), {"worker": megabytes(psutil.Process(process.pid))}, hashes)
    finally:
        process.terminate()
        process.wait()


def by_ray() -> Figures:
    from services.ray import pool

    before = {process.pid for process in psutil.process_iter()}
    warm = [ask(n) for n in range(2 * WORKERS)]
    started = time.monotonic()
    asked = pool.Asked(cpu_workers=WORKERS, cpus=1.0, single_machine=True)
    try:
        pool.start("local", asked)
        up = until_taken(started)
        done(warm)
        seconds, hashes = timed()
        return Figures(up, seconds, latency(), ray_megabytes(before), hashes)
    finally:
        pool.stop(grace=0.0)


def ask(number: int) -> list[str]:
    """One session, asked for: the ids of its two runs, and of the session."""
    photo = get_store().put_image(bottle(number))
    brief = Brief(
        topic="A red bottle on a table",
        product_text=TEXT,
        photos=(Photo(photo, "bottle.png", 800, 1000, hero=True),),
        headline="Morning",
        strategy=Strategy.NONE,
        variants=VARIANTS,
    )
    session_id = sessions.create(brief)
    queries = (SubQuery("a red bottle", 0.6), SubQuery("a wooden table", 0.4))
    plan = Plan(TEXT, queries, planner=ModelRef("planner", "by hand"))
    sessions.save_plan(session_id, plan)
    studio.save_references(session_id, ())
    steps = [StepSpec("condition"), *(StepSpec("generate", {"index": n}) for n in range(VARIANTS))]
    run = queue.submit(RunKind.COMPLETE, session_id, steps=[*steps, StepSpec("score"), StepSpec("explain")])
    return [run, session_id]


def bottle(number: int) -> Image.Image:
    image = Image.new("RGB", (800, 1000), "white")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((300, 300, 500, 900), 60, fill=(180, 30 + 10 * number, 40))
    pen.rectangle((360, 150, 440, 320), fill=(90, 20, 20))
    return image


def timed() -> tuple[float, list[tuple[str, ...]]]:
    """Seconds for the batch, and its variants' hashes."""
    started = time.monotonic()
    asked = [ask(10 + n) for n in range(SESSIONS)]
    done(asked)
    seconds = time.monotonic() - started
    return seconds, [tuple(v.sha256 for v in sessions.load(session).variants) for _, session in asked]


def done(asked: list[list[str]]) -> None:
    for run_id, _ in asked:
        run = queue.wait(run_id, 600)
        if run.state != "done":
            sys.exit(f"a run did not end well: {run.state} {run.error}")


def until_taken(started: float) -> float:
    while not any(step.state != "queued" for run in queue.active() for step in run.steps):
        time.sleep(0.05)
    return time.monotonic() - started


def latency() -> float:
    """Median seconds from asking to the end of a step that does nothing (it fails: it has no session)."""
    times = []
    for number in range(LATENCIES):
        started = time.monotonic()
        run_id = queue.submit(RunKind.PLAN, payload={"number": number}, steps=[StepSpec("plan")])
        while queue.get(run_id).finished_at is None:
            time.sleep(0.005)
        times.append(time.monotonic() - started)
    return statistics.median(times)


def ray_megabytes(before: set[int]) -> dict[str, float]:
    """What the processes that Ray brought hold: its workers and supervisor each, the rest together."""
    held: dict[str, float] = {}
    for process in psutil.process_iter():
        if process.pid in before or process.pid == os.getpid():
            continue
        command = " ".join(process.cmdline())
        if "ray" in command:
            kind = (
                "supervisor" if "Supervisor" in command else "worker" if "WorkerActor" in command else "Ray"
            )
            name = f"{kind} {process.pid}" if kind == "worker" else kind
            held[name] = held.get(name, 0.0) + megabytes(process)
    return held


def megabytes(process: psutil.Process) -> float:
    """Its own memory: what it shares with others is not counted twice."""
    return float(process.memory_full_info().uss) / 2**20


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    os.chdir(here)
    main()
