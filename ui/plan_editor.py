"""Step 2: the plan, editable before anything runs. Every change is saved as it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from services import sessions
from services.domain import Plan, Strategy, SubQuery
from services.limits import SUBQUERIES
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.plan_details import headline_offer, how_planned, plan_notices
from ui.text import plain


@dataclass(frozen=True, slots=True)
class Row:
    """A sub-query in the editor. `id` stays with it while rows come and go; `weight` is 0..100 as typed."""

    id: int
    text: str
    weight: int


def plan_editor(view: SessionView, plan: Plan) -> None:
    """Draw `plan` and save what is changed. Matches of an earlier search are counted beside their query."""
    session_id = view.id
    plan_notices(plan)
    if view.brief.strategy is Strategy.KEYWORDS and plan.keywords:
        words = ", ".join(plain(k.text) for k in plan.keywords)
        st.info(_("This brief searches by keywords of the whole text: {keywords}.").format(keywords=words))
    rows = _rows(session_id, plan)
    st.text_area(
        _("Summary"),
        plan.summary,
        height=68,
        key=f"plan_summary_{session_id}",
        on_change=_save,
        args=(session_id, plan),
    )
    headline_offer(view, plan)
    _head()
    total = sum(_typed(session_id, row) for row in rows) or 1
    used = {q: [m.kept for m in view.matches if m.query == q] for q in {m.query for m in view.matches}}
    for row in rows:
        _draw(session_id, plan, row, _typed(session_id, row) / total, used.get(row.text, []), len(rows) > 1)
    st.button(
        _("Add a part"),
        icon=":material/add:",
        type="tertiary",
        disabled=len(rows) >= 2 * SUBQUERIES[1],
        key=f"plan_add_{session_id}",
        on_click=_add,
        args=(session_id,),
    )
    how_planned(session_id, plan)


def plan_summary(plan: Plan | None) -> str:
    if plan is None:
        return ""
    count = len(plan.subqueries)
    parts = ngettext("{count} part", "{count} parts", count).format(count=count)
    return f"{parts} · {' · '.join(q.text for q in plan.subqueries)}"


def _rows(session_id: str, plan: Plan) -> list[Row]:
    """The editor's rows; made anew when the plan was changed by somebody else, such as a new run."""
    state, source = f"plan_rows_{session_id}", f"plan_source_{session_id}"
    if st.session_state.get(source) != plan.subqueries:
        start = int(st.session_state.get(f"{state}_next", 0))
        rows = [Row(start + i, q.text, round(q.weight * 100)) for i, q in enumerate(plan.subqueries)]
        st.session_state[state], st.session_state[source] = rows, plan.subqueries
        st.session_state[f"{state}_next"] = start + len(rows)
        st.session_state.pop(f"plan_summary_{session_id}", None)
    kept: list[Row] = st.session_state[state]
    return kept


def _head() -> None:
    text, weight, share, _found, _remove = st.columns([6, 4, 1, 1, 1], vertical_alignment="bottom")
    text.caption(_("What to look for"))
    weight.caption(_("Weight"))
    share.caption(_("Share"))
    _found.caption(_("Used"))


def _draw(session_id: str, plan: Plan, row: Row, share: float, used: list[bool], removable: bool) -> None:
    text, weight, part, count, remove = st.columns([6, 4, 1, 1, 1], vertical_alignment="center")
    text.text_input(
        _("What to look for"),
        row.text,
        key=_key(session_id, row, "text"),
        label_visibility="collapsed",
        on_change=_save,
        args=(session_id, plan),
    )
    weight.slider(
        _("Weight"),
        0,
        100,
        row.weight,
        key=_key(session_id, row, "weight"),
        label_visibility="collapsed",
        on_change=_save,
        args=(session_id, plan),
    )
    part.markdown(f"**{formats.percent(share)}**")
    count.markdown(f"{sum(used)}/{len(used)}" if used else formats.DASH)
    remove.button(
        "",
        icon=":material/close:",
        type="tertiary",
        help=_("Remove this part"),
        disabled=not removable,
        key=_key(session_id, row, "remove"),
        on_click=_remove,
        args=(session_id, plan, row.id),
    )


def _key(session_id: str, row: Row, what: str) -> str:
    return f"plan_{what}_{session_id}_{row.id}"


def _typed(session_id: str, row: Row) -> int:
    return int(st.session_state.get(_key(session_id, row, "weight"), row.weight))


def _add(session_id: str) -> None:
    """A new empty row. It joins the plan once it has words."""
    state = f"plan_rows_{session_id}"
    number = int(st.session_state[f"{state}_next"])
    st.session_state[state] = [*st.session_state[state], Row(number, "", 20)]
    st.session_state[f"{state}_next"] = number + 1


def _remove(session_id: str, plan: Plan, row_id: int) -> None:
    state = f"plan_rows_{session_id}"
    st.session_state[state] = [row for row in st.session_state[state] if row.id != row_id]
    _save(session_id, plan)


def _save(session_id: str, plan: Plan) -> None:
    """Write the editor's rows into the plan; weights are scaled to sum to 1."""
    state = f"plan_rows_{session_id}"
    rows = [
        replace(
            row,
            text=str(st.session_state.get(_key(session_id, row, "text"), row.text)).strip(),
            weight=_typed(session_id, row),
        )
        for row in st.session_state[state]
    ]
    worded = [row for row in rows if row.text]
    total = sum(row.weight for row in worded)
    if not worded or not total:
        return
    subqueries = tuple(SubQuery(row.text, row.weight / total) for row in worded)
    summary = str(st.session_state.get(f"plan_summary_{session_id}", plan.summary)).strip()
    with guard():
        sessions.save_plan(session_id, replace(plan, summary=summary, subqueries=subqueries))
        st.session_state[state] = rows
        st.session_state[f"plan_source_{session_id}"] = subqueries
