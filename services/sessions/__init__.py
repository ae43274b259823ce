"""Sessions: one brief and all that came of it, kept for ever.

session_id = sessions.create(brief, campaign="Autumn")
sessions.save_plan(session_id, plan)
view = sessions.load(session_id)          # whole, variants best first
page = sessions.search("hoodie", page=1)  # cards for a list
"""

from services.sessions.inputs import Inputs
from services.sessions.load import find_variant, load, session_of
from services.sessions.results import save_scores, save_variant, set_reference, set_weights
from services.sessions.save import (
    create,
    duplicate,
    save_brief,
    save_conditions,
    save_matches,
    save_plan,
    set_parts,
)
from services.sessions.search import search
from services.sessions.views import SessionCard, SessionKind, SessionPage, SessionStatus, SessionView, Stage

__all__ = [
    "Inputs",
    "SessionCard",
    "SessionKind",
    "SessionPage",
    "SessionStatus",
    "SessionView",
    "Stage",
    "create",
    "duplicate",
    "find_variant",
    "load",
    "save_brief",
    "save_conditions",
    "save_matches",
    "save_plan",
    "save_scores",
    "save_variant",
    "search",
    "session_of",
    "set_parts",
    "set_reference",
    "set_weights",
]
