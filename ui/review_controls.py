"""What a person can say about one variant: stars, pick or reject, shortlist, tags. Each is one click.

Values come from the database at every run, so that two windows of one person never disagree for long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from services import review
from services.domain import Decision
from services.limits import STARS, TAGS_PER_VARIANT
from services.people import Role
from services.review import Marks
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.review_access import refusal


def stars_of(marks: Marks) -> str:
    """ "4.3 of 5, by 3 people"; "" as long as nobody gave any."""
    if marks.stars is None:
        return ""
    text = ngettext("{stars} of 5, by {count} person", "{stars} of 5, by {count} people", marks.raters)
    return text.format(stars=formats.stars(marks.stars), count=marks.raters)


def stars_row(variant_id: int, marks: Marks) -> None:
    """One's own stars to click, and everybody's mean beside them."""
    key = f"stars_{variant_id}"
    st.session_state[key] = None if marks.own is None else marks.own - 1
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"stars_row_{variant_id}"
    ):
        st.feedback(
            "stars",
            key=key,
            disabled=bool(refusal(Role.REVIEWER)),
            on_change=_rate_clicked,
            args=(variant_id, key),
        )
        if marks.stars is not None:
            words = escape(stars_of(marks))
            st.html(
                f'<span class="mean" title="{words}" role="img" aria-label="{words}">'
                f"<b>{formats.stars(marks.stars)}</b> ({marks.raters})</span>",
                width="content",
            )


def star_keys(variant_id: int, marks: Marks) -> None:
    """Five buttons, each with its number as the key to press; the same one again takes the stars back."""
    why = refusal(Role.REVIEWER)
    with st.container(horizontal=True, gap="xsmall", key="star_keys"):
        for stars in range(1, STARS + 1):
            lit = marks.own is not None and stars <= marks.own
            st.button(
                ngettext("{count} star", "{count} stars", stars).format(count=stars),  # drawn as a star
                key=f"star_{'lit' if lit else 'dim'}_{stars}",
                help=why or None,
                disabled=bool(why),
                shortcut=str(stars),
                on_click=act,
                args=(review.rate, variant_id, None if marks.own == stars else stars),
            )


def bookmark(variant_id: int, marks: Marks) -> None:
    """On or off the shortlist, as a small button on the corner of the card's picture."""
    _shortlist(variant_id, marks, f"mark_{'on' if marks.shortlisted else 'off'}_{variant_id}", None)


def decision_buttons(variant_id: int, marks: Marks, keys: bool = False) -> None:
    """Pick and reject; pressed again they are taken back. `keys`: P and X press them, S the shortlist.

    With keys the buttons are the same ones for every variant: where a page is half drawn, a key must not
    press those of the last variant beside those of this one.
    """
    why = refusal(Role.REVIEWER)
    picked, rejected = marks.decision is Decision.PICKED, marks.decision is Decision.REJECTED
    with st.container(horizontal=True, gap="xsmall", key="decide" if keys else f"decide_{variant_id}"):
        st.button(
            _("Unpick") if picked else _("Pick"),
            icon=":material/check_circle:",
            key="pick" if keys else f"pick_{variant_id}",
            help=why or None,
            disabled=bool(why),
            shortcut="P" if keys else None,
            on_click=_decide,
            args=(variant_id, marks, None if picked else Decision.PICKED),
        )
        st.button(
            _("Restore") if rejected else _("Reject"),
            icon=":material/cancel:",
            key="reject" if keys else f"reject_{variant_id}",
            help=why or None,
            disabled=bool(why),
            shortcut="X" if keys else None,
            on_click=_decide,
            args=(variant_id, marks, None if rejected else Decision.REJECTED),
        )
        if keys:
            _shortlist(variant_id, marks, f"shortlist_{'on' if marks.shortlisted else 'off'}", "S")


def _shortlist(variant_id: int, marks: Marks, key: str, shortcut: str | None) -> None:
    """A bookmark; without a shortcut its words are for screen readers and the hover alone."""
    why = refusal(Role.REVIEWER)
    words = _("Shortlisted") if marks.shortlisted else _("Shortlist")
    st.button(
        words,
        icon=":material/bookmark_added:" if marks.shortlisted else ":material/bookmark:",
        key=key,
        help=why or (None if shortcut else words),
        disabled=bool(why),
        shortcut=shortcut,
        on_click=act,
        args=(review.shortlist, variant_id, not marks.shortlisted),
    )


def tags_line(marks: Marks) -> None:
    """The tags as small labels, and whether the approval covers the variant."""
    late = f'<span class="tag tag-late">{escape(_("made after the decision"))}</span>' if marks.after else ""
    words = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in marks.tags)
    if late or words:
        st.html(f'<div class="tags">{late}{words}</div>')


def tags_box(variant_id: int, marks: Marks, words: Sequence[str]) -> None:
    """Tags to add and take away; `words` are those that the campaign uses already."""
    key = f"tags_{variant_id}"
    st.session_state[key] = list(marks.tags)
    st.multiselect(
        _("Tags"),
        list(dict.fromkeys([*marks.tags, *words])),
        key=key,
        placeholder=_("Choose a tag, or type a new one"),
        help=refusal(Role.REVIEWER) or None,
        disabled=bool(refusal(Role.REVIEWER)),
        max_selections=TAGS_PER_VARIANT,
        accept_new_options=True,
        on_change=_retag,
        args=(variant_id, marks.tags, key),
    )


def act(change: Callable[..., object], *args: object) -> None:
    """A callback that does `change` and tells what is in its way, if anything."""
    with guard():
        change(*args)


def _rate_clicked(variant_id: int, key: str) -> None:
    chosen = st.session_state[key]
    act(review.rate, variant_id, None if chosen is None else chosen + 1)


def _decide(variant_id: int, marks: Marks, decision: Decision | None) -> None:
    with guard():
        review.decide(variant_id, decision, seen=marks.decision)


def _retag(variant_id: int, seen: Sequence[str], key: str) -> None:
    """Only what this person changed: tags that others add or take away meanwhile stay as they put them."""
    with guard():
        wanted = list(st.session_state[key])
        for tag in seen:
            if tag not in wanted:
                review.remove_tag(variant_id, tag)
        for tag in wanted:
            if tag not in seen:
                review.add_tag(variant_id, tag)
