"""Put a backup in place: all is verified first, and the database changes in one transaction at the end.

Pictures and fonts go in before it: until a row names them nobody sees them. Killed at any moment, the studio
has its old state or the new one; what was added for nothing the sweep takes away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from db import copies, tables
from db.engine import open_migration_engine, take_turn
from db.migrate import HEAD, REVISIONS, alone, back_up, migrate, stored_revision, upgrade
from db.repositories.workers import WorkerRepository
from services import settings_store
from services.backup import archive
from services.backup.check import Contents, check
from services.backup.write import work_folder
from services.brand.fonts import keep_checked
from services.database import read_session, reset_database
from services.database_faults import storage_errors
from services.errors import Conflict
from services.messages import N_
from services.parts import Progress
from services.people import LOCAL, Role, require
from services.settings import get_settings
from services.storage.files import disk_errors
from services.storage.images import get_store

CHECK_SHARE, IMAGES_SHARE = 0.4, 0.5
"""Of the progress: verifying, and putting pictures in."""

ASIDE = "replaced"
"""How the copy of the database that was there is called: home/backups/replaced-....db."""

WORKER_SECONDS = 60.0
"""A worker that was heard of so lately lives."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`aside`: a copy of the database that was there before."""

    images: int
    counts: dict[str, int]
    made_at: str
    aside: Path | None


def restore(path: Path, replace: bool = False, tell: Progress | None = None) -> Restored:
    """Make this studio the one of the backup, on whatever database and image store it is set to.

    Raises NotAllowed; InvalidInput: no backup, damaged, newer; Conflict: there is work here already (and not
    `replace`), or a worker is at work; StorageError. Nothing of the old state is changed then.
    """
    require(Role.ADMIN)
    said: Progress = tell or (lambda share: None)
    settings = get_settings()
    with work_folder(settings.home) as folder:
        found = check(path, folder, lambda share: said(CHECK_SHARE * share))
        engine = open_migration_engine(settings.resolved_database_url)
        try:
            with storage_errors(), alone(engine, settings.home):
                _require_room(engine, replace)
                reset_database()
                images = _put_files(path, found, lambda share: said(CHECK_SHARE + IMAGES_SHARE * share))
                aside = back_up(engine, settings.home / "backups", ASIDE) if replace else None
                _put_database(engine, found)
        finally:
            engine.dispose()
        with disk_errors(settings.home):
            settings_store.write(settings.home, dict.fromkeys(settings_store.STORED) | found.settings)
    reset_database()
    get_settings.cache_clear()
    said(1.0)
    return Restored(images, dict(found.manifest["counts"]), str(found.manifest["made_at"]), aside)


def _require_room(engine: Engine, replace: bool) -> None:
    """Nothing that somebody made is overwritten unasked, and nothing under a worker's hands."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return
        revision = stored_revision(connection)
        if revision is not None and revision not in REVISIONS:
            raise Conflict(
                N_("The database here is of a newer version of AIM Studio. Update the studio first.")
            )
        used = _holds_work(connection)
    if revision == HEAD and _worker_lives():
        raise Conflict(
            N_("A worker of this studio is at work. Stop the studio and its workers, then restore.")
        )
    if used and not replace:
        raise Conflict(
            N_("There is work in this studio already. To put the backup in its place, add {flag}: what is "
               "here is copied aside first."),
            flag="--replace",
        )  # fmt: skip


def _holds_work(connection: Connection) -> bool:
    """Sessions, campaigns, libraries or people that did not come with the studio."""
    for model in (tables.Session, tables.Campaign):
        if connection.scalar(select(func.count()).select_from(model.__table__)):
            return True
    libraries, people = tables.Library.__table__, tables.Person.__table__
    if connection.scalar(select(func.count()).where(libraries.c.built_in.is_(False))):
        return True
    if not inspect(connection).has_table(tables.Person.__tablename__):
        return False
    return bool(connection.scalar(select(func.count()).where(people.c.id != LOCAL.id)))


def _worker_lives() -> bool:
    with read_session() as session:
        return WorkerRepository(session).living(WORKER_SECONDS) is not None


def _put_files(path: Path, found: Contents, tell: Progress) -> int:
    """Pictures into the store and fonts into their folder; how many pictures."""
    store, total, done = get_store(), int(found.manifest[archive.IMAGES]["count"]), 0
    with archive.reading(path):
        for name, _, data in archive.read(path):
            hashed = archive.hashed_name(name)
            if hashed is None:
                continue
            if hashed[0] == archive.FONTS:
                keep_checked(hashed[1], data.read())
            else:
                store.keep(hashed[1], data.read())
                done += 1
                tell(done / max(total, 1))
    return done


def _put_database(engine: Engine, found: Contents) -> None:
    if engine.dialect.name == "sqlite":
        migrate(f"sqlite:///{found.database}", found.database.parent)  # an older backup, while it is a copy
        copies.load_into_sqlite(found.database, Path(engine.url.database or ""))
        return
    with engine.begin() as connection:
        take_turn(connection)
        _drop(connection)
        upgrade(connection, found.schema)
        copies.load_into_postgresql(found.database, connection)
        upgrade(connection)


def _drop(connection: Connection) -> None:
    """The studio's own tables; other tables of the database are none of ours."""
    there = set(inspect(connection).get_table_names())
    ours = [name for name in (*tables.Session.metadata.tables, copies.VERSION_TABLE) if name in there]
    if ours:
        connection.execute(text(f"DROP TABLE {', '.join(ours)} CASCADE"))
    connection.execute(text("DROP FUNCTION IF EXISTS audit_sealed() CASCADE"))
