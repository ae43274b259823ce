"""A full-engine model: found, placed and loaded at first use, once; one caller at a time.

Weights are frozen and in evaluation mode. Library errors on loading become sentences here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from services.aim.batches import is_out_of_memory
from services.domain import ModelRef
from services.errors import EngineUnavailable, StudioError
from services.messages import N_
from services.models.device import AUTO, Placement, give_back, place
from services.models.hub_files import locate, reference

logger = logging.getLogger(__name__)

_TOKENIZER_FILES = ("tokenizer.json", "vocab.json")
_PROCESSOR_FILES = ("processor_config.json", "preprocessor_config.json")


@dataclass(frozen=True, slots=True)
class Opened:
    """A loaded model with its processor. Only to be used while `Pretrained.opened` is held."""

    network: Any
    processor: Any
    placement: Placement


class Pretrained:
    """Base of the wrappers: say how to read the files in `_read`. Safe to share between threads."""

    part: ClassVar[str]
    needs: ClassVar[Sequence[Sequence[str]]] = (_TOKENIZER_FILES, _PROCESSOR_FILES)
    """Files that must be there, one of each group: without them libraries make up what is missing."""

    def __init__(self, model: str, device: str = AUTO, dtype: str = AUTO) -> None:
        self.model = model
        self._asked = (device, dtype)
        self._opened: Opened | None = None
        self._lock = threading.RLock()

    @property
    def ref(self) -> ModelRef:
        """Id and revision. Raises EngineUnavailable for a folder without a model."""
        return reference(self.part, self.model)

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """The model, loaded if it is not yet, for this caller alone. Raises EngineUnavailable."""
        with self._lock:
            if self._opened is None:
                self._opened = self._load()
            yield self._opened

    def load(self) -> None:
        """Load the weights now rather than at first use."""
        with self.opened():
            pass

    def free(self) -> None:
        """Give the memory back, the accelerator's too; the next use loads again."""
        with self._lock:
            if self._opened is None:
                return
            placement = self._opened.placement
            self._opened = None
            give_back(placement)

    def _load(self) -> Opened:
        placement = place(*self._asked)
        folder = locate(self.model)
        try:
            _check_whole(folder, self.needs)
            network, processor = self._read(folder, placement)
            network.to(placement.device).eval().requires_grad_(False)
        except StudioError:
            raise
        except Exception as error:
            logger.warning("loading %s failed", self.model, exc_info=error)
            raise refusal(self.model, error) from error
        return Opened(network, processor, placement)

    def _read(self, folder: Path, placement: Placement) -> tuple[Any, Any]:
        """(network, processor) from the files in `folder`, in `placement.torch_dtype`."""
        raise NotImplementedError


def _check_whole(folder: Path, needs: Sequence[Sequence[str]]) -> None:
    """Raises ValueError where a library would make up what is missing: an empty vocabulary, say."""
    for names in needs:
        if not any((folder / name).is_file() for name in names):
            raise ValueError(f"{folder} has none of {', '.join(names)}")


def refusal(model: str, error: Exception) -> EngineUnavailable:
    """A sentence for what a library raised while it loaded `model`."""
    if is_out_of_memory(error):
        return EngineUnavailable(
            N_("Memory is too short to load {model}: close other programs, or use the lite engine."),
            model=model,
        )
    return EngineUnavailable(
        N_("The model {model} could not be loaded: its files are damaged or of another kind."), model=model
    )
