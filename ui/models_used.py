"""In the brief: which models make this session, one click deeper."""

from __future__ import annotations

import streamlit as st

from services.choices import EngineChoice
from services.errors import InvalidInput
from services.readiness import missing_models, parts_state
from services.settings import get_settings
from ui import formats
from ui.engine_choice import CUSTOM, chosen, engine_picker
from ui.i18n import _
from ui.navigation import SETTINGS, link


def models_used(key: str, saved: EngineChoice | None) -> None:
    """Preset or parts of session `key`; `saved` None: a new one, which starts with the settings'."""
    start = saved or get_settings().engine_choice
    choice = _chosen(key, start)
    name = formats.engine(choice.name if choice else CUSTOM)
    lacks = choice is not None and not all(state.ready for state in parts_state(choice))
    icon = ":material/warning:" if lacks or choice is None else ":material/memory:"
    label = _("Models used: {engine}").format(engine=name)
    with st.expander(label, type="compact", icon=icon, key=f"models_used_{key}"):
        engine_picker(key, start)
        if choice is not None and missing_models(parts_state(choice)):
            link(SETTINGS, _("Download what is missing in Settings"), icon=":material/download:")
        elif lacks:
            link(SETTINGS, _("Set up the chat model in Settings"), icon=":material/key:")


def _chosen(key: str, start: EngineChoice) -> EngineChoice | None:
    try:
        return chosen(key, start)
    except InvalidInput:
        return None
