"""Strategies that people saved beside the study's own.

An experiment keeps the strategies as they were when it was made: deleting or replacing one changes nothing
that was measured with it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from db import tables
from db.repositories.experiments import ExperimentRepository
from services import audit
from services.database import read_session, unit_of_work
from services.errors import Conflict, NotFound
from services.experiments.presets import BY_KEY, PRESETS, Preset
from services.messages import N_
from services.people import Role, require
from services.people.rows import actor_id

PREFIX = "saved-"
"""Keys of saved strategies are this and their number."""


def saved() -> tuple[Preset, ...]:
    """All saved strategies, by title."""
    with read_session() as session:
        return tuple(_preset(row) for row in ExperimentRepository(session).saved())


def every() -> tuple[Preset, ...]:
    """The study's strategies, then the saved ones: what can be chosen."""
    return (*PRESETS, *saved())


def find(name: str) -> Preset | None:
    """A strategy by its key, or by its title in any case; the study's own come first."""
    if name in BY_KEY:
        return BY_KEY[name]
    wanted, known = name.strip().casefold(), every()
    return next((preset for preset in known if preset.key == name), None) or next(
        (preset for preset in known if preset.title.casefold() == wanted), None
    )


def save(preset: Preset, source: str = "") -> Preset:
    """Keep a strategy under its title; it comes back with its key. `source` says where it is from.

    Raises NotAllowed, and Conflict where the title is taken.
    """
    require(Role.CREATOR)
    title = preset.title.strip()
    if find(title) is not None:
        raise _taken(title)
    kept = replace(preset, key="", title=title, source=source or preset.source)
    try:
        with unit_of_work() as work:
            row = ExperimentRepository(work.session).add_saved(
                tables.SavedStrategy(title=title, preset=kept.to_dict(), created_by=actor_id(work.session))
            )
            audit.record(work.session, "strategy.saved", strategy=row.id, title=title)
            work.commit()
            return _preset(row)
    except IntegrityError as error:  # somebody else was quicker
        raise _taken(title) from error


def delete(key: str) -> None:
    """Remove a saved strategy; experiments that used it keep it. Raises NotAllowed, NotFound."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        repository = ExperimentRepository(work.session)
        number = key.removeprefix(PREFIX)
        row = repository.get_saved(int(number)) if key.startswith(PREFIX) and number.isdecimal() else None
        if row is None:
            raise NotFound(N_("There is no such saved strategy any more. Choose one from the list."))
        audit.record(work.session, "strategy.deleted", strategy=row.id, title=row.title)
        repository.delete_saved(row)
        work.commit()


def _preset(row: tables.SavedStrategy) -> Preset:
    return replace(Preset.from_dict(row.preset), key=f"{PREFIX}{row.id}", title=row.title)


def _taken(title: str) -> Conflict:
    return Conflict(N_("A strategy called {title} is there already. Choose another name."), title=title)
