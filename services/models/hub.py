"""The full engine's models, each loaded once a process however many parts use it.

A model is named by a hub id ("openai/clip-vit-base-patch32") or by a local folder in its place. Nothing
is loaded here: the wrappers load at first use.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from services.models.device import AUTO
from services.settings import get_settings

if TYPE_CHECKING:
    from services.models.blip2 import Blip2
    from services.models.clip import Clip
    from services.models.pretrained import Pretrained

Model = TypeVar("Model", bound="Pretrained")

_shared: dict[tuple[str, ...], Pretrained] = {}
_lock = threading.Lock()


def load_clip(model: str | None = None, device: str = AUTO, dtype: str = AUTO) -> Clip:
    """The CLIP `model`; None and "auto" stand for what the settings say. The same object each time."""
    from services.models.clip import Clip

    return _one(Clip, model or get_settings().clip_model, device, dtype)


def load_blip2(model: str | None = None, device: str = AUTO, dtype: str = AUTO) -> Blip2:
    """The BLIP-2 `model`, as `load_clip`."""
    from services.models.blip2 import Blip2

    return _one(Blip2, model or get_settings().caption_model, device, dtype)


def free_models() -> None:
    """Give back the memory of all of them; the next use loads again."""
    with _lock:
        models = list(_shared.values())
    for model in models:
        model.free()


def _one(kind: type[Model], model: str, device: str, dtype: str) -> Model:
    settings = get_settings()
    device = settings.device if device == AUTO else device
    dtype = settings.dtype if dtype == AUTO else dtype
    with _lock:
        found = _shared.setdefault((kind.__name__, model, device, dtype), kind(model, device, dtype))
    if not isinstance(found, kind):
        raise TypeError(f"{type(found).__name__} is not {kind.__name__}")
    return found
