"""How many workers the cluster holds, and what each of them claims."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.ray.actors import CPU, GPU
from services.ray.config import PoolConfig

_SLOT = re.compile(r"ray-((?:gpu|cpu)-\d+)-([0-9a-f]+)\.lock$")


@dataclass(frozen=True, slots=True)
class Claims:
    """What one worker takes of the cluster. `light`: it takes only runs that need no GPU."""

    cpus: float
    gpus: float = 0.0
    light: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "resources": dict(self.resources)}


def wanted_places(config: PoolConfig, nodes: Sequence[Mapping[str, Any]]) -> dict[str, Claims]:
    """Place -> claims, for the machines that Ray lists (`ray.nodes()`).

    One worker per GPU; where there is none, one per `cpus` cores, and one at least.
    """
    usable = [n for n in nodes if n["Alive"] and config.host in ("", n["NodeManagerHostname"])]
    pinned = {f"node:{usable[0]['NodeManagerAddress']}": 0.001} if config.host and usable else {}
    gpus = config.gpu_workers
    if gpus is None:
        gpus = int(sum(node["Resources"].get("GPU", 0) // config.gpus for node in usable))
    cpus = config.cpu_workers
    if cpus is None:
        cpus = 0 if gpus else max(1, int(sum(n["Resources"].get("CPU", 0) // config.cpus for n in usable)))
    gpu_claim = Claims(1, config.gpus, resources=pinned)
    cpu_claim = Claims(config.cpus, light=gpus > 0, resources=pinned)
    return {f"{GPU}-{i}": gpu_claim for i in range(gpus)} | {f"{CPU}-{i}": cpu_claim for i in range(cpus)}


def place_of(slot: str) -> str | None:
    """The place of the worker that holds `slot`; None for one that is not of a pool."""
    found = _SLOT.search(slot)
    return found.group(1) if found else None


def node_of(slot: str) -> str:
    """The beginning of the id of the Ray node that the worker of `slot` is on."""
    found = _SLOT.search(slot)
    return found.group(2) if found else "of no pool"
