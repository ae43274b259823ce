"""The plan and the references of a session to read: what was looked for, what was used, and why not."""

from __future__ import annotations

import streamlit as st

from services.domain import Plan
from services.sessions import SessionView
from ui import formats
from ui.bars import Share, share_bar
from ui.i18n import _
from ui.images import picture
from ui.mixture import mixture
from ui.references import reason
from ui.text import plain, say
from ui.theme import OKABE_ITO


def plan_in_full(plan: Plan) -> None:
    st.markdown(plain(plan.summary))
    for notice in plan.notices:
        st.caption(say(notice))
    share_bar([Share(q.text, q.weight, OKABE_ITO[i % len(OKABE_ITO)]) for i, q in enumerate(plan.subqueries)])
    if plan.keywords:
        words = " · ".join(f"{plain(k.text)} {formats.similarity(k.similarity)}" for k in plan.keywords)
        st.caption(f"{_('Keywords')}: {words}")
    st.caption(f"{_('Planned by')}: {plain(plan.planner.id)} {plain(plan.planner.revision)}")


def references_in_full(view: SessionView) -> None:
    """Every match with its similarity, and why it was kept or left out."""
    if not view.matches:
        st.caption(_("No references were used."))
    numbers = {m.item_id: i for i, m in enumerate(view.matches, 1)}
    for index in dict.fromkeys(m.subquery for m in view.matches):
        matches = [m for m in view.matches if m.subquery == index]
        st.subheader(plain(matches[0].query), anchor=False)
        grid = st.grid(6, min_column_width=140, gap="small")
        for match in matches:
            dimmed = "" if match.kept else "dropped_"
            with grid.cell(), st.container(key=f"{dimmed}story_{index}_{match.item_id}", gap="xxsmall"):
                picture(
                    match.sha256,
                    match.caption or match.file_name,
                    key=f"shot_reference_story_{index}_{match.item_id}",
                )
                st.markdown(
                    f"**#{numbers[match.item_id]}** {formats.similarity(match.similarity)}",
                    help=plain(match.caption or match.file_name),
                )
                if match.kept:
                    by_hand = f" ({_('by hand')})" if match.overruled else ""
                    st.caption(f":green[:material/check:] {_('in use')}{by_hand}")
                else:
                    st.caption(f":orange[:material/block:] {reason(match, numbers)}")
    mixture(view.conditions)
