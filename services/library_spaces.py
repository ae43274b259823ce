"""Which search models a library is prepared for. A missing index is built on request, never silently.

Asking loads no model and no index: it counts rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from db.repositories.libraries import LibraryRepository
from services.choices import ENCODERS
from services.database import read_session
from services.engines import get_encoder
from services.errors import EngineUnavailable
from services.parts import Encoder
from services.retrieval.refusals import BACKDROPS_LIBRARY
from services.retrieval.search import missing_vectors
from services.retrieval.vectors import encoder_key
from services.settings import get_settings


@dataclass(frozen=True, slots=True)
class Space:
    """A library in the space of one search model (a name of `choices.ENCODERS`).

    `missing` of its `total` pictures have no vector there yet. `default` marks the model that the library
    was first indexed with.
    """

    encoder: str
    missing: int
    total: int
    default: bool = False

    @property
    def ready(self) -> bool:
        return self.missing == 0

    @property
    def begun(self) -> bool:
        """Some of it is there: prepared and grown since, or stopped half-way."""
        return 0 < self.missing < self.total


def space_of_library(name: str, encoder: str) -> Space:
    """How the library `name` stands for the search model `encoder`.

    A library that is not there has nothing to prepare; the built-in one then counts what is to be drawn.
    """
    key = _key(get_encoder(encoder))
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        if library is not None:
            total = _count(library.id, library.created_at, library.version)
            missing = total if key is None else missing_vectors(library, key)
            return Space(encoder, missing, total, _is_own(library.encoder, key))
    if name == BACKDROPS_LIBRARY and encoder != "lite":  # lite draws and reads them in its first run
        from services.retrieval.backdrops import BACKDROPS

        return Space(encoder, len(BACKDROPS), len(BACKDROPS))
    return Space(encoder, 0, 0)


@lru_cache(maxsize=256)
def _count(library_id: int, _made: datetime, _version: int) -> int:
    """Items of a library, counted once for each version: pages ask for every search model."""
    with read_session() as session:
        return LibraryRepository(session).count(library_id)


def spaces_of_library(name: str) -> list[Space]:
    """One for each search model, in the order of `choices.ENCODERS`."""
    return [space_of_library(name, encoder) for encoder in ENCODERS]


def encoder_for(name: str) -> Encoder:
    """The search model for work on the library `name` where no session says which.

    That of the settings if the library is new or prepared for it, else the library's own.
    """
    asked = get_settings().engine_choice.encoder
    own = next((space.encoder for space in spaces_of_library(name) if space.default), asked)
    return get_encoder(asked if space_of_library(name, asked).ready else own)


def _is_own(own: str, key: str | None) -> bool:
    """An index that was imported before its model was here is kept under the model's bare name."""
    return key is not None and own in (key, key.partition("@")[0])


def _key(encoder: Encoder) -> str | None:
    """None for a model that is set to a folder without one: nothing can have been encoded with it."""
    try:
        return encoder_key(encoder.ref)
    except EngineUnavailable:
        return None
