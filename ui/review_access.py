"""What the person at this page may do, in words; and how people are called on it."""

from __future__ import annotations

from services.errors import StudioError
from services.people import LOCAL, Role, require
from ui.i18n import _, tr


def refusal(role: Role) -> str:
    """Why the person may not do what `role` may, for a disabled control's hover; "" when they may."""
    try:
        require(role)
    except StudioError as error:
        return tr(error.message)
    return ""


def called(name: str) -> str:
    """A person's name as shown. Without sign-in there is one person: whoever sits at this computer."""
    return _("This computer") if name == LOCAL.name else name
