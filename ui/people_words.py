"""Roles in words."""

from __future__ import annotations

from services.people import Role
from ui.i18n import _


def role_name(role: Role | None) -> str:
    return {
        None: _("No access"),
        Role.VIEWER: _("Viewer"),
        Role.REVIEWER: _("Reviewer"),
        Role.CREATOR: _("Creator"),
        Role.ADMIN: _("Administrator"),
    }[role]


def role_meaning(role: Role | None) -> str:
    """What the role lets a person do, to follow its name."""
    return {
        None: _("may not look"),
        Role.VIEWER: _("looks at everything, changes nothing"),
        Role.REVIEWER: _("also rates, picks, comments, approves and exports"),
        Role.CREATOR: _("also makes sessions and libraries"),
        Role.ADMIN: _("also manages people, brand kits and score weights"),
    }[role]
