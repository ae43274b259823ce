"""Photos that Unsplash finds for a search term. See `services.retrieval.unsplash`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from services.errors import EngineUnavailable, ImageRejected, InvalidInput
from services.messages import N_, Message
from services.retrieval.sources import Listing, SourceFile
from services.retrieval.unsplash import PER_PAGE, Photo, access_key, report_download, search
from services.retrieval.web_pictures import read_web
from services.storage.intake import Rejected
from services.storage.names import printable, shown_path

TERM_CHARS = 100
COUNT = (1, 1_000)
"""More than one search is worth: the thousandth photo hardly fits the words any more."""


class UnsplashSource:
    """The first `count` photos for `term`. Raises InvalidInput, EngineUnavailable without a key."""

    def __init__(self, term: str, count: int) -> None:
        self._term, self._count = printable(term), count
        if not self._term or len(self._term) > TERM_CHARS:
            raise InvalidInput(
                N_("Unsplash needs a search term of at most {limit} characters. Type what to look for."),
                limit=TERM_CHARS,
            )
        if not COUNT[0] <= count <= COUNT[1]:
            raise InvalidInput(
                N_("Between {least} and {most} photos can be added from Unsplash at once."),
                least=COUNT[0],
                most=COUNT[1],
            )
        access_key()

    @property
    def title(self) -> str:
        return f"Unsplash: {shown_path(self._term)}"

    @contextmanager
    def open(self) -> Iterator[Listing]:
        photos: dict[str, Photo] = {}
        rejected: list[Rejected] = []
        skipped, page, pages = 0, 1, 1
        while page <= pages and len(photos) < self._count:
            try:
                found = search(self._term, page, min(PER_PAGE, self._count))
            except InvalidInput as error:
                if not photos:
                    raise
                rejected.append(Rejected(self.title, error.message))
                break
            photos.update((photo.id, photo) for photo in found.photos)
            page, pages, skipped = page + 1, found.pages, skipped + found.skipped
        if skipped:
            template = N_("{count} photos of Unsplash's answer could not be used.")
            rejected.append(Rejected(self.title, Message(template, {"count": skipped})))
        yield Listing([_file(photo) for photo in list(photos.values())[: self._count]], rejected)


def _file(photo: Photo) -> SourceFile:
    name = f"unsplash-{photo.id}.jpg"
    return SourceFile(name, partial(_take, photo, name), photo.about, photo.page)


def _take(photo: Photo, name: str) -> bytes:
    """The photo's bytes, and the notice that it was taken: without the notice it is not kept."""
    data = read_web(photo.image)
    try:
        report_download(photo)
    except (InvalidInput, EngineUnavailable) as error:
        raise ImageRejected(
            N_("{name} was not added: Unsplash could not be told of the download. Add it again in an hour."),
            name=name,
        ) from error
    return data
