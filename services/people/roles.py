"""People and their roles. Each role may do all that the ones before it may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do, least first."""

    VIEWER = "viewer"  # look
    REVIEWER = "reviewer"  # rate, comment, vote, approve, export
    CREATOR = "creator"  # make sessions, variants and libraries
    ADMIN = "admin"  # people, brand kits, campaign weights, settings

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts. `id` is empty for nobody; `role` None may not even look."""

    id: str
    name: str
    role: Role | None
    email: str = ""

    def may(self, needed: Role) -> bool:
        return self.role is not None and self.role.covers(needed)
