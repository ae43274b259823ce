"""The full engine on tiny models: a hub that serves them under the real ids, and a chat server beside it.

Everything else is the product: download, loading, planning, retrieval, conditioning, decoding, scoring.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.choices import FULL
from services.models.registry import needs
from services.settings import Settings, get_settings
from tests.chat_server import ChatServer, plan_json
from tests.hub_server import Hub, hub_server
from tests.integration.test_aim_full_models import save_tiny_sentences
from tests.kandinsky_decoders import save_tiny_decoder
from tests.kandinsky_models import DIMS, save_tiny_prior
from tests.tiny_models import save_tiny_blip2, save_tiny_clip

FAMILY = "kandinsky22"


def save_published(folder: Path) -> dict[str, Path]:
    """Tiny models of every class that the full engine takes, by the hub id that the settings name."""
    made = {
        "kandinsky22_prior_model": save_tiny_prior(folder / "prior", FAMILY),
        "kandinsky22_model": save_tiny_decoder(folder / "decoder", FAMILY, DIMS[FAMILY]),
        "clip_model": save_tiny_clip(folder / "clip"),
        "caption_model": save_tiny_blip2(folder / "blip2"),
        "topic_model": save_tiny_sentences(folder / "sentences"),
    }
    assert set(made) == {card.setting for card in needs(FULL) if card.setting}
    return {str(Settings.model_fields[setting].default): path for setting, path in made.items()}


@contextmanager
def full_engine(
    published: dict[str, Path], cache: Path, patch: pytest.MonkeyPatch
) -> Iterator[tuple[Hub, ChatServer]]:
    """An empty cache, a hub with `published`, and a chat model that plans; settings as on a new machine."""
    few = {"AIM_STUDIO_DEVICE": "cpu", "AIM_STUDIO_DTYPE": "float32", "AIM_STUDIO_DIFFUSION_SIDE": "64"}
    with hub_server(published) as hub, ChatServer() as chat:
        chat.say(plan_json())
        patch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        for name, value in {**few, "AIM_STUDIO_LLM_BASE_URL": chat.url}.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        yield hub, chat


def save_pictures(folder: Path, count: int = 6) -> Path:
    """Pictures for a library, all different."""
    folder.mkdir()
    random = np.random.default_rng(5)
    for number in range(count):
        blocks = random.integers(0, 256, (5, 5, 3), np.uint8)
        image = Image.fromarray(blocks).resize((96, 72), Image.Resampling.BICUBIC)
        image.save(folder / f"picture {number}.png")
    return folder
