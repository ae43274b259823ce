"""Where each model is now: built in, downloaded, in a folder, partly here, or missing.

Cheap enough for a page: names and sizes of files are looked at, nothing is opened, no network is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.errors import EngineUnavailable
from services.messages import Message
from services.models.downloads import known_listing
from services.models.hub_cache import HubCache
from services.models.hub_files import is_folder_name, local_folder
from services.models.packages import package_version
from services.models.registry import CATALOGUE, ModelCard, package_path
from services.settings import get_settings, set_by_environment


class State(StrEnum):
    """What a model's light shows."""

    BUILT_IN = "built in"  # inside an installed package
    DOWNLOADED = "downloaded"  # in the hub's cache
    FOLDER = "folder"  # a local folder in its place
    PARTLY = "partly"  # a download stopped half-way, or is going on
    MISSING = "missing"  # not on this machine
    BROKEN = "broken"  # the folder or name that the settings give is no model


READY = (State.BUILT_IN, State.DOWNLOADED, State.FOLDER)


@dataclass(frozen=True, slots=True)
class Presence:
    """A model and where it is.

    `model` is the hub id, folder or package in use, `revision` says which weights exactly. `here` of
    `total` bytes are on this machine; `exact` tells that `total` is the hub's figure, not the catalogue's.
    `fault` says what is wrong with a folder. `environment` is the variable that names the model, if any.
    """

    card: ModelCard
    state: State
    model: str
    folder: Path | None = None
    revision: str = ""
    here: int = 0
    total: int = 0
    exact: bool = False
    fault: Message | None = None
    environment: str = ""

    @property
    def ready(self) -> bool:
        return self.state in READY

    @property
    def share(self) -> float:
        """How much is here, 0..1."""
        return 1.0 if self.ready else min(1.0, self.here / self.total) if self.total else 0.0

    @property
    def in_folder(self) -> bool:
        """The settings name a folder, in order or not."""
        return not self.card.built_in and is_folder_name(self.model)


def look(card: ModelCard) -> Presence:
    """Where `card` is now. Raises nothing: what is wrong is part of the answer."""
    if card.built_in:
        return _in_package(card)
    model = str(getattr(get_settings(), card.setting))
    environment = set_by_environment(card.setting)
    try:
        folder = local_folder(model)
    except EngineUnavailable as error:
        return Presence(
            card, State.BROKEN, model, total=card.size, fault=error.message, environment=environment
        )
    if folder is None:
        return _on_the_way(card, model, environment)
    size = folder_bytes(folder)
    state = State.FOLDER if is_folder_name(model) else State.DOWNLOADED
    revision = folder.name[:12] if state is State.DOWNLOADED else ""
    return Presence(card, state, model, folder, revision, size, size, True, environment=environment)


def look_all() -> list[Presence]:
    return [look(card) for card in CATALOGUE]


def _in_package(card: ModelCard) -> Presence:
    path = package_path(card.file)
    if path is None:
        return Presence(card, State.MISSING, card.package, total=card.size)
    size = path.stat().st_size
    version = package_version(card.package)
    return Presence(card, State.BUILT_IN, card.package, path.parent, version, size, size, True)


def _on_the_way(card: ModelCard, model: str, environment: str) -> Presence:
    listing = known_listing(model)
    if listing is None:
        return Presence(card, State.MISSING, model, total=card.size, environment=environment)
    cache = HubCache(model)
    here = sum(cache.bytes_here(file) for file in listing.files)
    state = State.PARTLY if here else State.MISSING
    revision = listing.commit[:12]
    return Presence(card, state, model, None, revision, here, listing.size, True, environment=environment)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files under `folder`, links followed."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
