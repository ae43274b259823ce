"""Starting, stopping and looking at the workers on Ray. What the CLI calls."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from db.repositories.pool import PoolWorker
from services.database import ensure_database
from services.errors import NotFound, StorageError, StudioError
from services.messages import N_
from services.people import Role, require
from services.ray import connection, refusals
from services.ray.config import EMBED_FROM, PoolConfig, environment, namespace
from services.ray.places import place_of
from services.ray.supervisor import NAME, Supervisor
from services.ray.watch import look
from services.settings import get_settings

STOP_GRACE_SECONDS = 60.0
"""A diffusion picture on a GPU takes seconds, a scoring step a minute at most."""

ANSWER_SECONDS = 30.0
"""For the supervisor to answer: it may just be starting again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person asked for; None: as the cluster has it."""

    gpu_workers: int | None = None
    cpu_workers: int | None = None
    gpus: float = 1.0
    cpus: float = 2.0
    embed_from: int = EMBED_FROM
    single_machine: bool = False
    shared_home: bool = False


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """`address` "" where no cluster is known; `supervisor`: it answers. `workers`: all rows, Ray's or not."""

    address: str
    supervisor: bool
    wanted: int
    queued: int
    workers: Sequence[PoolWorker]

    @property
    def living(self) -> int:
        """Workers of the pool that were heard of a moment ago."""
        return sum(worker.living and place_of(worker.slot) is not None for worker in self.workers)


def start(where: str, asked: Asked, wait_seconds: float = 0.0) -> PoolStatus:
    """Have a pool at `where` (host:port, "auto" or "local"); one that runs already stays as it is.

    Waits up to `wait_seconds` for its workers. Raises InvalidInput (SQLite, pictures on one machine),
    EngineUnavailable (no Ray), StorageError (no cluster, no database), NotAllowed.
    """
    require(Role.ADMIN)
    settings = get_settings()
    connection.require_ray()
    if where not in (connection.LOCAL, connection.AUTO) or refusals.on_sqlite(settings):
        refusals.refuse_address(settings, _address(where), asked.single_machine)
    ensure_database()
    cluster = connection.locate(where)
    refusals.refuse_address(settings, cluster.address, asked.single_machine)
    ray = connection.connect(cluster)
    refusals.refuse_machines(settings, ray.nodes(), asked.shared_home)
    connection.remember(cluster)
    start_supervisor(ray, _config(asked))
    deadline = time.monotonic() + wait_seconds
    while (now := status()).living < now.wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    return now


def start_supervisor(ray: Any, config: PoolConfig) -> Any:
    """The pool's supervisor, made where there is none."""
    options = {
        "name": NAME,
        "namespace": config.namespace,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "max_task_retries": 0,
        "num_cpus": 0,
    }
    return ray.remote(Supervisor).options(**options).remote(config)


def stop(grace: float = STOP_GRACE_SECONDS) -> PoolStatus:
    """Let the workers finish their steps within `grace` seconds, then end the pool, and the Ray that we
    started for it. What waits stays queued. Raises NotFound where no pool was started."""
    require(Role.ADMIN)
    cluster = connection.remembered()
    if cluster is None:
        raise NotFound(N_("No workers on Ray were started from this studio."))
    try:
        ray = connection.connect(cluster)
        _end_supervisor(ray, grace)
        if cluster.pid is not None:
            ray.shutdown()
    except StorageError:  # the cluster is gone, and its workers with it
        pass
    finally:
        connection.stop_head(cluster)
        connection.forget()
    return status()


def status() -> PoolStatus:
    """What is known now: of the tables always, of the cluster where it answers. Raises StorageError."""
    seen = look()
    cluster = connection.remembered()
    if cluster is None:
        return PoolStatus("", False, 0, seen.queued, seen.workers)
    places: list[str] = []
    alive = False
    try:
        ray = connection.connect(cluster)
        supervisor = ray.get_actor(NAME, namespace=namespace())
        places, alive = ray.get(supervisor.places.remote(), timeout=ANSWER_SECONDS), True
    except (StudioError, ValueError):  # no cluster, no Ray, or no supervisor in it
        pass
    except Exception as error:
        if not connection.is_ray_error(error):
            raise
    return PoolStatus(cluster.address, alive, len(places), seen.queued, seen.workers)


def _end_supervisor(ray: Any, grace: float) -> None:
    try:
        supervisor = ray.get_actor(NAME, namespace=namespace())
    except ValueError:
        return
    with suppress(ray.exceptions.RayError):  # where it died meanwhile, what it kept is ended below
        ray.get(supervisor.stop.remote(grace), timeout=grace + ANSWER_SECONDS)
    ray.kill(supervisor, no_restart=True)
    for actor in ray.util.list_named_actors(all_namespaces=True):  # those that it could not end itself
        if actor["namespace"] == namespace():
            ray.kill(ray.get_actor(**actor), no_restart=True)


def _config(asked: Asked) -> PoolConfig:
    settings = get_settings()
    return PoolConfig(
        namespace=namespace(),
        environment=environment(),
        gpu_workers=asked.gpu_workers,
        cpu_workers=asked.cpu_workers,
        gpus=asked.gpus,
        cpus=asked.cpus,
        host=socket.gethostname() if refusals.on_sqlite(settings) else "",
        embed_from=asked.embed_from,
    )


def _address(where: str) -> str:
    """For refusing before anything starts: what is started here listens on loopback."""
    return "127.0.0.1:0" if where in (connection.LOCAL, connection.AUTO) else where
