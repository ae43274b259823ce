"""What a library has for a brief: a verdict, then each part with its closest pictures, then what to do."""

from __future__ import annotations

from html import escape

import streamlit as st

from services import library_coverage, library_pages, library_runs
from services.libraries import LibraryCard
from services.library_coverage import Answer, LibraryCoverage, TextCoverage
from services.people import Role
from services.settings import get_settings
from ui import formats
from ui.i18n import _, ngettext
from ui.layout import empty_state
from ui.library_asked import asked
from ui.library_pictures import prepare_first, searchable
from ui.library_texts import texts_field
from ui.library_tiles import tile
from ui.navigation import RUN_PARAM
from ui.review_access import refusal
from ui.text import plain, short

FROM_UNSPLASH = 12
"""Photos of one missing part: enough for a choice."""

NAMED = 3
"""Texts without an answer that the verdict names; more are counted."""


def coverage(card: LibraryCard) -> None:
    if not searchable(card.name):
        prepare_first(card.name)
        return
    texts = texts_field("library_coverage")
    if not texts:
        with empty_state(
            "checklist",
            _("Does this library have what a brief needs?"),
            _("Choose a session, or type what its pictures should show."),
        ):
            return
    what = (card.name, library_pages.version(card.name), tuple(texts))
    run = asked(
        "library_coverage",
        what,
        lambda: library_coverage.ask(card.name, texts),
        _("Checking what the library has for each part."),
    )
    if run is None:
        return
    found = library_coverage.read(run)
    _verdict(card, found)
    for place, text in enumerate(found.texts):
        _text(text, found.floor, place)
    st.caption(
        _(
            "A picture counts when its similarity reaches {floor}. Below that it is more likely wrong "
            "than right for this search model."
        ).format(floor=formats.similarity(found.floor))
    )


def _verdict(card: LibraryCard, found: LibraryCoverage) -> None:
    total = len(found.texts)
    if not found.missing:
        words = ngettext(
            "This library answers the {count} part asked for.",
            "This library answers all {count} parts.",
            total,
        )
        st.success(words.format(count=formats.number(total)), icon=":material/check_circle:")
        return
    head = _("{answered} of {total} parts are answered.").format(
        answered=formats.number(found.answered), total=formats.number(total)
    )
    names = ", ".join(f"“{plain(short(text.text, 40))}”" for text in found.missing[:NAMED])
    more = len(found.missing) - NAMED
    if more > 0:
        names = _("{names} and {count} more").format(names=names, count=formats.number(more))
    nothing = _("Nothing here answers {names}.").format(names=names)
    st.warning(f"**{head}** {nothing}", icon=":material/search_off:")
    _what_to_do(card, found)


def _what_to_do(card: LibraryCard, found: LibraryCoverage) -> None:
    may_add = not card.built_in and not refusal(Role.CREATOR)
    st.caption(
        _(
            "Add pictures of it at the top of this page, or leave it out of the plan: the variant is then "
            "made without a reference for it."
        )
        if may_add
        else _("Try another library, or leave it out of the plan.")
    )
    if may_add:
        _unsplash(card.name, found)


def _unsplash(name: str, found: LibraryCoverage) -> None:
    """Photos of what is missing from Unsplash, where the studio has a key for it."""
    if get_settings().unsplash_access_key is None:
        return
    with st.popover(_("Find some on Unsplash"), icon=":material/travel_explore:"):
        for place, text in enumerate(found.missing):
            if st.button(plain(short(text.text, 60)), key=f"unsplash_{place}", type="tertiary"):
                st.query_params[RUN_PARAM] = library_runs.start_unsplash_library(
                    name, text.text, FROM_UNSPLASH
                )
                st.rerun()


def _text(text: TextCoverage, floor: float, place: int) -> None:
    with st.container(border=True, key=f"card_coverage_{place}", gap="small"):
        st.html(f'<div class="match">{_head(text)}<small>{escape(_figures(text, floor))}</small></div>')
        if text.top:
            grid = st.grid(6, min_column_width=110, gap="small")
            for rank, hit in enumerate(text.top):
                with grid.cell():
                    dropped = "" if hit.similarity >= floor else "_dropped_"
                    key = f"cover_{place}{dropped}_{rank}"
                    tile(
                        hit.item_id,
                        hit.sha256,
                        hit.name,
                        hit.pictured,
                        key,
                        formats.similarity(hit.similarity),
                    )


def _head(text: TextCoverage) -> str:
    tag = {
        Answer.GOOD: ("tag-good", _("answered")),
        Answer.THIN: ("tag-first", _("little choice")),
        Answer.NONE: ("tag-bad", _("nothing")),
    }[text.answer]
    return (
        f'<span class="score"><strong>{escape(text.text)}</strong>'
        f'<span class="tag {tag[0]}">{escape(tag[1])}</span></span>'
    )


def _figures(text: TextCoverage, floor: float) -> str:
    if text.best is None:
        return _("The library is empty.")
    if text.answer is Answer.NONE:
        return _(
            "Nothing here answers “{text}”. The closest reaches {best}, and {floor} is asked for."
        ).format(
            text=short(text.text, 60), best=formats.similarity(text.best), floor=formats.similarity(floor)
        )
    count = formats.number(text.above)
    if text.counted_out:
        words = _("{count} pictures or more, the closest at {best}.")
    else:
        words = ngettext(
            "{count} picture, at {best}.", "{count} pictures, the closest at {best}.", text.above
        )
    return words.format(count=count, best=formats.similarity(text.best))
