"""Choosing the models of a run: a preset, or each part by itself, with a light for each."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services import readiness
from services.choices import ENGINES, KNOWN_PARTS, EngineChoice
from services.errors import InvalidInput
from services.readiness import PartState
from services.sizes import readable
from ui import formats
from ui.i18n import _
from ui.text import plain, say

CUSTOM = "mixed"
"""The name of a choice that is no preset."""


def part_names() -> dict[str, str]:
    """What each part does, in the advertiser's words."""
    return {
        "planner": _("Plans the brief"),
        "encoder": _("Finds references"),
        "generator": _("Makes variants"),
        "scorer": _("Scores them"),
    }


def model_name(part: str, name: str) -> str:
    """Who does `part` when it is called `name`."""
    return {
        ("planner", "lite"): _("Built in, by keywords"),
        ("planner", "llm"): _("A chat model"),
        ("encoder", "lite"): _("Built in"),
        ("encoder", "kandinsky21"): "CLIP ViT-L/14",
        ("encoder", "kandinsky22"): "CLIP ViT-bigG/14",
        ("generator", "lite"): _("Layouts of your photos"),
        ("generator", "kandinsky21"): "Kandinsky 2.1",
        ("generator", "kandinsky22"): "Kandinsky 2.2",
        ("scorer", "lite"): _("Built in"),
        ("scorer", "full"): "CLIP, BLIP-2, distiluse",
    }.get((part, name), name)


def chosen(key: str, saved: EngineChoice) -> EngineChoice:
    """What the picker of `key` holds, drawn or not. Raises InvalidInput for parts that do not fit."""
    return EngineChoice.from_dict(st.session_state.get(_key(key), saved.to_dict()))


def edited(key: str, saved: EngineChoice) -> EngineChoice | None:
    """The choice when it was changed here and not elsewhere, and its parts fit together; else None."""
    if st.session_state.get(_saved_key(key)) != saved:
        return None
    choice = _fitting(st.session_state[_key(key)])
    return choice if choice != saved else None


def engine_picker(
    key: str,
    saved: EngineChoice,
    disabled: bool = False,
    changed: Callable[[EngineChoice], None] | None = None,
) -> None:
    """Preset and parts. `changed` is called with a choice whose parts fit together, when it is a new one."""
    if st.session_state.get(_saved_key(key)) != saved:  # chosen elsewhere since: show what holds now
        st.session_state[_saved_key(key)] = saved
        st.session_state[_key(key)] = saved.to_dict()
    held: dict[str, str] = st.session_state[_key(key)]
    _preset(key, held, disabled, changed)
    columns = st.columns(len(KNOWN_PARTS), gap="small")
    for column, (part, names) in zip(columns, KNOWN_PARTS.items(), strict=True):
        with column:
            _part(key, part, names, held, disabled, changed)
    try:
        EngineChoice.from_dict(held)
    except InvalidInput as error:
        st.warning(say(error.message), icon=":material/info:")


def light(state: PartState) -> str:
    """A part's readiness as one line of Markdown."""
    if state.ready:
        return f":green[:material/check_circle:] {_('Ready')}"
    if state.missing:
        rest = sum(model.total - model.here for model in state.missing)
        return f":orange[:material/download:] {_('Missing: {size}').format(size=readable(rest))}"
    return f":orange[:material/key_off:] {_('Not set up')}"


def _preset(
    key: str, held: dict[str, str], disabled: bool, changed: Callable[[EngineChoice], None] | None
) -> None:
    widget = f"engine_preset_{key}"
    now = next((name for name, choice in ENGINES.items() if choice.to_dict() == held), CUSTOM)
    st.session_state[widget] = now
    st.segmented_control(
        _("Engine"),
        list(dict.fromkeys([*ENGINES, now])),
        key=widget,
        required=True,
        format_func=formats.engine,
        disabled=disabled,
        on_change=_take_preset,
        args=(key, widget, changed),
        help=_(
            "Lite is quick and needs no download. Full uses the reference models. Or choose part by part."
        ),
    )


def _part(
    key: str,
    part: str,
    names: tuple[str, ...],
    held: dict[str, str],
    disabled: bool,
    changed: Callable[[EngineChoice], None] | None,
) -> None:
    widget = f"engine_{part}_{key}"
    st.session_state[widget] = held[part]
    st.selectbox(
        part_names()[part],
        names,
        key=widget,
        format_func=lambda name: model_name(part, name),
        disabled=disabled,
        on_change=_take_part,
        args=(key, part, widget, changed),
    )
    state = readiness.part_state(part, held[part])
    st.caption(light(state), help=_lacks(state))


def _lacks(state: PartState) -> str | None:
    """What a part lacks, for those who ask."""
    if state.fault is not None:
        return say(state.fault)
    names = ", ".join(model.card.name for model in state.missing)
    return plain(names) or None


def _take_preset(key: str, widget: str, changed: Callable[[EngineChoice], None] | None) -> None:
    choice = ENGINES.get(st.session_state[widget])
    if choice is not None:
        _hold(key, choice.to_dict(), changed)


def _take_part(key: str, part: str, widget: str, changed: Callable[[EngineChoice], None] | None) -> None:
    held = {**st.session_state[_key(key)], part: st.session_state[widget]}
    if part == "generator" and held["generator"] != "lite":  # its own search model comes with it
        held["encoder"] = held["generator"]
    _hold(key, held, changed)


def _hold(key: str, held: dict[str, str], changed: Callable[[EngineChoice], None] | None) -> None:
    st.session_state[_key(key)] = held
    choice = _fitting(held)
    if choice is not None and changed is not None:
        changed(choice)


def _fitting(held: dict[str, str]) -> EngineChoice | None:
    try:
        return EngineChoice.from_dict(held)
    except InvalidInput:
        return None


def _key(key: str) -> str:
    return f"engine_held_{key}"


def _saved_key(key: str) -> str:
    return f"engine_saved_{key}"
