"""SQLite's write-ahead log is copied back into the database here, and nowhere else.

SQLite 3.7.0 to 3.51.2 has a rare race, the WAL-reset bug (sqlite.org/wal.html#walresetbug). A checkpoint
that finds the whole log copied already, while another connection commits and begins the log anew, may
note the old log's length for the new one; a later checkpoint then leaves pages out, and the database is
damaged. So it takes a checkpoint beside a commit, and not two checkpoints: keeping checkpoints apart from
each other does not remove it, keeping them apart from writers does.

- `checkpoint` holds the write lock (BEGIN IMMEDIATE) on one connection while another one copies. The log
  is begun anew by a writer alone, under that lock, in whichever process it is.
- No connection checkpoints by itself: `wal_autocheckpoint` is 0 on all (db/engine.py).
- Closing the last connection checkpoints under SQLite's own exclusive lock on the database file, which is
  refused while anybody else has it open and keeps everybody out meanwhile: no commit can be beside it.
"""

from __future__ import annotations

from db.engine import Engines


def checkpoint(engines: Engines) -> tuple[int, int]:
    """Copy the log back; (pages in the log, pages copied). Writers wait for it, readers do not notice.

    Readers of an older snapshot keep the rest in the log until the next time. No-op elsewhere: (0, 0).
    """
    if engines.write.dialect.name != "sqlite":
        return 0, 0
    with engines.write.begin():
        raw = engines.read.raw_connection()
        try:
            cursor = raw.cursor()
            _busy, in_log, copied = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            cursor.close()
            return int(in_log), int(copied)
        finally:
            raw.close()
