"""Which of a session's variants to show: all, the shortlist, those picked, those one has not rated ..."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services.domain import Decision
from services.review import Marks, SessionReview
from services.sessions import SessionView
from ui import address
from ui.i18n import _

SHOW_PARAM = "show"
ALL = "all"


def shown_variants(view: SessionView, seen: SessionReview) -> frozenset[int] | None:
    """The ids of what is chosen in the address; None: all. Without any review there is no choice yet."""
    kinds = _kinds()
    ids = {name: _fitting(view, seen, fits) for name, (_label, fits) in kinds.items()}
    labels = {name: f"{label} {len(ids[name])}" for name, (label, _fits) in kinds.items()}
    offered = [ALL, *(name for name in kinds if name != ALL and 0 < len(ids[name]) < len(view.variants))]
    wanted = address.read(SHOW_PARAM)
    if wanted in kinds and wanted not in offered:
        offered.append(wanted)  # it was asked for: show that there is none
    if len(offered) < 2:
        return None
    chosen = wanted if wanted in offered else ALL
    key = "show_variants"
    st.session_state[key] = chosen
    st.segmented_control(
        _("Show"),
        offered,
        format_func=lambda name: labels[name],
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_write,
        args=(key,),
    )
    if not ids[chosen]:
        st.caption(_("None of the variants is here yet."))
    return None if chosen == ALL else frozenset(ids[chosen])


def _kinds() -> dict[str, tuple[str, Callable[[Marks], bool]]]:
    """Code in the address -> label, and which variants it means."""
    return {
        ALL: (_("All"), lambda marks: True),
        "shortlist": (_("Shortlist"), lambda marks: marks.shortlisted),
        "picked": (_("Picked"), lambda marks: marks.decision is Decision.PICKED),
        "rejected": (_("Rejected"), lambda marks: marks.decision is Decision.REJECTED),
        "unrated": (_("Not rated by you"), lambda marks: marks.own is None),
        "after": (_("Made after the decision"), lambda marks: marks.after),
    }


def _fitting(view: SessionView, seen: SessionReview, fits: Callable[[Marks], bool]) -> list[int]:
    return [v.id for v in view.variants if fits(seen.of(v.id))]


def _write(key: str) -> None:
    chosen = str(st.session_state[key])
    if chosen == ALL:
        st.query_params.pop(SHOW_PARAM, None)
    else:
        st.query_params[SHOW_PARAM] = chosen
