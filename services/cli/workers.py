"""`workers --ray ADDRESS | --status | --stop`: more machines for the same queue. docs/scale.md tells when."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from services.cli.output import Document, table

if TYPE_CHECKING:
    from services.ray.pool import PoolStatus

WAIT_SECONDS = 90.0


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("workers", parents=[common], help="workers on a Ray cluster")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="start workers on the cluster at host:port; local: start Ray on this machine; auto: use the "
        "Ray that runs here, or start it",
    )
    what.add_argument("--status", action="store_true", help="who works, at what, and what waits")
    what.add_argument("--stop", action="store_true", help="let steps finish, then end the workers")
    parser.add_argument("--gpu-workers", type=int, help="how many; default: one for each GPU")
    parser.add_argument(
        "--cpu-workers", type=int, help="how many; default: none beside GPUs, else as cores allow"
    )
    parser.add_argument("--gpus-per-worker", type=float, default=1.0, help="0.5: two workers share a GPU")
    parser.add_argument(
        "--cpus-per-worker", type=float, default=2.0, help="cores that each claims; default: 2"
    )
    parser.add_argument("--embed-from", type=int, help="pictures from which a library is read by Ray Data")
    parser.add_argument("--single-machine", action="store_true", help="accept SQLite, on this machine alone")
    parser.add_argument(
        "--shared-home", action="store_true", help="AIM_STUDIO_HOME is a folder that all share"
    )
    parser.add_argument(
        "--grace", type=float, help="--stop: seconds that a step may take to finish; default: 60"
    )
    parser.add_argument(
        "--wait", type=float, default=WAIT_SECONDS, help="seconds to wait for workers to be there"
    )
    parser.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    from services.ray import pool
    from services.ray.config import EMBED_FROM

    if arguments.status:
        return _document(pool.status())
    if arguments.stop:
        return _document(pool.stop(pool.STOP_GRACE_SECONDS if arguments.grace is None else arguments.grace))
    asked = pool.Asked(
        gpu_workers=arguments.gpu_workers,
        cpu_workers=arguments.cpu_workers,
        gpus=arguments.gpus_per_worker,
        cpus=arguments.cpus_per_worker,
        embed_from=EMBED_FROM if arguments.embed_from is None else arguments.embed_from,
        single_machine=arguments.single_machine,
        shared_home=arguments.shared_home,
    )
    return _document(pool.start(arguments.ray, asked, arguments.wait))


def _document(status: PoolStatus) -> Document:
    return {
        "ray": status.address or None,
        "supervisor": status.supervisor,
        "wanted": status.wanted,
        "living": status.living,
        "queued": status.queued,
        "workers": [
            {
                "id": worker.id,
                "host": worker.host,
                "pid": worker.pid,
                "state": worker.state if worker.living else "silent",
                "step": worker.step,
                "run": worker.run_id,
            }
            for worker in status.workers
        ],
    }


_COLUMNS = {
    "id": "worker",
    "host": "machine",
    "pid": "process",
    "state": "state",
    "step": "step",
    "run": "run",
}


def _render(document: Document) -> str:
    if document["ray"] is None:
        head = "no workers on Ray were started from this studio"
    else:
        supervisor = "answers" if document["supervisor"] else "does not answer"
        head = (
            f"Ray at {document['ray']}: the supervisor {supervisor}, "
            f"{document['living']} of {document['wanted']} workers live"
        )
    return "\n".join([head, f"{document['queued']} step(s) wait", table(document["workers"], _COLUMNS)])
