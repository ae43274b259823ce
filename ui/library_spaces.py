"""Preparing a library for a search model: what is missing, one button, and how far it is."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from services import library_runs
from services.domain import Strategy
from services.jobs import queue
from services.jobs.queue import RunState, RunView
from services.library_spaces import Space, space_of_library, spaces_of_library
from services.sessions import SessionView
from ui import formats
from ui.brief_form import library_name
from ui.engine_choice import model_name
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.job_progress import run_panel
from ui.navigation import RUN_PARAM
from ui.steps import UNFINISHED, Step
from ui.text import plain


def space_name(encoder: str) -> str:
    """What people call a search model: by the generator that it serves."""
    return model_name("encoder" if encoder == "lite" else "generator", encoder)


def prepare_for(view: SessionView, where: Step) -> bool:
    """Offer to prepare the session's library for its search model. True while there is something to do:
    references cannot be found before. Progress is shown in the step that looks at the plan."""
    library, encoder = view.brief.library, view.parts.encoder
    if library is None or view.brief.strategy is Strategy.NONE:
        return False
    key = f"preparing_{library}_{encoder}"
    run = _run(key, library, encoder)
    space = space_of_library(library, encoder)
    if space.ready and (run is None or run.state not in UNFINISHED):
        return False
    if run is not None and run.state is not RunState.DONE:
        if where is Step.REFERENCES:
            return True
        st.caption(
            _("{library} for {model}").format(library=plain(library_name(library)), model=space_name(encoder))
        )
        run_panel(run)
        return True
    st.info(_invitation(library, space), icon=":material/image_search:")
    _button(library, encoder, key, where)
    return True


def search_models(library: str) -> None:
    """The models that the library can be searched with, and a button for each that it is not ready for."""
    st.caption(
        _("References are found with the search model of a session. Each needs to read the pictures once.")
    )
    for space in spaces_of_library(library):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{space_name(space.encoder)}**  \n{_state(space)}", width="stretch")
            if not space.ready:
                _button(library, space.encoder, f"space_{library}_{space.encoder}")


def prepare_button(library: str, encoder: str, key: str) -> None:
    """Have the library read by this search model; the address keeps the run."""
    _button(library, encoder, key)


def _button(library: str, encoder: str, key: str, where: Step | None = None) -> None:
    """In a step of the Studio, `where`, it is the one thing to do; elsewhere the address keeps the run."""
    label = _("Prepare") if where is None else _("Prepare this library")
    weight: Literal["primary", "secondary"] = "secondary" if where is None else "primary"
    if st.button(label, icon=":material/image_search:", type=weight, key=f"{key}_start_{where}"):
        with guard():
            run_id = library_runs.start_reindex(library, encoder)
            st.session_state[key] = run_id
            if where is None:
                st.query_params[RUN_PARAM] = run_id
            st.rerun()


def _invitation(library: str, space: Space) -> str:
    text = ngettext(
        "{library} is not ready for {model} yet: {count} picture is still to be read. This is done once, on "
        "this machine.",
        "{library} is not ready for {model} yet: {count} pictures are still to be read. This is done once, "
        "on this machine.",
        space.missing,
    )
    return text.format(
        library=plain(library_name(library)),
        model=space_name(space.encoder),
        count=formats.number(space.missing),
    )


def _state(space: Space) -> str:
    if space.ready:
        return f":green[:material/check_circle:] {_('Ready')}"
    return f":gray[{_('{pictures} to read').format(pictures=formats.pictures(space.missing))}]"


def _run(key: str, library: str, encoder: str) -> RunView | None:
    """The run at work now, whoever started it, else the last one that was started here."""
    at_work = library_runs.preparing(library, encoder)
    if at_work is not None:
        st.session_state[key] = at_work.id
    run_id = st.session_state.get(key)
    return queue.get(run_id) if run_id else None
