"""Which files a library knows already, in 16 bytes an item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

_PIECE = 20_000


class Seen:
    """Half a hash of each file, and of each web address. "No" is certain; "yes" is to be confirmed."""

    def __init__(self, origins: Iterable[tuple[str, str | None]] = ()) -> None:
        """`origins`: (SHA-256 of a file as it came, where it is from)."""
        files, addresses, rows = [_sorted([])], [_sorted([])], iter(origins)
        while piece := list(islice(rows, _PIECE)):
            files.append(_sorted([int(sha256[:16], 16) for sha256, _ in piece]))
            addresses.append(_sorted([_half(url) for _, url in piece if url]))
        self._files = np.sort(np.concatenate(files))
        self._addresses = np.sort(np.concatenate(addresses))

    def has_file(self, sha256: str) -> bool:
        return _holds(self._files, int(sha256[:16], 16))

    def has_address(self, url: str) -> bool:
        return bool(url) and _holds(self._addresses, _half(url))


def _half(url: str) -> int:
    return int.from_bytes(hashlib.sha256(url.encode()).digest()[:8], "big")


def _sorted(numbers: list[int]) -> NDArray[np.uint64]:
    return np.sort(np.array(numbers, np.uint64))


def _holds(numbers: NDArray[np.uint64], number: int) -> bool:
    place = int(np.searchsorted(numbers, np.uint64(number)))
    return place < len(numbers) and int(numbers[place]) == number
