"""How quickly the queue itself goes: 1,000 queued steps that do nothing, drained.

    python -m benchmarks.queue_steps
    AIM_STUDIO_TEST_POSTGRES=postgresql:///postgres?host=/run/postgresql python -m benchmarks.queue_steps

Steps a second on SQLite and, where a server is named, on PostgreSQL: 40 runs of 25 steps and 1,000 runs of
one, asked for by 20 people; with one worker, with four, and with one while eight people ask for more, stop
runs and look at the list. Counts how often anybody was told that the database is locked or busy: 0. Last,
the median time of a claim with 1,000 and with 10,000 steps waiting.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text

from services.database import reset_database, unit_of_work
from services.errors import StorageError
from services.jobs import board, ledger, queue
from services.jobs.queue import RunKind, StepSpec
from services.jobs.worker import Worker
from services.people import Person, Role, act_as
from services.settings import get_settings

STEPS = 1000
PEOPLE = [Person(f"person{n}", f"Person {n}", Role.CREATOR) for n in range(20)]
CLICKS = 8
CLAIMS = 50


def main() -> int:
    server = os.environ.get("AIM_STUDIO_TEST_POSTGRES", "")
    print(f"{STEPS:,} steps of {len(PEOPLE)} people; steps a second")
    print(
        f"{'':12}{'40 runs':>10}{'1,000 runs':>12}{'4 workers':>11}{'8 clicks':>10}{'locked':>8}{'claim':>14}"
    )
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if name == "PostgreSQL" and not server:
            print(f"{name:12}{'AIM_STUDIO_TEST_POSTGRES is not set':>40}")
            continue
        refused: list[str] = []
        cells = [measure(url, 40, 1, 0, refused), measure(url, STEPS, 1, 0, refused)]
        cells += [measure(url, 40, 4, 0, refused), measure(url, 40, 1, CLICKS, refused)]
        claims = f"{claim_ms(url, STEPS):.1f} / {claim_ms(url, 10 * STEPS):.1f} ms"
        row = f"{cells[0]:10.0f}{cells[1]:12.0f}{cells[2]:11.0f}{cells[3]:10.0f}"
        print(f"{name:12}{row}{len(refused):8}{claims:>14}", flush=True)
    return 0


def measure(url: str, runs: int, workers: int, clicking: int, refused: list[str]) -> float:
    """Steps a second until nothing waits; what was refused meanwhile joins `refused`."""
    with studio(url):
        fill(runs, STEPS)
        ended = threading.Event()
        with ThreadPoolExecutor(workers + clicking) as pool:
            started = time.perf_counter()
            clicks = [pool.submit(click, PEOPLE[n], ended, refused) for n in range(clicking)]
            jobs = [pool.submit(drain, f"worker{n}", refused) for n in range(workers)]
            done = sum(job.result() for job in jobs)
            took = time.perf_counter() - started
            ended.set()
            for each in clicks:
                each.result()
        return done / took


def drain(slot: str, refused: list[str]) -> int:
    """Do what waits, as the worker does; how many steps it did."""
    done = 0

    def count(_context: object) -> None:
        nonlocal done
        done += 1

    worker = Worker({"generate": count, "more": count}, slot=slot)
    try:
        worker.run_until_idle()
    except StorageError as error:
        refused.append(str(error))
    return done


def click(person: Person, ended: threading.Event, refused: list[str]) -> None:
    """What somebody at the page does, a few times a second."""
    with act_as(person):
        while not ended.wait(0.2):
            try:
                board.summary()
                run_id = queue.submit(
                    RunKind.COMPLETE, payload={"id": uuid.uuid4().hex}, steps=[StepSpec("more")]
                )
                queue.get(run_id)
                queue.cancel(run_id)
            except StorageError as error:
                refused.append(str(error))


def claim_ms(url: str, steps: int) -> float:
    with studio(url):
        fill(steps, steps)
        seconds = []
        for _ in range(CLAIMS):
            started = time.perf_counter()
            ledger.take("worker", 60.0)
            seconds.append(time.perf_counter() - started)
        return statistics.median(seconds) * 1000


def fill(runs: int, steps: int) -> None:
    """`runs` runs with `steps` steps in all, written at once."""
    from db import tables
    from services.jobs.rows import step_row

    with unit_of_work() as work:
        for n in range(runs):
            person = PEOPLE[n % len(PEOPLE)]
            run = tables.Run(kind="complete", dedupe_key=f"run {n}", payload={"n": n}, person_id=person.id)
            run.steps = [step_row(StepSpec("generate", {"index": i}), i) for i in range(steps // runs)]
            work.session.add(run)
        work.commit()


@contextmanager
def studio(url: str) -> Iterator[None]:
    """A home of its own; on a server, a database of its own."""
    name = f"bench_{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"AIM_STUDIO_HOME": home, "AIM_STUDIO_WORKER": "none", "AIM_STUDIO_DATABASE_URL": ""}
        if url:
            on_server(url, f"CREATE DATABASE {name}")
            own = make_url(url).set(drivername="postgresql+psycopg", database=name)
            os.environ["AIM_STUDIO_DATABASE_URL"] = own.render_as_string(hide_password=False)
        get_settings.cache_clear()
        reset_database()
        yield
        reset_database()
        if url:
            on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


def on_server(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
