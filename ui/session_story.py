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
from ui.references import match_lines
from ui.text import plain, say, short
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
    elif view.retriever is not None:
        st.caption(f"{_('Found by')}: {plain(view.retriever.id)} {plain(view.retriever.revision)}")
    numbers = {m.item_id: i for i, m in enumerate(view.matches, 1)}
    for index in dict.fromkeys(m.subquery for m in view.matches):
        matches = [m for m in view.matches if m.subquery == index]
        st.subheader(plain(short(matches[0].query, 90)), anchor=False)
        grid = st.grid(4, min_column_width=150, gap="small")
        for match in matches:
            key = f"{'' if match.kept else 'dropped_'}story_{match.item_id}"
            with grid.cell(), st.container(key=f"tile_{key}", gap="small"):
                name = match.caption or match.file_name
                picture(match.sha256, name, key=f"shot_reference_{key}")
                match_lines(match, numbers)
    mixture(view.conditions)
