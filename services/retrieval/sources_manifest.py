"""A table that says which pictures to add, by paths beside it or by web addresses, and all about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from services.errors import InvalidInput
from services.messages import N_
from services.retrieval.about import is_web_address
from services.retrieval.captions import Row, read_table, refused_row
from services.retrieval.sources import Listing, SourceFile
from services.retrieval.sources_folder import read_file
from services.retrieval.web_pictures import web_files
from services.storage.intake import Rejected
from services.storage.names import display_path, shown_path

SUFFIXES = (".csv", ".json", ".jsonl")

MANIFEST_BYTES = 256 * 2**20
"""About a million rows; a larger table is no list of pictures."""


class ManifestSource:
    """`path` is of this machine. Files are only read inside the folder that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.suffix.lower() not in SUFFIXES:
            raise InvalidInput(
                N_("{path} is no manifest. Choose a .csv, .json or .jsonl file with a column named file."),
                path=shown_path(str(path)),
            )

    @property
    def title(self) -> str:
        return shown_path(str(self._path))

    @contextmanager
    def open(self) -> Iterator[Listing]:
        table = read_table(self._path.name, self._bytes())
        root, name = self._path.parent.resolve(), display_path(self._path.name)
        rejected, files, web = list(table.rejected), list[SourceFile](), list[Row]()
        seen: set[str] = set()
        for row in table.rows:
            if row.file in seen:
                continue
            seen.add(row.file)
            if is_web_address(row.file):
                web.append(row)
            elif isinstance(found := _beside(root, name, row), Rejected):
                rejected.append(found)
            else:
                files.append(found)
        files += web_files(name, web, rejected)
        yield Listing(files, rejected)

    def _bytes(self) -> bytes:
        try:
            if not self._path.is_file():
                raise FileNotFoundError
            with self._path.open("rb") as file:
                data = file.read(MANIFEST_BYTES + 1)
        except (OSError, ValueError) as error:
            raise InvalidInput(
                N_("The manifest {path} cannot be read. Check the path and its permissions."), path=self.title
            ) from error
        if len(data) > MANIFEST_BYTES:
            raise InvalidInput(
                N_("The manifest {path} is larger than {limit} MB. Split it."),
                path=self.title,
                limit=MANIFEST_BYTES // 2**20,
            )
        return data


def _beside(root: Path, name: str, row: Row) -> SourceFile | Rejected:
    """The file that `row` names, inside `root` whatever links and dots say; else why not."""
    inside = PurePosixPath(row.file)
    if inside.is_absolute() or ".." in inside.parts or ":" in row.file or "\0" in row.file:
        return refused_row(name, row.line, _OUTSIDE)
    try:
        target = (root / inside).resolve()
        if not target.is_relative_to(root):
            return refused_row(name, row.line, _OUTSIDE)
        if not target.is_file():
            return refused_row(name, row.line, _MISSING, missing=display_path(row.file))
    except (OSError, RuntimeError, ValueError):
        return refused_row(name, row.line, _MISSING, missing=display_path(row.file))
    shown = inside.as_posix()
    return SourceFile(display_path(shown), partial(read_file, str(target), shown), row.about)


_OUTSIDE = N_(
    "{file}, line {line}: this row was left out; its file is not inside the manifest's folder. Use a path "
    "that begins there."
)
_MISSING = N_("{file}, line {line}: there is no file {missing}. Check the path, from the manifest on.")
