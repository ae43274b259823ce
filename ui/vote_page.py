"""Voting blind: two pictures, A or B, nothing that tells which is which; then how the variants stand.

The standing waits until one has judged all pairs or stops: who knows it does not vote blind any more.
"""

from __future__ import annotations

import time

import streamlit as st

from services.evaluation import Evaluation
from services.people import Role
from services.votes.ballots import Pair, next_pair, take_back, vote
from ui import address, formats
from ui.compare_choice import VOTE_PARAM
from ui.compare_stage import Shown, stage
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head
from ui.navigation import SESSION_PARAM, link, session_page
from ui.review_access import refusal
from ui.text import plain, short
from ui.vote_standing import standing_view

LOOK_SECONDS = 0.4
"""Nobody judges a pair faster: an answer within it is a double click, or a key held down."""


def voting() -> bool:
    return address.read(VOTE_PARAM) == "1"


def vote_page(evaluation: Evaluation) -> None:
    """The next pair, or the standing for who has none left, stopped, or may only look."""
    view = evaluation.session
    head = page_head(_("Blind vote"), plain(short(view.brief.topic, 90)))
    why = refusal(Role.REVIEWER)
    pair = None if why else st.session_state.get(_again(view.id)) or next_pair(view.id)
    stopped = st.session_state.get(_stopped(view.id), False)
    with head, st.container(horizontal=True, vertical_alignment="center", width="content"):
        if not why:
            _ways(view.id, pair is not None, stopped)
        back = session_page(view.kind, made=True)
        link(back, _("Back to the session"), ":material/arrow_back:", **{SESSION_PARAM: view.id})
    if pair is not None and not stopped:
        _ballot(evaluation, pair)
        return
    if why:
        st.caption(plain(why))
    elif pair is None:
        st.success(_("You judged every pair. Thank you!"), icon=":material/done_all:")
    else:
        voted = _("You stopped after {voted} of {pairs} pairs.")
        st.caption(voted.format(voted=formats.number(pair.voted), pairs=formats.number(pair.pairs)))
    standing_view(evaluation)


def _ways(session_id: str, more: bool, stopped: bool) -> None:
    """Back by one vote, to the standing, and on from there; `more`: there are pairs left."""
    st.button(
        _("Undo the last vote"),
        icon=":material/undo:",
        type="tertiary",
        key="vote_undo",
        shortcut="U",
        disabled=not st.session_state.get(_cast_here(session_id)),
        on_click=_undo,
        args=(session_id,),
    )
    if more:
        st.button(
            _("Go on voting") if stopped else _("Stop and see the standing"),
            icon=":material/how_to_vote:" if stopped else ":material/leaderboard:",
            key="vote_go_on" if stopped else "vote_stop",
            on_click=_stop,
            args=(session_id, not stopped),
        )


def _ballot(evaluation: Evaluation, pair: Pair) -> None:
    view = evaluation.session
    by_id = {row.id: row.variant for row in evaluation.rows}
    judged = _("{voted} of {pairs} pairs").format(
        voted=formats.number(pair.voted), pairs=formats.number(pair.pairs)
    )
    how = _("which one is better? Every vote counts, stop whenever you like.")
    st.progress(pair.voted / pair.pairs, text=f"**{judged}** · {how}")
    names = {pair.left: "A", pair.right: "B"}
    pictures = [
        Shown(
            by_id[each].sha256,
            (by_id[each].width, by_id[each].height),
            name,
            _("Picture {name} of this pair").format(name=name),
        )
        for each, name in names.items()
    ]
    stage(pictures, f"ballot_{view.id}", voting=True)
    with st.container(horizontal=True, key="ballot_answers"):
        _answer(view.id, pair, pair.left, _("A is better"), "Left")
        _answer(view.id, pair, None, _("No difference"), "0")
        _answer(view.id, pair, pair.right, _("B is better"), "Right")
    if _stopped(view.id) in st.session_state:
        st.caption(_("You have seen the standing, so these votes are not quite blind."))
    st.session_state[_drawn(view.id)] = (pair, time.monotonic())


def _answer(session_id: str, pair: Pair, winner: int | None, label: str, key: str) -> None:
    st.button(
        label,
        key=f"vote_{key.lower()}",
        shortcut=key,
        width="stretch",
        on_click=_cast,
        args=(session_id, pair, winner),
    )


# --- callbacks ------------------------------------------------------------------------------------


def _cast(session_id: str, pair: Pair, winner: int | None) -> None:
    shown, since = st.session_state.get(_drawn(session_id), (pair, 0.0))
    if shown != pair or time.monotonic() - since < LOOK_SECONDS:
        return
    with guard():
        vote(session_id, pair.left, pair.right, winner)
        st.session_state.pop(_again(session_id), None)
        st.session_state.setdefault(_cast_here(session_id), []).append(pair)


def _undo(session_id: str) -> None:
    """Ask the last pair again, on the same sides."""
    cast: list[Pair] = st.session_state.get(_cast_here(session_id), [])
    if not cast:
        return
    with guard():
        take_back(session_id, cast[-1].left, cast[-1].right)
        st.session_state[_again(session_id)] = cast.pop()
        if _stopped(session_id) in st.session_state:
            st.session_state[_stopped(session_id)] = False


def _stop(session_id: str, stopped: bool) -> None:
    st.session_state[_stopped(session_id)] = stopped


def _again(session_id: str) -> str:
    """Where the pair waits whose vote was taken back."""
    return f"vote_again_{session_id}"


def _stopped(session_id: str) -> str:
    """Whether the person stopped; there at all: they have seen the standing."""
    return f"vote_stopped_{session_id}"


def _cast_here(session_id: str) -> str:
    """The pairs judged in this visit, the last one last."""
    return f"vote_cast_{session_id}"


def _drawn(session_id: str) -> str:
    """The pair on the screen, and since when."""
    return f"vote_drawn_{session_id}"
