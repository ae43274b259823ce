"""Where the files of a full-engine model lie: a local folder, the hub's cache, or the hub itself.

What is in the cache is used without asking the network. Before anything is downloaded one small
question is asked with a time limit, so that a machine without a network gets a sentence in seconds.
"""

from __future__ import annotations

import re
from pathlib import Path

from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_
from services.models.downloads import download
from services.models.hub_cache import HubCache
from services.models.hub_client import ask
from services.models.layout import digest, is_whole

_ID = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)?", re.ASCII)
_ID_CHARS = 96
"""The hub's own rule for names, without the half second that importing it takes."""


def locate(model: str) -> Path:
    """The folder with the files of `model`: itself, from the cache, or downloaded now.

    Raises EngineUnavailable: within seconds where there is neither a copy nor a network.
    """
    return local_folder(model) or download(model)


def reach(model: str) -> None:
    """Raise EngineUnavailable unless `model` lies here or the hub would give it; downloads nothing."""
    if local_folder(model) is None:
        ask(model)


def is_folder_name(model: str) -> bool:
    """Whether `model` names a folder, there or not, rather than a model of the hub."""
    folder = Path(model).expanduser()
    return folder.is_dir() or folder.is_absolute() or model.startswith((".", "~"))


def local_folder(model: str) -> Path | None:
    """The folder of `model` on this machine, None if a hub id is not in the cache. Asks no network.

    Raises EngineUnavailable for a folder without a model, or a name that is no hub id.
    """
    folder = Path(model).expanduser()
    if is_whole(folder):
        return folder
    if is_folder_name(model):
        raise EngineUnavailable(
            N_(
                "The folder {folder} holds no model: it needs config.json and *.safetensors, or "
                "model_index.json with a folder for each part."
            ),
            folder=model,
        )
    check_id(model)
    return HubCache(model).whole_snapshot()


def check_id(model: str) -> None:
    """Raise EngineUnavailable unless `model` could be a model of the hub."""
    if len(model) > _ID_CHARS or not _ID.fullmatch(model) or "--" in model or ".." in model:
        raise EngineUnavailable(
            N_("{model!r} is neither a folder nor a model id of the form owner/name."), model=model
        )


def reference(part: str, model: str) -> ModelRef:
    """Names `model` with its revision: the hub's commit, or a digest of a folder's configs and sizes.

    Without a copy on this machine the revision is "".
    """
    folder = local_folder(model)
    if folder is None:
        return ModelRef(part, model)
    if folder.parent.name == "snapshots":
        return ModelRef(part, model, folder.name[:12])
    return ModelRef(part, folder.resolve().name, f"local {digest(folder)}")
