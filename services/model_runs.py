"""Downloading models as runs: they outlive the page, and go on beside all other work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import InvalidInput
from services.jobs import queue
from services.jobs.queue import RunKind, RunState, RunView, StepSpec
from services.messages import N_
from services.models.downloads import download
from services.models.hub_cache import HubCache
from services.models.hub_client import is_offline, offline_refusal
from services.models.presence import look
from services.models.registry import ModelCard, model_card
from services.people import Role, require

if TYPE_CHECKING:
    from services.jobs.worker import StepContext


def start_download(key: str) -> str:
    """Download the model `key`, or go on with it; the run's id. A second click is the same run.

    Raises NotAllowed, InvalidInput for a model that comes with the studio or is read from a folder,
    EngineUnavailable where HF_HUB_OFFLINE forbids it.
    """
    require(Role.ADMIN)
    model = _on_the_hub(model_card(key))
    if is_offline():
        raise offline_refusal(model)
    payload = {"model": key}
    return queue.submit(RunKind.MODELS, payload=payload, steps=[StepSpec("download", payload)])


def pause(run_id: str) -> None:
    """Stop a download; what came so far is kept, and the next one goes on from there."""
    require(Role.ADMIN)
    queue.cancel(run_id)


def discard(key: str) -> int:
    """Throw away what a stopped download of `key` left half done; the bytes set free.

    Raises NotAllowed, InvalidInput while it is being downloaded.
    """
    require(Role.ADMIN)
    run = latest_runs().get(key)
    if run is not None and run.state in (RunState.QUEUED, RunState.RUNNING):
        raise InvalidInput(N_("This model is being downloaded. Pause it first."))
    return HubCache(_on_the_hub(model_card(key))).discard_partials()


def latest_runs() -> dict[str, RunView]:
    """Model key -> its newest download, whatever became of it."""
    found: dict[str, RunView] = {}
    for run in queue.recent(RunKind.MODELS):
        found.setdefault(str(run.payload.get("model", "")), run)
    return found


def download_step(context: StepContext) -> None:
    """The worker's step: the settings may have changed since it was asked for."""
    presence = look(model_card(str(context.payload["model"])))
    if presence.in_folder:
        return
    folder = download(presence.model, lambda here, total: context.progress(here / total if total else 1.0))
    context.set_result({"model": presence.card.key, "revision": folder.name[:12]})


def _on_the_hub(card: ModelCard) -> str:
    """The hub id of `card`. Raises InvalidInput where there is nothing to download."""
    presence = look(card)
    if card.built_in:
        raise InvalidInput(
            N_("{name} comes with the studio's packages. If it is missing, run make studio."), name=card.name
        )
    if presence.in_folder:
        raise InvalidInput(
            N_("{name} is read from a folder of this machine. Choose the hub in its place to download it."),
            name=card.name,
        )
    return presence.model
