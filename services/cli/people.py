"""`people list | role ID ROLE`: who signed in, and what they may do. For whoever has a shell here."""

from __future__ import annotations

import argparse
from typing import Any

from services.cli.output import Document, table
from services.people import Role

NO_ROLE = "none"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    group = commands.add_parser("people", help="people who signed in, and their roles")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", parents=[common], help="everybody who signed in")
    listing.set_defaults(execute=_list, render=lambda d: table(d["people"], _COLUMNS))
    change = actions.add_parser("role", parents=[common], help="give a person another role")
    change.add_argument("id", metavar="ID")
    change.add_argument("role", choices=[NO_ROLE, *Role])
    change.set_defaults(execute=_change, render=lambda d: f"{d['id']} is now: {d['role']}")


_COLUMNS = {"id": "id", "name": "name", "email": "verified e-mail", "role": "role", "seen": "last here"}


def _list(arguments: argparse.Namespace) -> Document:
    from services.people.directory import members

    return {
        "people": [
            {
                "id": member.id,
                "name": member.name,
                "email": member.email,
                "role": member.role or NO_ROLE,
                "seen": member.seen_at.isoformat(timespec="seconds"),
            }
            for member in members()
        ]
    }


def _change(arguments: argparse.Namespace) -> Document:
    from services.people.directory import set_role

    set_role(arguments.id, None if arguments.role == NO_ROLE else Role(arguments.role))
    return {"id": arguments.id, "role": arguments.role}
