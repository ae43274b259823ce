"""The person on whose behalf this thread works.

Whoever has a shell on the machine, as the CLI and the worker have, acts as LOCAL, its administrator.
With sign-in, a page names its person at every run (`set_actor`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.errors import NotAllowed
from services.messages import N_
from services.people.roles import Person, Role

LOCAL = Person("local", "This computer", Role.ADMIN)
NOBODY = Person("", "", None)

_actor: ContextVar[Person] = ContextVar("actor", default=LOCAL)

_REFUSALS = {
    Role.VIEWER: N_("Sign in to see this."),
    Role.REVIEWER: N_("Your role lets you look, not review. Ask an administrator for the role reviewer."),
    Role.CREATOR: N_(
        "Your role does not let you make or change this. Ask an administrator for the role creator."
    ),
    Role.ADMIN: N_("Only an administrator may do this. Ask one, or ask for the role admin."),
}


def actor() -> Person:
    """Who acts now."""
    return _actor.get()


def set_actor(person: Person) -> None:
    """From here on, this thread (or task) works for `person`."""
    _actor.set(person)


@contextmanager
def act_as(person: Person) -> Iterator[Person]:
    """Within the block, work for `person`."""
    token = _actor.set(person)
    try:
        yield person
    finally:
        _actor.reset(token)


def require(role: Role) -> Person:
    """Who acts now. Raises NotAllowed unless their role covers `role`."""
    person = actor()
    if not person.may(role):
        raise NotAllowed(_REFUSALS[role])
    return person
