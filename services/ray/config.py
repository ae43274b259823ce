"""What a pool is told at its start, and how a process of the cluster takes it on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from services.settings import PREFIX, REPOSITORY, get_settings

OTHER_NAMES = ("AWS_", "FSSPEC_", "HF_", "HUGGING_FACE_API", "OPENAI_API_KEY")
"""What the settings read beside our own names: keys of the store, the model hub and the planner."""

NODE_HOME = "AIM_STUDIO_NODE_HOME"
"""Set on a machine of the cluster whose studio home lies elsewhere than the studio's own."""

EMBED_FROM = 2_000
"""Pictures from which Ray Data pays: starting it and its encoders takes longer than a few hundred."""


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """A pool's size and its workers' settings. Travels to actors as an argument.

    An argument is shown by no dashboard and no state API; a runtime environment would be, keys and all.
    `gpu_workers` and `cpu_workers`: None follows the cluster. `host`: the one machine that may hold
    workers, "" for any.
    """

    namespace: str
    environment: Mapping[str, str]
    gpu_workers: int | None = None
    cpu_workers: int | None = None
    gpus: float = 1.0
    cpus: float = 2.0
    host: str = ""
    embed_from: int = EMBED_FROM
    cancel_grace: float = 30.0
    """Seconds from asking a run to stop to killing the actor that does not heed it."""
    handlers: str = "services.jobs.steps:handlers"
    warm_up: str = "services.jobs.steps:warm_up"
    encoders: str = "services.ray.encoders:encoder_of"
    extra: Mapping[str, Any] = field(default_factory=dict)


def namespace() -> str:
    """One per database: two studios may share a cluster, and never each other's workers."""
    return f"aim-studio-{hashlib.sha256(get_settings().shown_database_url.encode()).hexdigest()[:10]}"


def environment() -> dict[str, str]:
    """The settings of this process as environment names, those of a `.env` file too."""
    from dotenv import dotenv_values

    written = {name: value for name, value in dotenv_values(REPOSITORY / ".env").items() if value is not None}
    both = {**written, **os.environ}
    found = {name: value for name, value in both.items() if name.startswith((PREFIX, *OTHER_NAMES))}
    return found | {f"{PREFIX}HOME": str(get_settings().home.resolve())}


def adopt(config: PoolConfig, device: str = "") -> None:
    """Make the pool's settings this process's own: an actor begins with those of its machine's Ray.

    `device` replaces the one in the settings: Ray shows an actor its own GPU alone.
    """
    home = os.environ.get(NODE_HOME)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(config.environment)
    os.environ |= {f"{PREFIX}WORKER": "none", f"{PREFIX}WORKER_IDLE_MINUTES": "0"}
    if home:
        os.environ |= {f"{PREFIX}HOME": home, NODE_HOME: home}
    if device:
        os.environ[f"{PREFIX}DEVICE"] = device
    get_settings.cache_clear()


def load(path: str) -> Callable[..., Any]:
    """The function that "package.module:name" names."""
    module, _, name = path.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
