"""Every failure a person may see, as one small tree.

    StudioError
    ├── InvalidInput        the request itself cannot be served; the person can change it
    │   ├── ImageRejected   one picture is unreadable, unsafe or too large
    │   └── LimitReached    a limit of this studio; the sentence names it and the way out
    ├── NotFound            no such session, library, campaign ...
    ├── Conflict            the thing changed or exists already
    ├── EngineUnavailable   an engine part is not ready here (weights, key, package)
    ├── NotAllowed          the person's role does not cover it
    ├── Cancelled           a person asked to stop; what is finished stays
    └── StorageError        disk or database refused
        └── Unavailable     the database or image store does not answer; it may in a moment

A library's own errors are translated into these where they enter, with `raise ... from error`.
Each carries a `Message`: what happened, what is safe, what to do.
"""

from __future__ import annotations

from services.messages import Message, Value


class StudioError(Exception):
    """Base of all failures with a sentence for the user. `exit_code` is what the CLI returns."""

    exit_code = 1

    def __init__(self, template: str, **values: Value) -> None:
        self.message = Message(template, values)
        super().__init__(str(self.message))


class InvalidInput(StudioError):
    """The request cannot be served as it stands; the sentence says what to change."""

    exit_code = 2


class ImageRejected(InvalidInput):
    """One picture cannot be used. The rest of its batch goes on."""


class LimitReached(InvalidInput):
    """A limit that keeps the studio alive for everybody; nothing was written."""


class NotFound(InvalidInput):
    """There is nothing under that id or name."""


class Conflict(InvalidInput):
    """The name is taken, or the thing was changed by someone else meanwhile."""


class EngineUnavailable(StudioError):
    """An engine part cannot run here; the sentence says what is missing and how to get it."""

    exit_code = 2


class NotAllowed(StudioError):
    """The person who acts may not do this; nothing was changed."""

    exit_code = 3


class Cancelled(StudioError):
    """Stopped on request between two steps. Finished work is kept."""


class StorageError(StudioError):
    """The disk or the database refused; nothing half-written is visible."""


class Unavailable(StorageError):
    """The database or the image store does not answer at all. What was asked for can be asked again."""
