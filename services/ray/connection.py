"""Reaching a Ray cluster, and starting one on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from services.errors import EngineUnavailable, InvalidInput, StorageError
from services.messages import N_
from services.settings import REPOSITORY, get_settings
from services.storage.files import write_whole

LOCAL, AUTO = "local", "auto"

REACH_SECONDS = 5.0
"""Ray itself tries an address where nothing listens for minutes."""

START_SECONDS = 90.0
"""Ray's head takes 10 to 25 s on two busy cores."""

OBJECT_STORE_BYTES = 256 * 2**20
"""On one machine: vectors of a few batches travel through it, pictures never do. Ray takes 30 % of memory."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where this home's pool was started; `pid` is the head's where it is our own."""

    address: str
    pid: int | None = None


def require_ray() -> None:
    """Raise EngineUnavailable unless the ray package is here. Imports nothing."""
    if find_spec("ray") is None:
        raise EngineUnavailable(
            N_("Ray is not installed here. Run `make ray`, or install requirements-ray.txt.")
        )


def the_ray() -> Any:
    """The ray package, set to tell nobody that it is used. Raises EngineUnavailable without it."""
    require_ray()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    return ray


def is_ray_error(error: Exception) -> bool:
    """Did Ray raise it: an actor that died, an answer that did not come? False where there is no Ray."""
    return find_spec("ray") is not None and isinstance(error, the_ray().exceptions.RayError)


def connect(cluster: Cluster) -> Any:
    """Join the cluster; the ray package. Raises EngineUnavailable, StorageError."""
    address = cluster.address
    if not _answers(address):
        raise StorageError(
            N_("No Ray cluster answers at {address}. What is queued is kept; start Ray there, or say local."),
            address=address,
        )
    if _host(address) in ("127.0.0.1", "localhost"):
        # Ray would look for the cluster at this machine's outer address, where it does not listen. It
        # reads this when it is imported.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    ray = the_ray()
    deadline = time.monotonic() + (START_SECONDS if cluster.pid else 0.0)
    while not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            if time.monotonic() < deadline:  # our own head answers before its node is ready
                time.sleep(0.5)
                continue
            raise StorageError(
                N_("Ray at {address} refused ({reason}). Run this on a machine of the cluster."),
                address=address,
                reason=str(error).splitlines()[0],
            ) from error
    return ray


def locate(asked: str) -> Cluster:
    """The cluster that `--ray` names, started here for "local", and for "auto" where none runs yet."""
    if asked not in (LOCAL, AUTO):
        if ":" not in asked or not asked.rpartition(":")[2].isdigit():
            raise InvalidInput(
                N_("{address} is not the address of a Ray cluster. Write host:port, auto or local."),
                address=asked,
            )
        return Cluster(asked)
    known = remembered()
    if known is not None and _answers(known.address):
        return known
    if asked == AUTO and (running := _running_here()):
        return Cluster(running)
    return start_head()


def start_head() -> Cluster:
    """Start Ray on this machine, for this machine alone: it listens on loopback and has no dashboard."""
    require_ray()
    settings = get_settings()
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}"),
        *("--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats"),
        *("--no-monitor", "--include-log-monitor=false"),  # what adds machines, and copies logs to them
        f"--object-store-memory={OBJECT_STORE_BYTES}",
    ]
    quiet = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_num_prestart_python_workers": "0"}
    with (settings.logs_dir / "ray.out").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    cluster = Cluster(f"127.0.0.1:{port}", process.pid)
    remember(cluster)
    _await_head(cluster, process)
    return cluster


def stop_head(cluster: Cluster, wait_seconds: float = 20.0) -> None:
    """End the Ray that we started, with all of its processes; one that somebody else runs stays."""
    if cluster.pid is None:
        return
    try:
        head = psutil.Process(cluster.pid)
        if "ray.scripts.scripts" not in head.cmdline():  # the number went to another process since
            return
        family = [head, *head.children(recursive=True)]
        head.send_signal(signal.SIGTERM)
    except psutil.NoSuchProcess:
        return
    _, left = psutil.wait_procs(family, timeout=wait_seconds)
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=5)


def remember(cluster: Cluster) -> None:
    """For `workers --status` and `--stop`, which then need no address."""
    write_whole(_note(), json.dumps(asdict(cluster)).encode())


def remembered() -> Cluster | None:
    try:
        return Cluster(**json.loads(_note().read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def forget() -> None:
    _note().unlink(missing_ok=True)


def is_here(address: str) -> bool:
    """Is the cluster's head this machine?"""
    here = {a.address for addresses in psutil.net_if_addrs().values() for a in addresses}
    return _host(address) in here | {"localhost", socket.gethostname()}


def _await_head(cluster: Cluster, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(cluster.address):
        if process.poll() is not None or time.monotonic() > deadline:
            stop_head(cluster)
            forget()
            raise StorageError(
                N_("Ray did not start on this machine. What is queued is kept; {file} says why."),
                file=str(get_settings().logs_dir / "ray.out"),
            )
        time.sleep(0.2)


def _running_here() -> str | None:
    """The address of a Ray that already runs on this machine, by Ray's own note of it."""
    note = Path(os.environ.get("RAY_TMPDIR", tempfile.gettempdir())) / "ray" / "ray_current_cluster"
    address = os.environ.get("RAY_ADDRESS") or (note.read_text().strip() if note.exists() else "")
    return address if ":" in address and _answers(address) else None


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=REACH_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _host(address: str) -> str:
    return address.rpartition(":")[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _note() -> Path:
    return get_settings().home / "ray.json"
