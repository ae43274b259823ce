"""Before pictures are generated: about how long it will take here, and a quicker way where that is long."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from services import sessions
from services.generation.kandinsky.estimate import Basis, Estimate, estimate
from services.models.threads import cores
from services.sessions import SessionView
from services.settings import get_settings
from services.sizes import readable
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.text import plain


def generation_estimate(view: SessionView) -> None:
    """One line where it is quick, a warning with a way out where it is not; nothing for layouts."""
    told = estimate(view.parts, view.brief)
    if told is None:
        return
    if told.long:
        _slow(view, told)
    else:
        sentence = _("About {total} for {variants} on {device}.").format(**_figures(view, told))
        st.caption(f":material/schedule: {sentence} {_memory(told)} {_basis(told)}")


def _slow(view: SessionView, told: Estimate) -> None:
    figures = _figures(view, told)
    if told.very_long:
        sentence = _(
            "**This machine is too slow for {model}.** One variant takes about {each} on {device}, all "
            "{variants} about {total}. You can start it and come back; it goes on without this page."
        )
    else:
        sentence = _(
            "One variant takes about {each} on {device}, all {variants} about {total}. You can start it and "
            "come back; it goes on without this page."
        )
    with st.container(key=f"slow_{view.id}"):
        st.warning(f"{sentence.format(**figures)} {_memory(told)} {_basis(told)}", icon=":material/schedule:")
        if st.button(
            _("Make layouts instead, in seconds"), icon=":material/bolt:", key=f"use_lite_{view.id}"
        ):
            with guard():
                sessions.set_parts(view.id, replace(view.parts, encoder="lite", generator="lite"))
                st.rerun()


def _figures(view: SessionView, told: Estimate) -> dict[str, str]:
    return {
        "model": {"kandinsky21": "Kandinsky 2.1"}.get(view.parts.generator, "Kandinsky 2.2"),
        "each": formats.duration(told.per_variant),
        "total": formats.duration(told.seconds),
        "variants": formats.variants(view.brief.variants),
        "device": _device(told),
    }


def _device(told: Estimate) -> str:
    if told.kind != "cpu":
        return plain(told.device)
    count = cores(get_settings().threads)
    return ngettext("this processor ({count} core)", "this processor ({count} cores)", count).format(
        count=count
    )


def _memory(told: Estimate) -> str:
    need, there = readable(told.memory_bytes), readable(told.device_bytes)
    if told.fits:
        return _("It needs {need} of {there} memory.").format(need=need, there=there)
    if told.kind == "cpu":
        sentence = _("It needs {need} of memory and this machine has {there}: it may not get through.")
    else:
        sentence = _(
            "It needs {need} of memory and there are {there}: its parts take turns, which is slower."
        )
    return sentence.format(need=need, there=there)


def _basis(told: Estimate) -> str:
    if told.basis is Basis.MEASURED:
        return _("Measured on earlier runs here.")
    return _("A cautious estimate until the first run.")
