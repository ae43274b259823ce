"""The engine's parts with their readiness, and the checks of the doctor, in words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.doctor import Check, EnginePart
from ui.i18n import _
from ui.text import plain, say


def part_names() -> dict[str, str]:
    return {
        "planner": _("Plans the brief"),
        "encoder": _("Finds references"),
        "generator": _("Makes variants"),
        "clip score": _("Matches the text"),
        "caption": _("Describes a picture"),
        "topic similarity": _("Shows the topic"),
        "lpips": _("Looks like the reference"),
    }


def engine_table(parts: Sequence[EnginePart]) -> None:
    names = part_names()
    lines = [f"| | {_('Part')} | {_('Model')} |", "|---|---|---|"]
    for part in parts:
        light = (
            f":green[:material/check_circle:] {_('Ready')}"
            if part.ready
            else f":red[:material/cancel:] {_('Missing')}"
        )
        lines.append(f"| {light} | {names.get(part.part, plain(part.part))} | {plain(part.model)} |")
    st.markdown("\n".join(lines))


def troubles(checks: Sequence[Check]) -> None:
    """What is wrong and how to mend it; one calm line when nothing is."""
    wrong = [check for check in checks if not check.ok]
    if not wrong:
        st.success(_("Everything that was looked at is in order."), icon=":material/check_circle:")
    for check in wrong:
        mend = f"  \n{say(check.mend)}" if check.mend else ""
        st.warning(f"**{plain(check.name)}**: {plain(check.detail)}{mend}", icon=":material/build:")
