"""A Ray cluster of two nodes on this machine, and a studio whose workers run on it. One for a module."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from services import database
from services.database import ensure_database
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.ray import config as pool_config
from services.ray import connection, pool
from services.ray.config import PoolConfig
from services.settings import get_settings
from tests.databases import SERVER, Server

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",  # beside other tests
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback alone
    "RAY_num_prestart_python_workers": "0",
    "RAY_enable_metrics_collection": "0",
}
NODE = {
    "num_cpus": 1,
    "object_store_memory": 80 * 2**20,
    "node_ip_address": "127.0.0.1",
    "include_log_monitor": False,
}
HEAD = {**NODE, "include_dashboard": False, "no_monitor": True}

SECONDS = 180.0
"""Patience where cores and disk are busy: on a quiet machine it takes a few seconds."""


def wait_until(true: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.05)


@contextmanager
def studio_home(folder: Path) -> Iterator[Path]:
    """A studio home for a whole module: SQLite, or PostgreSQL where a server is named."""
    server = Server() if SERVER else None
    url = server.create() if server else ""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**QUIET, "AIM_STUDIO_HOME": str(folder), "AIM_STUDIO_DATABASE_URL": url}.items():
            patch.setenv(name, value)
        patch.setenv("AIM_STUDIO_WORKER", "ray")
        patch.setenv("AIM_STUDIO_WORKER_LEASE_SECONDS", "3")
        patch.setenv("AIM_STUDIO_STORE_URL", "")
        _forget()
        ensure_database()
        yield folder
        _forget()
    if server:
        server.drop(url)
        server.close()


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()


class TwoNodes:
    """The cluster, and the pool on it: a worker on each node."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        self._up = True
        self.folder = folder
        self.cluster: Any = Cluster(initialize_head=True, connect=False, head_node_args=HEAD)
        self.second: Any = self.cluster.add_node(**NODE)
        found = connection.Cluster(self.cluster.address)
        self.ray = connection.connect(found)
        connection.remember(found)

    def start_pool(self) -> None:
        config = PoolConfig(
            namespace=pool_config.namespace(),
            environment=pool_config.environment(),
            cpus=1.0,
            embed_from=20,
            cancel_grace=1.0,
            handlers="tests.integration.ray_process:handlers",
            warm_up="",
            encoders="tests.integration.ray_process:encoder",
        )
        pool.start_supervisor(self.ray, config)

    def supervisor(self) -> Any:
        return self.ray.get_actor("supervisor", namespace=pool_config.namespace())

    def worker(self, place: str) -> Any:
        return self.ray.get_actor(place, namespace=pool_config.namespace())

    def await_workers(self, count: int) -> None:
        wait_until(lambda: sum(w.living and w.state == "ready" for w in pool.look().workers) >= count)

    def shut_down(self) -> None:
        if self._up:
            self._up = False
            self.ray.shutdown()
            self.cluster.shutdown()


def submit(notes: Path, **payload: Any) -> str:
    """A run of one step that leaves notes in a folder of its own; its id."""
    notes.mkdir(parents=True, exist_ok=True)
    (notes / "notes").touch()
    step = StepSpec("score", {"file": str(notes / "notes"), "wait": True, **payload})
    return queue.submit(RunKind.SCORE, payload={"name": notes.name}, steps=[step])


def lines(notes: Path, word: str) -> list[int]:
    """Who wrote this word: process numbers."""
    written = (notes / "notes").read_text().splitlines()
    return [int(line.split()[1]) for line in written if line.startswith(word)]


def begun(notes: Path, times: int = 1) -> int:
    wait_until(lambda: len(lines(notes, "begin")) >= times)
    return lines(notes, "begin")[-1]


def go(notes: Path) -> None:
    (notes / "go").touch()


def finished(run_id: str, seconds: float = SECONDS) -> RunView:
    wait_until(lambda: queue.get(run_id).finished_at is not None, seconds)
    return queue.get(run_id)


def ray_processes() -> list[tuple[int, str]]:
    """(process number, command line) of all that belongs to a Ray on this machine."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if any(word in command for word in ("ray::", "/raylet", "gcs_server", "ray.scripts.scripts")):
            found.append((process.pid, command))
    return found
