"""What people say to each other about a session: threads, one level of answers, and who did what."""

from __future__ import annotations

from html import escape

import streamlit as st

from services import review
from services.limits import COMMENT_CHARS
from services.people import Role, actor
from services.review import Remark, SessionReview
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _, tr
from ui.images import tiny
from ui.review_access import called, refusal
from ui.review_controls import act

ANSWERING = "answering"
"""Session state: the comment whose answer is being written."""
ABOUT_PARAM = "about"
"""The variant that a new comment is about."""
WHOLE = 0
EVENTS_SHOWN = 30


def discussion(view: SessionView, seen: SessionReview) -> None:
    talk, trail = st.columns([3, 2], gap="large")
    with talk:
        st.header(_("Comments"), anchor=False)
        if not seen.remarks:
            st.caption(_("Nobody said anything yet. Say what works, and what should change."))
        for remark in seen.remarks:
            thread(view, remark)
        composer(view)
    with trail:
        st.header(_("History"), anchor=False)
        st.caption(_("Who did what, newest first. Nobody can change it."))
        _history(view)


def discuss(variant_id: int) -> None:
    """For a button's on_click: open the discussion with a comment on the variant begun."""
    st.query_params["tab"] = "discussion"
    st.query_params[ABOUT_PARAM] = str(variant_id)


def composer(view: SessionView, about: int | None = None) -> None:
    """A field to say something; `about` a variant, else one chooses. Kept as typed until it is posted."""
    why = refusal(Role.REVIEWER)
    numbers = {v.id: v.index + 1 for v in view.variants}
    with st.form(f"comment_{about or 'any'}", clear_on_submit=True, border=False, enter_to_submit=False):
        text = st.text_area(
            _("Your comment"), max_chars=COMMENT_CHARS, height=96, disabled=bool(why), key=f"say_{about}"
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            target = about or WHOLE
            if about is None and numbers:
                target = _target(numbers)
            posted = st.form_submit_button(
                _("Post"), icon=":material/send:", disabled=bool(why), help=why or None
            )
    if posted and text.strip():
        with guard():
            review.comment(view.id, text, target if target in numbers else None)
            st.rerun()


def _target(numbers: dict[int, int]) -> int:
    wanted = st.query_params.get(ABOUT_PARAM, "")
    labels = {WHOLE: _("The whole session")}
    labels |= {i: _variant(numbers[i]) for i in sorted(numbers, key=lambda i: numbers[i])}
    options = list(labels)
    first = int(wanted) if wanted.isdecimal() and int(wanted) in numbers else WHOLE
    return st.selectbox(
        _("About"),
        options,
        index=options.index(first),
        format_func=lambda i: labels[i],
        width=200,
    )


def thread(view: SessionView, remark: Remark, reviewing: bool = False) -> None:
    """A comment with its answers, and the way to answer. `reviewing`: its variant stands beside it."""
    with st.container(border=True, key=f"card_thread_{remark.id}", gap="small"):
        _said(view, remark, head=not reviewing)
        for answer in remark.answers:
            with st.container(key=f"answer_{answer.id}"):
                _said(view, answer, head=False)
        with st.container(horizontal=True, gap="small"):
            _answer_button(remark)
            if not remark.answers:
                _remove_button(remark)
            elif (last := remark.answers[-1]).person_id == actor().id:
                _remove_button(last)
        if st.session_state.get(ANSWERING) == remark.id:
            _answer_form(remark)


def _said(view: SessionView, remark: Remark, head: bool) -> None:
    """Who, when, and the words as they are, never as markup; a thread's `head` says about what."""
    variant = next((v for v in view.variants if head and v.id == remark.variant_id), None)
    about = f'<span class="tag">{escape(_variant(variant.index + 1))}</span>' if variant else ""
    when = f'<time title="{escape(formats.moment(remark.at))}">{escape(formats.when(remark.at))}</time>'
    line = f"<header><b>{escape(called(remark.person))}</b>{when}{about}</header>"
    data = tiny(variant.sha256) if variant else ""
    image = f'<img src="{data}" alt="">' if data else ""
    st.html(f'<article class="remark">{image}<div>{line}<p>{escape(remark.text)}</p></div></article>')


def _variant(number: int) -> str:
    return _("Variant {number}").format(number=number)


def _answer_button(remark: Remark) -> None:
    why = refusal(Role.REVIEWER)
    st.button(
        _("Answer"), icon=":material/reply:", type="tertiary", key=f"answer_to_{remark.id}",
        disabled=bool(why), help=why or None, on_click=_begin_answer, args=(remark.id,),
    )  # fmt: skip


def _remove_button(remark: Remark) -> None:
    """Only for one's own: others cannot take it back."""
    if remark.person_id == actor().id and not refusal(Role.REVIEWER):
        st.button(
            _("Take back"), icon=":material/delete:", type="tertiary", key=f"take_back_{remark.id}",
            on_click=act, args=(review.remove_comment, remark.id),
        )  # fmt: skip


def _answer_form(remark: Remark) -> None:
    with st.form(f"answer_form_{remark.id}", clear_on_submit=True, border=False, enter_to_submit=False):
        text = st.text_area(_("Your answer"), max_chars=COMMENT_CHARS, height=80)
        posted = st.form_submit_button(_("Post the answer"), icon=":material/send:")
    if posted and text.strip():
        with guard():
            review.answer(remark.id, text)
            st.session_state.pop(ANSWERING, None)
            st.rerun()


def _begin_answer(comment_id: int) -> None:
    """The same button again puts the form away."""
    same = st.session_state.get(ANSWERING) == comment_id
    st.session_state[ANSWERING] = None if same else comment_id


def _history(view: SessionView) -> None:
    """Readable sentences, newest first; older ones on demand."""
    key = f"history_{view.id}"
    limit = int(st.session_state.get(key, EVENTS_SHOWN))
    events = review.history(view.id, limit=limit + 1)
    if not events:
        st.caption(_("Nothing yet."))
        return
    lines = "".join(
        f"<li><b>{escape(called(event.person))}</b> {escape(tr(event.what))}"
        f'<time title="{escape(formats.moment(event.at))}">{escape(formats.when(event.at))}</time></li>'
        for event in events[:limit]
    )
    st.html(f'<ol class="trail">{lines}</ol>')
    if len(events) > limit and st.button(_("Show older"), icon=":material/expand_more:", type="tertiary"):
        st.session_state[key] = limit + 2 * EVENTS_SHOWN
        st.rerun()
