"""Big libraries through Ray Data: many encoders read, one writer saves.

The step's own worker asks for the vectors and saves them as it always does, so that a batch is saved
whole, stopping keeps what is saved, and the next attempt encodes what is missing. Encoders get keys of
pictures, not pixels, and read the store themselves.

A dataset row is one batch of the single process: the same pictures go through the model together, and
come out as the same vectors.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from db.tables import Item, ItemVector
from services.errors import StudioError
from services.parts import Encoder
from services.ray import config as pool_config
from services.ray.actors import GPU
from services.ray.config import PoolConfig
from services.ray.connection import the_ray
from services.retrieval.encoding import Batches, Rows, encode_elsewhere, vectors_of

log = logging.getLogger(__name__)

LEND_SECONDS = 60.0
"""For the supervisor to make room: idle workers leave at once."""

_FIELDS = ("id", "library_id", "sha256", "caption", "file_name")


class Encoding:
    """One encoder of Ray Data: loads its model once, then takes batch after batch."""

    def __init__(self, config: PoolConfig, space: str, device: str) -> None:
        pool_config.adopt(config, device)
        self._space = space
        self._encoder: Encoder = pool_config.load(config.encoders)(space)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        rows = [row for text in batch["items"] for row in self._rows(str(text))]
        return {
            "item": np.array([row.item_id for row in rows], np.int64),
            "library": np.array([row.library_id for row in rows], np.int64),
            "image": _column([row.image for row in rows]),
            "caption": _column([row.caption or b"" for row in rows]),
        }

    def _rows(self, text: str) -> list[ItemVector]:
        items = [Item(**dict(zip(_FIELDS, values, strict=True))) for values in json.loads(text)]
        return vectors_of(items, self._encoder, self._space)


def encode_in_pool(config: PoolConfig, place: str) -> None:
    """From now on this process has big libraries encoded by the pool that `place` is a part of."""
    encode_elsewhere(partial(_encode, config, place))


def _encode(config: PoolConfig, place: str, batches: Batches, _encoder: Encoder, space: str) -> Rows | None:
    """None: too few pictures, or no room in the cluster beside this worker."""
    if sum(len(batch) for batch in batches) < config.embed_from:
        return None
    room = _Room(config, place, len(batches))
    if room.encoders == 0:
        log.info("no room for more encoders: the pictures are read here")
        room.give_back()
        return None
    log.info("%d batches go to %d encoder(s) of Ray Data", len(batches), room.encoders)
    return _through_ray_data(config, room, batches, space)


class _Room:
    """Places for encoders: what is free in the cluster, and what idle workers lend."""

    def __init__(self, config: PoolConfig, place: str, most: int) -> None:
        self._ray, self._place = the_ray(), place
        self.on_gpu = place.startswith(GPU)
        claim, name = (config.gpus, "GPU") if self.on_gpu else (config.cpus, "CPU")
        free = int(self._ray.available_resources().get(name, 0.0) // claim)
        self.claims = {"num_gpus": claim, "num_cpus": 0} if self.on_gpu else {"num_cpus": claim}
        self._supervisor = self._find(config)
        lent = self._borrow(most - free) if free < most else 0
        self.encoders = min(most, free + lent)

    def give_back(self) -> None:
        if self._supervisor is not None:
            self._supervisor.give_back.remote(self._place)

    def _find(self, config: PoolConfig) -> Any | None:
        from services.ray.supervisor import NAME

        try:
            return self._ray.get_actor(NAME, namespace=config.namespace)
        except ValueError:
            return None

    def _borrow(self, count: int) -> int:
        if self._supervisor is None:
            return 0
        try:
            return int(self._ray.get(self._supervisor.lend.remote(self._place, count), timeout=LEND_SECONDS))
        except self._ray.exceptions.RayError:
            log.warning("the supervisor lends no place now", exc_info=True)
            return 0


def _through_ray_data(config: PoolConfig, room: _Room, batches: Batches, space: str) -> Rows:
    ray = the_ray()
    data: Any = import_module("ray.data")
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    rows = [{"items": json.dumps([_values(item) for item in batch])} for batch in batches]
    encoded = data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        Encoding,
        batch_size=1,
        compute=data.ActorPoolStrategy(size=room.encoders),
        fn_constructor_args=(config, space, "auto" if room.on_gpu else ""),
        **room.claims,
    )
    try:
        for batch in encoded.iter_batches(batch_size=None, prefetch_batches=0):
            yield _saved(batch, space)
    except ray.exceptions.RayError as error:
        raise _cause(error) from error
    finally:
        room.give_back()


def _saved(batch: Mapping[str, Any], space: str) -> list[ItemVector]:
    columns = zip(batch["item"], batch["library"], batch["image"], batch["caption"], strict=True)
    return [
        ItemVector(
            item_id=int(item),
            library_id=int(library),
            encoder=space,
            version=0,
            image=bytes(image),
            caption=bytes(caption) or None,
        )
        for item, library, image, caption in columns
    ]


def _values(item: Item) -> list[Any]:
    return [getattr(item, name) for name in _FIELDS]


def _column(values: Sequence[bytes]) -> Any:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _cause(error: BaseException) -> BaseException:
    """The studio's own sentence, where an encoder had one to say."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, StudioError):
            return cause
        cause = getattr(cause, "cause", None) or cause.__cause__
    return error
