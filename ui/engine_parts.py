"""Settings: the engine of new sessions, and the checks of the doctor, in words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services import preferences
from services.choices import EngineChoice
from services.doctor import Check
from services.people import Role, actor
from services.settings import get_settings
from ui.chat_model_form import chat_model_form
from ui.engine_choice import engine_picker
from ui.guard import guard
from ui.i18n import _
from ui.layout import section
from ui.text import plain, say


def engine_section() -> None:
    """The parts with their lights; a change is saved at once, and holds for new sessions."""
    section(_("Engine"), _("The models that new sessions start with. Each session can choose its own."))
    fixed = preferences.engine_fixed_by()
    choice = get_settings().engine_choice
    engine_picker("settings", choice, bool(fixed) or not actor().may(Role.ADMIN), _save)
    if fixed:
        st.caption(_("set by {variable}, change it there").format(variable=plain(fixed)))
    if choice.planner == "llm":
        st.caption(_("The chat model is sent the words of a brief, never its photos. All else stays here."))
    else:
        st.caption(_("Nothing is sent anywhere: pictures and words stay on this machine."))
    with st.expander(_("Chat model that plans"), type="compact", icon=":material/forum:"):
        chat_model_form()


def _save(choice: EngineChoice) -> None:
    with guard():
        preferences.save_engine(choice)


def troubles(checks: Sequence[Check]) -> None:
    """What is wrong and how to mend it; one calm line when nothing is."""
    wrong = [check for check in checks if not check.ok]
    if not wrong:
        st.success(_("Everything that was looked at is in order."), icon=":material/check_circle:")
    for check in wrong:
        mend = f"  \n{say(check.mend)}" if check.mend else ""
        st.warning(f"**{plain(check.name)}**: {plain(check.detail)}{mend}", icon=":material/build:")
