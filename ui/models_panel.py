"""Settings: every model with what it is for, its licence, its size, where it is, and how to get it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from services import model_runs, preferences
from services.choices import EngineChoice
from services.jobs.queue import RunState, RunView
from services.models.downloads import free_bytes
from services.models.hub_cache import cache_folder
from services.models.hub_client import is_offline
from services.models.presence import Presence, State, look_all
from services.models.registry import needs
from services.people import Role, actor
from services.sizes import readable
from ui.guard import guard
from ui.i18n import _
from ui.layout import section
from ui.steps import UNFINISHED
from ui.text import plain, say, short

REFRESH_SECONDS = 1.0


def models_panel(choice: EngineChoice) -> None:
    """The models of both engines; those that `choice` needs first."""
    section(_("Models"), _("Downloads go on while you work. Closing the page stops nothing."))
    running = any(run.state in UNFINISHED for run in model_runs.latest_runs().values())
    st.fragment(_panel, run_every=REFRESH_SECONDS if running else None)(choice, running)


def _panel(choice: EngineChoice, was_running: bool) -> None:
    with guard():
        runs = model_runs.latest_runs()
        running = any(run.state in UNFINISHED for run in runs.values())
        if running != was_running:
            st.rerun()
        models = look_all()
        wanted = {card.key for card in needs(choice)}
        _place(models)
        _download_all([m for m in models if m.card.key in wanted], runs)
        for model in models:
            if model.card.key in wanted:
                _model(model, runs.get(model.card.key))
        others = [model for model in models if model.card.key not in wanted]
        if not others:
            return
        busy = any(run.state in UNFINISHED for key, run in runs.items() if key not in wanted)
        label = _("Not needed by the engine above ({count})").format(count=len(others))
        with st.expander(label, type="compact", expanded=busy, key="other_models"):
            for model in others:
                _model(model, runs.get(model.card.key))


def _place(models: Sequence[Presence]) -> None:
    folder = cache_folder()
    held = sum(model.here for model in models if model.state in (State.DOWNLOADED, State.PARTLY))
    st.caption(
        _("{used} downloaded to {folder} · {free} free on that disk").format(
            used=readable(held), folder=plain(str(folder)), free=readable(free_bytes(folder))
        )
    )
    if is_offline():
        st.info(
            _("HF_HUB_OFFLINE is set: nothing is asked of the network. Unset it, or use local folders."),
            icon=":material/cloud_off:",
        )


def _download_all(models: Sequence[Presence], runs: dict[str, RunView]) -> None:
    """One button for everything that the chosen engine lacks."""
    lacking = [m for m in models if not m.ready and not m.in_folder and not m.card.built_in]
    waiting = [m for m in lacking if m.card.key not in runs or runs[m.card.key].state not in UNFINISHED]
    if not waiting or not _may_change() or is_offline():
        return
    rest = readable(sum(model.total - model.here for model in waiting))
    label = _("Download what is missing ({size})").format(size=_about(rest, waiting))
    if st.button(label, type="primary", icon=":material/download:", key="download_all"):
        with guard():
            for model in waiting:
                model_runs.start_download(model.card.key)
            st.rerun()


def _model(model: Presence, run: RunView | None) -> None:
    """One model: what it is at the left, where it is in the middle, what can be done at the right."""
    card = model.card
    loading = run if run is not None and run.state in UNFINISHED else None
    with st.container(border=True, key=f"card_model_{card.key}", gap="small"):
        left, middle, right = st.columns([5, 5, 4], gap="small", vertical_alignment="center")
        with left, st.container(gap=None):
            st.markdown(f"{_icon(model, loading is not None)} **{plain(card.name)}**")
            st.caption(say(card.purpose))
        with middle, st.container(gap=None):
            st.caption(" · ".join(_facts(model, loading)), help=say(card.caveat) if card.caveat else None)
            st.caption(" · ".join(_origin(model)))
        if not card.built_in:
            with right:
                _actions(model, loading)
        _progress(model, loading)
        if run is not None and run.state is RunState.FAILED and run.error and not model.ready:
            st.warning(say(run.error), icon=":material/error:")
        if model.fault is not None:
            st.warning(say(model.fault), icon=":material/folder_off:")


def _icon(model: Presence, loading: bool) -> str:
    if model.ready:
        return ":green[:material/check_circle:]"
    if loading:
        return ":blue[:material/downloading:]"
    return {
        State.PARTLY: ":orange[:material/pause_circle:]",
        State.BROKEN: ":red[:material/error:]",
    }.get(model.state, ":gray[:material/circle:]")


def _facts(model: Presence, run: RunView | None) -> list[str]:
    states = {
        State.BUILT_IN: _("Built in"),
        State.DOWNLOADED: _("Downloaded"),
        State.FOLDER: _("From a folder"),
        State.PARTLY: _("Partly here, {share}").format(share=f"{model.share:.0%}"),
        State.MISSING: _("Not on this machine"),
        State.BROKEN: _("Cannot be used"),
    }
    note = f" {_('(with a condition)')}" if model.card.caveat else ""
    state = states[model.state] if run is None else _("On its way")
    return [state, _about(readable(model.total), [model]), f"{plain(model.card.licence)}{note}"]


def _origin(model: Presence) -> list[str]:
    """Where it comes from and which weights exactly; who decided that, where it was not this page."""
    fixed = _("set by {variable}, change it there").format(variable=plain(model.environment))
    revision = plain(model.revision) if model.ready else ""
    facts = [plain(short(model.model, 48)), revision, fixed if model.environment else ""]
    return [fact for fact in facts if fact]


def _about(size: str, models: Sequence[Presence]) -> str:
    return size if all(model.exact for model in models) else _("about {size}").format(size=size)


def _progress(model: Presence, run: RunView | None) -> None:
    if run is None and model.state is not State.PARTLY:
        return
    text = _("{here} of {total}").format(here=readable(model.here), total=readable(model.total))
    if run is not None:
        pace = _pace(model)
        text = f"{text} · {_('{size} a second').format(size=readable(pace))}" if pace else text
        text = text if run.state is RunState.RUNNING else _("Waiting to start.")
    st.progress(model.share, text=text)


def _pace(model: Presence) -> float:
    """Bytes a second since this page first saw the download; 0 as long as nothing can be said."""
    key = f"pace_{model.card.key}"
    since, here = st.session_state.setdefault(key, (time.monotonic(), model.here))
    if model.here < here:  # started anew
        st.session_state[key] = (time.monotonic(), model.here)
        return 0.0
    seconds = time.monotonic() - since
    return (model.here - here) / seconds if seconds > REFRESH_SECONDS else 0.0


def _actions(model: Presence, run: RunView | None) -> None:
    key, may = model.card.key, _may_change()
    with st.container(horizontal=True, horizontal_alignment="right"):
        if run is not None:
            stopping = run.cancel_requested
            label = _("Pausing…") if stopping else _("Pause")
            if st.button(label, icon=":material/pause:", key=f"pause_{key}", disabled=stopping or not may):
                with guard():
                    model_runs.pause(run.id)
                    st.rerun()
            return
        if not model.ready and not model.in_folder:
            partly = model.state is State.PARTLY
            label, icon = (
                (_("Resume"), ":material/play_arrow:") if partly else (_("Download"), ":material/download:")
            )
            if st.button(label, icon=icon, key=f"download_{key}", disabled=not may or is_offline()):
                with guard():
                    st.session_state.pop(f"pace_{key}", None)
                    model_runs.start_download(key)
                    st.rerun()
        with st.popover(_("More"), icon=":material/more_horiz:", disabled=not may or bool(model.environment)):
            _more(model)


def _more(model: Presence) -> None:
    """Less common: a folder in its place, back to the hub, throw half a download away."""
    key = model.card.key
    folder = st.text_input(
        _("Use a folder of this machine"),
        model.model if model.in_folder else "",
        key=f"folder_{key}",
        placeholder="/models/kandinsky-2-2-prior",
        help=_("A folder as the hub has it: nothing is copied, nothing is downloaded."),
    )
    with guard():
        if st.button(_("Use this folder"), icon=":material/folder_open:", key=f"use_folder_{key}"):
            preferences.use_folder(model.card, folder or "")
            st.rerun()
        if model.model != preferences.default_model(model.card) and st.button(
            _("Use the hub again"), icon=":material/cloud_download:", key=f"use_hub_{key}"
        ):
            preferences.use_hub(model.card)
            st.rerun()
        if model.state is State.PARTLY and st.button(
            _("Throw away what is here"), icon=":material/delete:", key=f"discard_{key}"
        ):
            model_runs.discard(key)
            st.rerun()


def _may_change() -> bool:
    return actor().may(Role.ADMIN)
