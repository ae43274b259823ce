"""Pools that would lose or damage work are refused, in a sentence, before anything starts."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import make_url

from services.errors import InvalidInput
from services.messages import N_
from services.ray.connection import is_here
from services.settings import Settings


def on_sqlite(settings: Settings) -> bool:
    return make_url(settings.resolved_database_url).get_backend_name() == "sqlite"


def refuse_address(settings: Settings, address: str, single_machine: bool) -> None:
    """SQLite is a file, which other machines cannot reach, with one writer at a time. Raises InvalidInput."""
    if not on_sqlite(settings):
        return
    if not is_here(address):
        raise InvalidInput(
            N_(
                "The database is a file on this machine, and the cluster at {address} cannot reach it. Set "
                "AIM_STUDIO_DATABASE_URL to a PostgreSQL database."
            ),
            address=address,
        )
    if not single_machine:
        raise InvalidInput(
            N_(
                "SQLite lets one process write at a time, so more workers wait for each other. Set "
                "AIM_STUDIO_DATABASE_URL to a PostgreSQL database, or accept that with --single-machine."
            )
        )


def refuse_machines(settings: Settings, nodes: Sequence[Mapping[str, Any]], shared_home: bool) -> None:
    """Several machines need one home. Raises InvalidInput.

    Pictures may be in a bucket, yet uploads on their way, fonts of brand kits and finished exports are
    files of the home: a worker without them would make other variants, and exports that no page finds.
    """
    machines = {node["NodeManagerHostname"] for node in nodes if node["Alive"]} | {socket.gethostname()}
    if len(machines) == 1 or on_sqlite(settings) or shared_home:
        return
    raise InvalidInput(
        N_(
            "The cluster has {count} machines, and uploads, fonts and exports are on one of them. Put "
            "AIM_STUDIO_HOME into a folder that all share, at the same path, and say --shared-home."
        ),
        count=len(machines),
    )
