"""What can be wrong with a database as a whole. The services put these into sentences."""

from __future__ import annotations


class SchemaTooNew(Exception):
    """The database was written by a newer version of the studio; this one would damage it."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__(f"the database has revision {revision}, which this version does not know")


class MigrationFailed(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""
