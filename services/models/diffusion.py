"""A diffusers pipeline in its folder: each component found, placed and loaded at first use, once.

Components are loaded one by one, because runs need different ones: indexing a library takes the image
encoder, a search the text encoder, and only conditioning takes the prior, the largest. Pipelines are
built around them (`KandinskyPriorPipeline(prior=..., ...)`), so that several share one set of weights.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.domain import ModelRef
from services.errors import StudioError
from services.models.device import AUTO, Placement, give_back, place
from services.models.hub_files import local_folder, locate, reference
from services.models.layout import weight_files
from services.models.memory import free_bytes
from services.models.minilm import without_progress_bar
from services.models.pretrained import refusal
from services.settings import get_settings

logger = logging.getLogger(__name__)

_ROOM = 1.3
"""Working memory beside the weights, as a factor: below that they take turns on the accelerator."""


@dataclass
class Components:
    """What is loaded of one pipeline. Only to be used while `DiffusionModel.opened` is held.

    `short` is True where the accelerator cannot hold all weights at once: components then stay in the
    processor's memory, and `on_device` moves one over while it is needed.
    """

    model: str
    folder: Path
    placement: Placement
    classes: Mapping[str, str]
    short: bool = False
    _loaded: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The component `name`, loaded if it is not yet; a network is frozen, on the device unless `short`.

        Raises EngineUnavailable for files that are missing, damaged or of another kind.
        """
        if name not in self._loaded:
            try:
                with without_progress_bar():
                    self._loaded[name] = self._load(name)
            except StudioError:
                raise
            except Exception as error:
                logger.warning("loading %s of %s failed", name, self.model, exc_info=error)
                raise refusal(self.model, error) from error
        return self._loaded[name]

    @contextmanager
    def on_device(self, name: str) -> Iterator[Any]:
        """The network `name` where it computes; taken back afterwards where memory is short."""
        network = self.get(name)
        if not self.short:
            yield network
            return
        try:
            yield network.to(self.placement.device)
        finally:
            network.to("cpu")

    def _load(self, name: str) -> Any:
        module, _, attribute = self.classes[name].rpartition(".")
        kind = getattr(importlib.import_module(module), attribute)
        place_of = self.folder / name
        if not place_of.is_dir():
            raise ValueError(f"{self.folder} has no {name}")
        if not weight_files(place_of):
            return kind.from_pretrained(place_of, local_files_only=True)
        network = kind.from_pretrained(place_of, local_files_only=True, dtype=self.placement.torch_dtype)
        network.eval().requires_grad_(False)
        return network if self.short else network.to(self.placement.device)


class DiffusionModel:
    """One pipeline folder by hub id or local path. Safe to share between threads: one user at a time."""

    def __init__(self, model: str, classes: Mapping[str, str], device: str = AUTO, dtype: str = AUTO) -> None:
        """`classes` names the class of each component, "diffusers.PriorTransformer"."""
        self.model = model
        self._classes = dict(classes)
        self._asked = (device, dtype)
        self._components: Components | None = None
        self._lock = threading.RLock()

    def ref(self, part: str) -> ModelRef:
        """Id and revision, as the maker of `part`. Asks no network; revision "" without a local copy."""
        return reference(part, self.model)

    def config(self, component: str) -> dict[str, Any]:
        """config.json of a component of the local copy, {} without one. Imports nothing heavy."""
        folder = local_folder(self.model)
        path = folder / component / "config.json" if folder else None
        if path is None or not path.is_file():
            return {}
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    @contextmanager
    def opened(self) -> Iterator[Components]:
        """The components for this caller alone; each is loaded when it is asked for.

        Raises EngineUnavailable when the files are not here and cannot be had.
        """
        with self._lock:
            if self._components is None:
                self._components = self._open()
            yield self._components

    def free(self) -> None:
        """Give the memory back, the accelerator's too; the next use loads again."""
        with self._lock:
            if self._components is None:
                return
            placement = self._components.placement
            self._components = None
            give_back(placement)

    def _open(self) -> Components:
        placement = place(*self._asked)
        folder = locate(self.model)
        short = _is_short(folder, self._classes, placement)
        return Components(self.model, folder, placement, self._classes, short)


_shared: dict[tuple[str, ...], DiffusionModel] = {}
_shared_lock = threading.Lock()


def load_diffusion(model: str, classes: Mapping[str, str]) -> DiffusionModel:
    """The process's one object for `model` on the settings' device. Loads nothing."""
    settings = get_settings()
    key = (model, settings.device, settings.dtype, *sorted(classes))
    with _shared_lock:
        if key not in _shared:
            _shared[key] = DiffusionModel(model, classes, settings.device, settings.dtype)
        return _shared[key]


def free_diffusion() -> None:
    """Give back the memory of all of them; the next use loads again."""
    with _shared_lock:
        models = list(_shared.values())
    for model in models:
        model.free()


def weight_bytes(folder: Path, components: Mapping[str, str]) -> int:
    """Bytes of the weight files of these components on disk, each in one format."""
    return sum(path.stat().st_size for name in components for path in weight_files(folder / name))


def _is_short(folder: Path, classes: Mapping[str, str], placement: Placement) -> bool:
    """Would all the weights, in the placement's format, fill the accelerator? False on the processor."""
    if not placement.device.startswith("cuda"):
        return False
    halves = placement.dtype != "float32"  # files hold float32, as published
    return weight_bytes(folder, classes) / (2 if halves else 1) * _ROOM > free_bytes(placement.device)
