"""Review one by one: a large picture, its scores beside it, and every answer one key away.

Open by ?review=1&v=VARIANT: 1 to 5 give stars, P picks, X rejects, S shortlists, arrows move, and G goes
back to the grid, as photographers know them. Escape does nothing: Streamlit would heed it in a comment's
field too, and leave the words behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from services import review
from services.evaluation import Row, load_evaluation
from services.review import SessionReview
from services.sessions import SessionView
from ui.bars import score_bars, score_line
from ui.bars import seen as caption_seen
from ui.coverage import coverage_ticks
from ui.discussion import composer, thread
from ui.evaluate_details import why_this_rank
from ui.i18n import _
from ui.images import display_size
from ui.navigation import DETAILS_PARAM
from ui.review_controls import decision_buttons, star_keys, stars_of, tags_box, tags_line
from ui.text import plain

REVIEW_PARAM = "review"
SHOWN = "review_shown"
"""In the session state: the variant that was shown last."""


def begin_review(variant_id: int) -> None:
    """For a button's on_click."""
    st.query_params[REVIEW_PARAM] = "1"
    _show(variant_id)


def reviewing() -> bool:
    return st.query_params.get(REVIEW_PARAM) == "1"


def review_one(view: SessionView, seen: SessionReview) -> None:
    """The variant that the address names, else the best one."""
    rows = load_evaluation(view.id).rows
    wanted = st.query_params.get(DETAILS_PARAM)
    place = next((n for n, row in enumerate(rows) if str(row.id) == wanted), 0)
    row = rows[place]
    st.session_state[SHOWN] = row.id
    bar = st.container()
    left, right = st.columns([4, 3], gap="medium")
    # The bar says which variant it is, so it comes last: a key pressed after it means this one.
    with right, st.container(key="review_answers"):
        _answers(view, row, seen)
    with left, st.container(key="review_picture"):
        _picture(view, row)
    with bar:
        _bar(rows, place, seen)
    if place + 1 < len(rows):
        display_size(rows[place + 1].variant.sha256)  # ready before it is asked for


def _bar(rows: Sequence[Row], place: int, seen: SessionReview) -> None:
    """Way out, how far one is, and the way on."""
    with st.container(horizontal=True, vertical_alignment="center", key="review_bar"):
        st.button(_("Back to the session"), icon=":material/close:", shortcut="G", on_click=_leave)
        rated = sum(seen.of(row.id).own is not None for row in rows)
        where = _("{place} of {count}").format(place=place + 1, count=len(rows))
        yours = _("you rated {count}").format(count=rated)
        with st.container(width="stretch"):
            st.progress((place + 1) / len(rows), text=f"**{where}** · {yours}")
        _step(rows, place, -1, _("Previous"), ":material/arrow_back:", "Left")
        _step(rows, place, +1, _("Next"), ":material/arrow_forward:", "Right")


def _step(rows: Sequence[Row], place: int, by: int, label: str, icon: str, key: str) -> None:
    st.button(
        label,
        icon=icon,
        key=f"go_{key.lower()}",
        shortcut=key,
        disabled=not 0 <= place + by < len(rows),
        on_click=_move,
        args=([row.id for row in rows], by),
    )


def _move(ids: list[int], by: int) -> None:
    """From the variant that was shown last, not from the button's or the address's: two quick presses are
    two steps, and the browser tells its address late."""
    now = st.session_state.get(SHOWN)
    place = ids.index(now) if now in ids else 0
    _show(ids[min(max(place + by, 0), len(ids) - 1)])


def _picture(view: SessionView, row: Row) -> None:
    data = display_size(row.variant.sha256)
    alt = _("Variant {number} for {topic}").format(number=row.variant.index + 1, topic=view.brief.topic)
    if data is None:
        st.caption(f":orange[:material/broken_image:] {_('File missing')}")
    else:
        st.image(data, alt=alt, width="stretch")


def _answers(view: SessionView, row: Row, seen: SessionReview) -> None:
    variant, marks = row.variant, seen.of(row.id)
    st.header(_("Variant {number}").format(number=variant.index + 1), anchor=False)
    star_keys(row.id, marks)
    st.caption(stars_of(marks) or _("Nobody gave stars yet."))
    decision_buttons(row.id, marks, keys=True)
    tags_line(replace(marks, tags=()))  # the box below holds them
    score_line(variant, is_reference=variant.sha256 == view.reference_sha256)
    if row.score:
        score_bars(row.score)
        caption_seen(row.score)
    coverage_ticks(row.coverage)
    with st.expander(_("Why this rank?"), type="compact"):
        why_this_rank(row)
    tags_box(row.id, marks, review.tags_in_use(view.campaign_id))
    st.subheader(plain(_("Comments")), anchor=False)
    for remark in seen.remarks:
        if remark.variant_id == row.id:
            thread(view, remark, reviewing=True)
    composer(view, about=row.id)


def _show(variant_id: int) -> None:
    st.session_state[SHOWN] = variant_id
    st.query_params[DETAILS_PARAM] = str(variant_id)


def _leave() -> None:
    for name in (REVIEW_PARAM, DETAILS_PARAM):
        st.query_params.pop(name, None)
