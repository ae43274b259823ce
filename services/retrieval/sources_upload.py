"""Files that were uploaded through the browser; a ZIP among them is opened as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from services.errors import InvalidInput
from services.messages import N_
from services.retrieval.sources import HEAD_BYTES, Entry, Listing, SourceFile, listing_of
from services.retrieval.sources_zip import ZipSource
from services.storage.intake import Rejected
from services.storage.kinds import kind_of
from services.storage.names import display_name


class UploadSource:
    """`files` are (name, bytes) pairs. Names are shown, never used as paths."""

    def __init__(self, files: Sequence[tuple[str, bytes]]) -> None:
        self._files = files

    @property
    def title(self) -> str:
        return display_name(self._files[0][0]) if len(self._files) == 1 else f"{len(self._files)} files"

    @contextmanager
    def open(self) -> Iterator[Listing]:
        if not self._files:
            raise InvalidInput(N_("No file was uploaded. Add PNG, JPEG or WEBP files, or a ZIP of them."))
        archives = [(name, data) for name, data in self._files if kind_of(data) == "ZIP"]
        loose = [_entry(name, data) for name, data in self._files if kind_of(data) != "ZIP"]
        rejected: list[Rejected] = []
        with ExitStack() as stack:
            listing = listing_of(loose, rejected, chosen=True)
            files = list(listing.files)
            for name, data in archives:
                files += self._inside(display_name(name), data, rejected, stack)
            yield Listing(files, rejected)

    def _inside(self, name: str, data: bytes, rejected: list[Rejected], stack: ExitStack) -> list[SourceFile]:
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


def _entry(name: str, data: bytes) -> Entry:
    return Entry(display_name(name), lambda: data, lambda: data[:HEAD_BYTES])
