"""Where the files of a full-engine model lie: a local folder, the hub's cache, or the hub itself.

What is in the cache is used without asking the network. Before anything is downloaded one small
question is asked with a time limit, so that a machine without a network gets a sentence in seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_
from services.models.layout import digest, is_whole, wanted
from services.settings import get_settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
"""The hub answers within one; a firewall that swallows packets must not hold a page for longer."""


def locate(model: str) -> Path:
    """The folder with the files of `model`: itself, from the cache, or downloaded now.

    Raises EngineUnavailable: within ANSWER_SECONDS where there is neither a copy nor a network.
    """
    return local_folder(model) or _download(model)


def reach(model: str) -> None:
    """Raise EngineUnavailable unless `model` lies here or the hub would give it; downloads nothing."""
    if local_folder(model) is None:
        _files_on_the_hub(model)


def local_folder(model: str) -> Path | None:
    """The folder of `model` on this machine, None if a hub id is not in the cache. Asks no network.

    Raises EngineUnavailable for a folder without a model, or a name that is no hub id.
    """
    folder = Path(model).expanduser()
    if is_whole(folder):
        return folder
    if folder.is_dir() or folder.is_absolute() or model.startswith((".", "~")):
        raise EngineUnavailable(
            N_(
                "The folder {folder} holds no model: it needs config.json and *.safetensors, or "
                "model_index.json with a folder for each part."
            ),
            folder=model,
        )
    return _cached(model)


def reference(part: str, model: str) -> ModelRef:
    """Names `model` with its revision: the hub's commit, or a digest of a folder's config and sizes.

    Without a copy on this machine the revision is "".
    """
    folder = local_folder(model)
    if folder is None:
        return ModelRef(part, model)
    if folder.parent.name == "snapshots":
        return ModelRef(part, model, folder.name[:12])
    return ModelRef(part, folder.resolve().name, f"local {digest(folder)}")


def _cached(model: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        folder = Path(snapshot_download(model, local_files_only=True))
    except HFValidationError as error:
        raise EngineUnavailable(
            N_("{model!r} is neither a folder nor a model id of the form owner/name."), model=model
        ) from error
    except OSError:  # not in the cache
        return None
    return folder if is_whole(folder) else None


def _download(model: str) -> Path:
    from huggingface_hub import snapshot_download

    files = wanted(_files_on_the_hub(model))
    try:
        return Path(snapshot_download(model, allow_patterns=files, token=_token()))
    except Exception as error:
        raise _refusal(model, error) from error


def _files_on_the_hub(model: str) -> Iterable[str]:
    """Is `model` there, and may we have it? In a thread: looking up a name has no time limit of its own."""
    from huggingface_hub import HfApi

    outcome: list[list[str] | Exception] = []

    def ask() -> None:
        try:
            info = HfApi().model_info(model, timeout=ANSWER_SECONDS, token=_token())
            outcome.append([file.rfilename for file in info.siblings or ()])
        except Exception as error:  # noqa: BLE001 - carried to the thread that asked, which raises it
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="ask-the-hub")
    thread.start()
    thread.join(ANSWER_SECONDS)
    answer = outcome[0] if outcome else TimeoutError()
    if isinstance(answer, Exception):
        raise _refusal(model, answer) from answer
    return answer


def _refusal(model: str, error: Exception) -> EngineUnavailable:
    """A sentence for what the hub's client raised."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    logger.info("the weights of %s could not be had: %s", model, type(error).__name__)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, GatedRepoError):
        template = N_("The model {model} asks for consent: accept its terms on the hub and set HF_TOKEN.")
    elif isinstance(error, RepositoryNotFoundError) or status in (401, 403, 404):
        template = N_("The hub has no model {model} for you: check its name, and HF_TOKEN if it is private.")
    elif status is not None:
        template = N_("The hub could not serve the model {model} just now. Try again later.")
    else:
        template = N_(
            "The weights of {model} are not on this machine and the hub cannot be reached. Connect to the "
            "network, name a local folder in their place, or use the lite engine."
        )
    return EngineUnavailable(template, model=model)


def _token() -> str | None:
    """The secret itself, for the hub's client only. None: whatever the client's own login keeps."""
    secret = get_settings().hf_token
    return (secret.get_secret_value() or None) if secret else None
