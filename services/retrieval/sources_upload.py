"""Files that were uploaded through the browser; a ZIP among them is opened as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from services.errors import InvalidInput
from services.messages import N_
from services.retrieval.sources import HEAD_BYTES, Entry, Listing, SourceFile, listing_of
from services.retrieval.sources_folder import read_file, read_head
from services.retrieval.sources_zip import ZipSource
from services.storage.intake import Rejected
from services.storage.kinds import kind_of
from services.storage.names import display_name


class UploadSource:
    """`files` are pairs of a name and its bytes, or where they lie. Names are shown, never used as paths."""

    def __init__(self, files: Sequence[tuple[str, bytes | Path]]) -> None:
        self._files = files

    @property
    def title(self) -> str:
        return display_name(self._files[0][0]) if len(self._files) == 1 else f"{len(self._files)} files"

    @contextmanager
    def open(self) -> Iterator[Listing]:
        if not self._files:
            raise InvalidInput(N_("No file was uploaded. Add PNG, JPEG or WEBP files, or a ZIP of them."))
        archives = [(name, data) for name, data in self._files if _is_zip(data)]
        loose = [_entry(name, data) for name, data in self._files if not _is_zip(data)]
        rejected: list[Rejected] = []
        with ExitStack() as stack:
            listing = listing_of(loose, rejected, chosen=True)
            files = list(listing.files)
            for name, data in archives:
                files += self._inside(display_name(name), data, rejected, stack)
            yield Listing(files, rejected)

    def _inside(
        self, name: str, data: bytes | Path, rejected: list[Rejected], stack: ExitStack
    ) -> list[SourceFile]:
        """A ZIP that cannot be opened refuses the upload when it is all of it, else it is listed."""
        try:
            inner = stack.enter_context(ZipSource(data, name).open())
        except InvalidInput as error:
            if len(self._files) == 1:
                raise
            rejected.append(Rejected(name, error.message))
            return []
        rejected += inner.rejected
        return list(inner.files)


def _is_zip(data: bytes | Path) -> bool:
    head = data[:HEAD_BYTES] if isinstance(data, bytes) else read_head(str(data), "upload")
    return kind_of(head) == "ZIP"


def _entry(name: str, data: bytes | Path) -> Entry:
    """A file of the inbox is read when its turn comes: a thousand uploads need no memory at once."""
    shown = display_name(name)
    if isinstance(data, bytes):
        return Entry(shown, lambda: data, lambda: data[:HEAD_BYTES])
    return Entry(shown, partial(read_file, str(data), shown), partial(read_head, str(data), shown))
