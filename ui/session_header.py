"""Head of a session's page: what it is about, where it stands and by whom, and the word on it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from services import review, sessions, studio
from services.people import Role, actor
from services.review import SessionReview
from services.sessions import SessionStatus, SessionView
from ui import formats
from ui.brief_form import campaign_name
from ui.cards import STATUS_TAGS
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.layout import page_head
from ui.navigation import EVALUATE, RUN_PARAM, SESSION_PARAM, SESSIONS, STUDIO, go, link
from ui.review_access import called, refusal
from ui.review_controls import act
from ui.review_one import begin_review
from ui.share import copy_link
from ui.text import plain

PEOPLE_SHOWN = 4


def session_header(view: SessionView, seen: SessionReview) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="session_links"):
        link(SESSIONS, _("All sessions"), icon=":material/arrow_back:")
        if actor().may(Role.CREATOR):
            link(STUDIO, _("Open in Studio"), icon=":material/edit:", **{SESSION_PARAM: view.id})
        if view.parent_id:
            link(
                SESSIONS,
                _("Made from another session"),
                icon=":material/call_split:",
                **{SESSION_PARAM: view.parent_id},
            )
        copy_link(SESSIONS, "session", **{SESSION_PARAM: view.id})
    with page_head(plain(view.brief.topic)):
        if view.variants:
            st.button(
                _("Review one by one"),
                icon=":material/slideshow:",
                on_click=begin_review,
                args=(view.variants[0].id,),
                help=_("Large pictures, one after the other, by keyboard alone."),
            )
            _word(view, seen)
        _more(view, seen)
    _stands(view, seen)
    if seen.made_after:
        _late(seen)


def _word(view: SessionView, seen: SessionReview) -> None:
    """Approve or reject, or take the word back."""
    why = refusal(Role.REVIEWER)
    if seen.status is SessionStatus.REVIEW:
        steps = [
            (SessionStatus.REJECTED, _("Reject session"), ":material/thumb_down:", False),
            (SessionStatus.APPROVED, _("Approve session"), ":material/verified:", True),
        ]
    elif seen.status is SessionStatus.DRAFT:
        steps = [(SessionStatus.REVIEW, _("Put up for review"), ":material/rate_review:", True)]
    else:
        steps = [(SessionStatus.REVIEW, _("Reopen"), ":material/undo:", False)]
    for status, label, icon, first in steps:
        st.button(
            label,
            icon=icon,
            key=f"set_{status}",
            type="primary" if first else "secondary",
            disabled=bool(why),
            help=why or None,
            on_click=act,
            args=(review.set_status, view.id, status, seen.status),
        )


def _more(view: SessionView, seen: SessionReview) -> None:
    """What else one can do here, as far as the person's role goes."""
    may = actor().may
    choices: dict[str, tuple[str, Callable[[], None]]] = {}
    if may(Role.CREATOR):
        choices["again"] = (_("Run again with new seeds"), lambda: _run_again(view))
        choices["duplicate"] = (_("Duplicate as new brief"), lambda: _duplicate(view))
    if view.variants:
        choices["report"] = (_("Score report"), lambda: go(EVALUATE, **{SESSION_PARAM: view.id}))
    if may(Role.REVIEWER) and view.variants and seen.status is not SessionStatus.DRAFT:
        choices["draft"] = (_("Back to draft"), lambda: _withdraw(view, seen))
    if not choices:
        return
    choice = st.menu_button(
        _("More"), list(choices), format_func=lambda name: choices[name][0], key="session_more"
    )
    if choice:
        with guard():
            choices[choice][1]()


def _run_again(view: SessionView) -> None:
    """New variants from the same references."""
    go(STUDIO, **{SESSION_PARAM: view.id, RUN_PARAM: studio.start_again(view.id)})


def _duplicate(view: SessionView) -> None:
    go(STUDIO, **{SESSION_PARAM: sessions.duplicate(view.id)})


def _withdraw(view: SessionView, seen: SessionReview) -> None:
    review.set_status(view.id, SessionStatus.DRAFT, seen.status)
    st.rerun()


def _stands(view: SessionView, seen: SessionReview) -> None:
    """Status with who and when, the people, and where the session belongs."""
    tag = f'<span class="{STATUS_TAGS[seen.status]}">{escape(formats.status(seen.status))}</span>'
    if seen.decided_by and seen.decided_at:
        by = _("by {person}, {when}").format(
            person=called(seen.decided_by), when=formats.when(seen.decided_at)
        )
        tag += f'<span title="{escape(formats.moment(seen.decided_at))}">{escape(by)}</span>'
    facts = [campaign_name(view.campaign), _("{engine} engine").format(engine=formats.engine(view.engine))]
    made = _("made {when}").format(when=formats.when(view.created_at))
    if seen.made_by and len(seen.people) > 1:
        made = _("made by {person}, {when}").format(
            person=called(seen.made_by), when=formats.when(view.created_at)
        )
    facts += [made, _("changed {when}").format(when=formats.when(view.updated_at)), *_people(seen)]
    shown = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    st.html(f'<div class="score stands" role="status">{tag}</div><div class="facts-line">{shown}</div>')


def _people(seen: SessionReview) -> list[str]:
    """All who took part, when there is more than the one who made it."""
    names = [called(name) for name in seen.people]
    if len(names) < 2:
        return []
    rest = len(names) - PEOPLE_SHOWN
    shown = ", ".join(names[:PEOPLE_SHOWN])
    if rest > 0:
        shown += " " + _("and {count} more").format(count=rest)
    return [_("with {people}").format(people=shown)]


def _late(seen: SessionReview) -> None:
    count = seen.made_after
    text = ngettext(
        "{count} variant was made after the decision, which does not cover it. Reopen the session to "
        "decide anew.",
        "{count} variants were made after the decision, which does not cover them. Reopen the session to "
        "decide anew.",
        count,
    )
    st.warning(text.format(count=formats.number(count)), icon=":material/new_releases:")
