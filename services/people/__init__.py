"""Who acts, and what they may do. Services ask here; pages only hide what would be refused."""

from services.people.actor import LOCAL, NOBODY, act_as, actor, ask, require
from services.people.roles import Person, Role
from services.people.rows import actor_id

__all__ = ["LOCAL", "NOBODY", "Person", "Role", "act_as", "actor", "actor_id", "ask", "require"]
