"""The person on whose behalf this thread works.

Whoever has a shell on the machine, as the CLI and the worker have, acts as LOCAL, its administrator.
Where people sign in, the studio says how to find out who is there (`ask`), and is asked each time: a
page, a fragment and a callback of a widget all run in threads of their own, in no fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.errors import NotAllowed
from services.messages import N_
from services.people.roles import Person, Role

LOCAL = Person("local", "This computer", Role.ADMIN)
NOBODY = Person("", "", None)

_actor: ContextVar[Person | None] = ContextVar("actor", default=None)
_ask: Callable[[], Person] | None = None

_REFUSALS = {
    Role.VIEWER: N_("Sign in to see this."),
    Role.REVIEWER: N_("Your role lets you look, not review. Ask an administrator for the role reviewer."),
    Role.CREATOR: N_(
        "Your role does not let you make or change this. Ask an administrator for the role creator."
    ),
    Role.ADMIN: N_("Only an administrator may do this. Ask one, or ask for the role admin."),
}


def actor() -> Person:
    """Who acts now: the one named by `act_as`, else by the process's own way to tell, else LOCAL."""
    return _actor.get() or (_ask() if _ask is not None else LOCAL)


def ask(source: Callable[[], Person]) -> None:
    """From now on this process asks `source` who acts, wherever `act_as` does not say it."""
    global _ask
    _ask = source


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
        raise NotAllowed(_REFUSALS[role if person.role is not None else Role.VIEWER])
    return person
