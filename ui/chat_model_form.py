"""Settings: which chat model plans, and where it is. Its key is never typed here, and never shown."""

from __future__ import annotations

import streamlit as st

from services import preferences
from services.people import Role, actor
from services.planning.llm_target import OPENAI_URL
from services.readiness import part_state
from services.settings import get_settings, set_by_environment
from ui.guard import guard
from ui.i18n import _
from ui.text import plain, say


def chat_model_form() -> None:
    """Address and name; whether a key is there, and how to give one."""
    settings = get_settings()
    may = actor().may(Role.ADMIN)
    address_by, model_by = set_by_environment("llm_base_url"), set_by_environment("llm_model")
    left, right = st.columns(2, gap="small")
    address = left.text_input(
        _("Address of the chat API"),
        settings.llm_base_url,
        key="chat_address",
        placeholder=OPENAI_URL,
        disabled=not may or bool(address_by),
        help=_("Any server that speaks OpenAI's protocol, such as one on this machine. Empty: OpenAI's own."),
    )
    model = right.text_input(
        _("Name of the model there"),
        settings.llm_model,
        key="chat_model",
        disabled=not may or bool(model_by),
    )
    for variable in filter(None, (address_by, model_by)):
        st.caption(_("set by {variable}, change it there").format(variable=plain(variable)))
    has_key = bool(settings.llm_api_key or settings.openai_api_key)
    if has_key:
        st.caption(f":green[:material/key:] {_('A key is set in the environment. It is never shown.')}")
    else:
        st.caption(
            _(
                "There is no key. Put {variable} into the studio's environment or its .env file, and start "
                "the studio again. A server of your own may need none."
            ).format(variable="`AIM_STUDIO_LLM_API_KEY`")
        )
    fault = part_state("planner", "llm").fault
    if fault is not None and has_key:
        st.warning(say(fault), icon=":material/info:")
    if st.button(_("Save"), icon=":material/save:", key="chat_save", disabled=not may):
        with guard():
            preferences.save_chat(address or "", model or "")
            st.toast(_("Saved. The next plan uses it."), icon=":material/check:")
            st.rerun()
