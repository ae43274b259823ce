"""One file from the hub to the disk: in pieces, gone on with after an interruption, checked at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from services.errors import EngineUnavailable, StudioError
from services.messages import N_
from services.models.hub_cache import HubCache, digest_of
from services.models.hub_client import RemoteFile, refusal, token
from services.storage.files import disk_errors

if TYPE_CHECKING:
    from httpx2 import Response

log = logging.getLogger(__name__)

PIECE = 2**20
"""Bytes between two looks at whether to stop."""

CONNECT_SECONDS = 6.0
READ_SECONDS = 10.0
"""Without a byte for so long the connection counts as lost."""

TRIES = 5
"""In a row without a single byte; any progress starts the count anew."""

LONGEST_PAUSE = 30.0
"""The hub may ask for a longer pause (429): then the download stops, and says so."""

Tick = Callable[[int], None]
"""Called with bytes that arrived (negative: thrown away), and with 0 while waiting. May raise to stop."""


class Damaged(EngineUnavailable):
    """What arrived is not what the hub announced."""


def fetch(model: str, commit: str, file: RemoteFile, tick: Tick) -> None:
    """Have the blob of `file` in the cache, whole and checked. What arrives is kept whatever happens.

    Raises EngineUnavailable with a sentence, StorageError when the disk refuses, and what `tick` raises.
    """
    cache = HubCache(model)
    blob, partial = cache.blob(file), cache.partial(file)
    if blob.is_file() and blob.stat().st_size == file.size:
        return
    with disk_errors(partial):
        blob.parent.mkdir(parents=True, exist_ok=True)
    for attempt in (1, 2):  # a file that was damaged on the way is fetched once more from its start
        _complete(model, commit, file, partial, tick)
        if digest_of(partial, file.digest, lambda count: tick(0)) == file.digest:
            break
        log.warning("%s of %s arrived damaged (attempt %d)", file.path, model, attempt)
        partial.unlink(missing_ok=True)
        tick(-file.size)
    else:
        raise Damaged(
            N_("{file} of {model} arrived damaged twice. Nothing of it was kept; try again later."),
            file=file.path,
            model=model,
        )
    with disk_errors(blob):
        partial.replace(blob)


def _complete(model: str, commit: str, file: RemoteFile, partial: Path, tick: Tick) -> None:
    """Bring `partial` to the size of `file`, over as many connections as it takes."""
    import httpx2

    tries = 0
    with disk_errors(partial):
        partial.touch()
    while (have := partial.stat().st_size) != file.size:
        if have > file.size:  # not ours: a part of something else
            partial.unlink()
            partial.touch()
            continue
        try:
            _stream(model, commit, file, partial, tick)
        except httpx2.TransportError as error:
            tries = 0 if partial.stat().st_size > have else tries + 1
            if tries >= TRIES:
                raise _lost(model, error) from error
            log.info("the connection was lost at byte %d of %s: %s", have, file.path, type(error).__name__)
            _pause(min(2.0**tries / 2, LONGEST_PAUSE), tick)
        except httpx2.HTTPStatusError as error:
            tries += 1
            pause = _asked_pause(error.response, tries)
            if tries >= TRIES or pause is None or pause > LONGEST_PAUSE:
                raise refusal(model, error) from error
            _pause(pause, tick)


def _stream(model: str, commit: str, file: RemoteFile, partial: Path, tick: Tick) -> None:
    """One connection: from where `partial` ends until the end, or until it breaks."""
    import httpx2
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    have = partial.stat().st_size
    headers = build_hf_headers(token=token(), library_name="aim-studio")
    headers["Accept-Encoding"] = "identity"  # bytes as they are stored, so that they can be counted
    if have:
        headers["Range"] = f"bytes={have}-"
    url = f"{constants.ENDPOINT}/{model}/resolve/{commit}/{quote(file.path)}"
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with get_session().stream("GET", url, headers=headers, timeout=timeout) as answer:
        answer.raise_for_status()
        with disk_errors(partial), partial.open("ab") as handle:
            if have and answer.status_code != httpx2.codes.PARTIAL_CONTENT:
                handle.truncate(0)  # this server starts over
                tick(-have)
            for piece in answer.iter_bytes(PIECE):
                handle.write(piece)
                tick(len(piece))


def _asked_pause(answer: Response, tries: int) -> float | None:
    """Seconds to wait before another try; None: this refusal will not change."""
    if answer.status_code == 429 or answer.status_code >= 500:
        try:
            return max(0.0, float(answer.headers.get("Retry-After", "")))
        except ValueError:
            return 2.0**tries / 2
    return None


def _pause(seconds: float, tick: Tick) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        tick(0)
        time.sleep(min(0.2, left))


def _lost(model: str, error: Exception) -> StudioError:
    log.warning("the download of %s stopped", model, exc_info=error)
    return EngineUnavailable(
        N_(
            "The connection to the hub was lost while {model} was on its way. What came so far is kept; "
            "resume the download when the network is back."
        ),
        model=model,
    )
