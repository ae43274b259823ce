"""A legacy index and its list of names, put together: which name belongs to which vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from services.errors import InvalidInput
from services.limits import LEGACY_LIST_BYTES
from services.messages import N_
from services.parts import Vectors
from services.retrieval.legacy.flat_index import FlatIndex, read_flat_index
from services.retrieval.legacy.path_list import PathList, read_path_list
from services.storage.files import disk_errors
from services.storage.names import display_name, display_path


@dataclass(frozen=True, slots=True)
class LegacyPair:
    """`names[i]` is the file of `vectors[i]`, as a path inside the folder that all of them share."""

    kind: str
    vectors: Vectors
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])


def open_pair(index: Path, names: Path, index_name: str = "", names_name: str = "") -> LegacyPair:
    """Read both files. Raises InvalidInput with a sentence when they cannot be, or do not agree."""
    for path in (index, names):
        if not path.is_file():
            raise InvalidInput(
                N_("{file} cannot be read: {why}. Check the path."), file=str(path), why="no such file"
            )
    flat = read_flat_index(index, index_name or index.name)
    with disk_errors(names), names.open("rb") as file:
        data = file.read(LEGACY_LIST_BYTES + 1)
    return pair_up(flat, read_path_list(data, names_name or names.name), index_name or index.name)


def pair_up(index: FlatIndex, listed: PathList, index_name: str) -> LegacyPair:
    """Raises InvalidInput when counts differ, or the index's ids do not say which name is whose."""
    if len(index) != len(listed):
        raise InvalidInput(
            N_(
                "{file} holds {vectors} vectors, and the list {names} names. They do not belong together. "
                "Nothing was imported."
            ),
            file=display_name(index_name), vectors=len(index), names=len(listed),
        )  # fmt: skip
    places = _places(index, listed)
    if places is None:
        raise InvalidInput(
            N_(
                "{file} numbers its vectors in a way that the list does not. Give the list as a CSV with the "
                "columns id and file. Nothing was imported."
            ),
            file=display_name(index_name),
        )
    return LegacyPair(index.kind, index.vectors, inside([listed.names[place] for place in places]))


def _places(index: FlatIndex, listed: PathList) -> Sequence[int] | None:
    """Per vector the place of its name in the list; None where that cannot be known."""
    rows = np.arange(len(index)) if index.ids is None else index.ids
    if listed.ids is not None:
        place_of = {number: place for place, number in enumerate(listed.ids)}
        places = [place_of.get(int(row), -1) for row in rows]
    else:  # numbered as programs count, from 0, or as people do
        places = (rows - (1 if int(rows.min()) == 1 else 0)).tolist()
    return places if sorted(places) == list(range(len(listed))) else None


def inside(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths fit to show, without the folders that all of them share ("/content/drive/MyDrive/...")."""
    shown = [display_path(path) for path in paths]
    folders = [PurePosixPath(path).parts[:-1] for path in shown]
    shared = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return tuple("/".join(PurePosixPath(path).parts[shared:]) for path in shown)
