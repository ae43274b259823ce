"""Questions to the model hub, each with a time limit, and sentences for its refusals.

HF_ENDPOINT, HF_HUB_OFFLINE, HF_HOME and the other variables of huggingface_hub hold here as everywhere.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from services.errors import EngineUnavailable
from services.messages import N_
from services.models.layout import wanted
from services.settings import get_settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
"""The hub answers within one; a firewall that swallows packets must not hold a page for longer."""

T = TypeVar("T")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. `digest` is its SHA-256 (64 hex) or, for small files, git's SHA-1 (40)."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one commit that loading needs."""

    model: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def is_offline() -> bool:
    """HF_HUB_OFFLINE is set: nothing may be asked of the network."""
    from huggingface_hub import constants

    return bool(constants.is_offline_mode())


def ask(model: str) -> Listing:
    """What the hub would give for `model` now. Raises EngineUnavailable within ANSWER_SECONDS."""
    from huggingface_hub import HfApi

    if is_offline():
        raise offline_refusal(model)
    info = _within(
        model,
        lambda: HfApi().model_info(model, files_metadata=True, timeout=ANSWER_SECONDS, token=token()),
    )
    known = {
        file.rfilename: RemoteFile(
            file.rfilename, int(file.size or 0), file.lfs.sha256 if file.lfs else file.blob_id or ""
        )
        for file in info.siblings or ()
    }
    files = tuple(known[path] for path in wanted(known))
    if not files or not info.sha or not all(map(_sane, files)):
        raise EngineUnavailable(
            N_("{model} on the hub holds no weights that the studio can read. Check its name."), model=model
        )
    return Listing(model, info.sha, files)


def _sane(file: RemoteFile) -> bool:
    """Names become paths on this disk: none may lead out of its folder."""
    place = PurePosixPath(file.path)
    return bool(_DIGEST.fullmatch(file.digest)) and not place.is_absolute() and ".." not in place.parts


def _within(model: str, question: Callable[[], T]) -> T:
    """The answer, in a thread: looking up a name has no time limit of its own."""
    outcome: list[T] = []
    failure: list[Exception] = [TimeoutError()]

    def run() -> None:
        try:
            outcome.append(question())
        except Exception as error:  # noqa: BLE001 - carried to the thread that asked, which raises it
            failure[0] = error

    thread = threading.Thread(target=run, daemon=True, name="ask-the-hub")
    thread.start()
    thread.join(ANSWER_SECONDS)
    if not outcome:
        raise refusal(model, failure[0]) from failure[0]
    return outcome[0]


def refusal(model: str, error: Exception) -> EngineUnavailable:
    """A sentence for what the hub's client raised."""
    from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled, RepositoryNotFoundError

    logger.info("the weights of %s could not be had: %s", model, type(error).__name__)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, OfflineModeIsEnabled):
        return offline_refusal(model)
    if isinstance(error, GatedRepoError):
        template = N_("The model {model} asks for consent: accept its terms on the hub and set HF_TOKEN.")
    elif isinstance(error, RepositoryNotFoundError) or status in (401, 403, 404):
        template = N_("The hub has no model {model} for you: check its name, and HF_TOKEN if it is private.")
    elif status == 429:
        template = N_(
            "The hub has had too many requests and asks for a pause before it gives {model}. What came so "
            "far is kept; try again in a few minutes."
        )
    elif status is not None:
        template = N_("The hub could not serve the model {model} just now. Try again later.")
    else:
        template = N_(
            "The weights of {model} are not on this machine and the hub cannot be reached. Connect to the "
            "network, name a local folder in their place, or use the lite engine."
        )
    return EngineUnavailable(template, model=model)


def offline_refusal(model: str) -> EngineUnavailable:
    return EngineUnavailable(
        N_(
            "The weights of {model} are not on this machine, and HF_HUB_OFFLINE is set, so nothing is asked "
            "of the network. Unset it, name a local folder in their place, or use the lite engine."
        ),
        model=model,
    )


def token() -> str | None:
    """The secret itself, for the hub's client only. None: whatever the client's own login keeps."""
    secret = get_settings().hf_token
    return (secret.get_secret_value() or None) if secret else None
