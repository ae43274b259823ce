"""The lite engine's models, one of each per process: every lite part shares the same load."""

from __future__ import annotations

import threading
from functools import lru_cache

from services.models.conse import ConseSpace
from services.models.imagenet import ImageNetClassifier
from services.models.minilm import TextEmbedder
from services.settings import get_settings


@lru_cache(maxsize=1)
def text_embedder() -> TextEmbedder:
    return TextEmbedder(threads=get_settings().threads)


@lru_cache(maxsize=1)
def classifier() -> ImageNetClassifier:
    return ImageNetClassifier(threads=get_settings().threads)


@lru_cache(maxsize=1)
def conse_space() -> ConseSpace:
    return ConseSpace(text_embedder(), classifier(), get_settings().home / "cache")


def free() -> None:
    """Give the memory of the weights back; the next use loads them again."""
    text_embedder().free()
    classifier().free()


def warm_up() -> threading.Thread:
    """Import and load everything in the background, so that the first run does not wait for it.

    Returns the started daemon thread. A failure there is met again, with its sentence, at first use.
    """
    thread = threading.Thread(target=conse_space().load, name="warm-up", daemon=True)
    thread.start()
    return thread
