"""Pictures that a library holds twice: looked for at a chosen likeness, shown side by side, decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services import library_duplicates
from services.errors import StudioError
from services.jobs import queue
from services.jobs.queue import RunState
from services.libraries import BACKDROPS_LIBRARY
from services.library_duplicates import THRESHOLD, THRESHOLDS, Pair, PairPage, Side
from services.people import Role
from ui import address, formats
from ui.guard import guard
from ui.i18n import _, ngettext, tr
from ui.images import full_size, picture
from ui.job_progress import run_panel
from ui.library_tiles import quiet
from ui.review_access import refusal
from ui.text import plain, short

PER_PAGE = 8
NOTE = "duplicates_note"

Decision = Callable[[str, Sequence[int]], int]


def duplicates_panel(name: str) -> None:
    """The tab Duplicates of the library `name`."""
    if name == BACKDROPS_LIBRARY:
        st.info(_("The studio drew these pictures; none is there twice."), icon=":material/check_circle:")
        return
    if note := st.session_state.pop(NOTE, None):
        good, text = note
        (st.success if good else st.warning)(text, icon=":material/check:" if good else ":material/info:")
    shown = library_duplicates.pairs(name, address.current_page(), PER_PAGE)
    if not shown.pairs and shown.total:  # the last page was decided
        shown = library_duplicates.pairs(name, 1, PER_PAGE)
    _look(name, first=not shown.total)
    if not shown.total:
        st.info(_("No pair waits for a decision."), icon=":material/check_circle:")
        return
    _bulk(name, shown)
    for pair in shown.pairs:
        _pair(name, pair)
    address.pages(shown.total, PER_PAGE)


# --- looking for more ------------------------------------------------------------------------------


def _look(name: str, first: bool) -> None:
    """How alike, and the button; progress while it runs; what came of it after."""
    key = f"duplicates_run_{name}"
    if (run := library_duplicates.looking(name)) is not None:
        st.session_state[key] = run.id
        run_panel(run)
        return
    if (run_id := st.session_state.get(key)) is not None:
        run = queue.get(run_id)
        if run.state is RunState.DONE and run.result:
            _told(run.result)
        else:
            run_panel(run)
    why = refusal(Role.CREATOR)
    with st.container(horizontal=True, vertical_alignment="bottom", key="duplicates_look"):
        threshold = st.slider(
            _("How alike"), *THRESHOLDS, THRESHOLD, 0.001, format="%.3f", key="duplicates_threshold",
            width=320, disabled=bool(why),
            help=_(
                "The cosine of two pictures, at most 1. Only pictures that also look the same, in outline "
                "and colours, are shown: further down more of them are compared."
            ),
        )  # fmt: skip
        if st.button(
            _("Look for duplicates"), icon=":material/content_copy:", key="duplicates_start",
            type="primary" if first else "secondary", disabled=bool(why), help=why or None,
        ):  # fmt: skip
            with guard():
                st.session_state[key] = library_duplicates.start_dedupe(name, float(threshold))
                st.rerun()


def _told(result: dict[str, object]) -> None:
    marked, lifted = int(str(result["marked"])), int(str(result["lifted"]))
    looked = formats.pictures(int(str(result["looked"])))
    parts = [_("{pictures} compared").format(pictures=looked)]
    parts.append(
        ngettext("{count} new pair", "{count} new pairs", marked).format(count=formats.number(marked))
    )
    if lifted:
        text = ngettext(
            "{count} pair is less alike and gone", "{count} pairs are less alike and gone", lifted
        )
        parts.append(text.format(count=formats.number(lifted)))
    st.caption(" · ".join(parts))


# --- pairs -----------------------------------------------------------------------------------------


def _bulk(name: str, shown: PairPage) -> None:
    """All pairs of this page at once."""
    ids = [pair.copy.id for pair in shown.pairs]
    why = refusal(Role.CREATOR)
    waiting = ngettext(
        "{count} pair waits for a decision. Copies are left out of searches until then.",
        "{count} pairs wait for a decision. Copies are left out of searches until then.",
        shown.total,
    )
    st.caption(waiting.format(count=formats.number(shown.total)))
    with st.container(horizontal=True, vertical_alignment="center", key="duplicates_bulk"):
        st.markdown(f"**{_('This page')}**", width="content")
        for label, icon, decision, explained in _decisions():
            st.button(
                label, icon=icon, key=f"duplicates_all_{decision.__name__}", disabled=bool(why),
                help=why or explained, on_click=_settle, args=(name, ids, decision),
            )  # fmt: skip


def _decisions() -> list[tuple[str, str, Decision, str]]:
    return [
        (
            _("Merge"), ":material/merge:", library_duplicates.merge,
            _("The left one stays, with caption, tags, licence and credit of the copy where it has none."),
        ),
        (
            _("Keep both"), ":material/done_all:", library_duplicates.keep,
            _("Both are found again, and not shown here again."),
        ),
        (
            _("Remove copy"), ":material/delete:", library_duplicates.drop,
            _("The right one goes out of the library. Sessions that used it keep it."),
        ),
    ]  # fmt: skip


def _pair(name: str, pair: Pair) -> None:
    why = refusal(Role.CREATOR)
    with st.container(border=True, key=f"duplicates_pair_{pair.copy.id}"):
        left, right, middle = st.columns([3, 3, 7], gap="medium", vertical_alignment="center")
        with left:
            _side(pair.original, f"{pair.copy.id}_stays", _("Stays"))
        with right:
            _side(pair.copy, f"{pair.copy.id}_copy", _("Copy"))
        with middle:
            st.markdown(f"**{_likeness(pair)}**")
            for line in _differences(pair):
                st.caption(line)
            with st.container(horizontal=True, gap="small"):
                for label, icon, decision, explained in _decisions():
                    st.button(
                        label, icon=icon, key=f"duplicates_{decision.__name__}_{pair.copy.id}",
                        disabled=bool(why), help=why or explained,
                        on_click=_settle, args=(name, [pair.copy.id], decision),
                    )  # fmt: skip
            st.button(
                _("Let the copy stay instead"), icon=":material/swap_horiz:", type="tertiary",
                key=f"duplicates_prefer_{pair.copy.id}", disabled=bool(why), help=why or None,
                on_click=_settle, args=(name, [pair.copy.id], _prefer),
            )  # fmt: skip


def _side(side: Side, key: str, role: str) -> None:
    with st.container(gap="xxsmall"):
        if side.pictured:
            picture(side.sha256, side.file_name, key=f"shot_tile_duplicate_{key}")
        else:
            quiet(side.file_name)
        if st.button(
            f"**{role}** {plain(short(side.file_name, 40))}", type="tertiary", key=f"duplicate_open_{key}",
            disabled=not side.pictured, help=_("View full size"),
        ):  # fmt: skip
            full_size(side.sha256, plain(short(side.file_name)), side.file_name)
        facts = [f"{side.width} x {side.height}"] if side.width else []
        if side.bytes:
            facts.append(formats.size(side.bytes))
        st.caption(" · ".join(facts) or _("Waits for its file"))


def _likeness(pair: Pair) -> str:
    if pair.identical:
        return _("The same, byte for byte")
    if pair.similarity is None:
        return _("The same picture in another file")
    return _("{figure} alike").format(figure=formats.exact(pair.similarity, 3))


def _differences(pair: Pair) -> list[str]:
    """What is said of one and not, or otherwise, of the other."""
    lines = []
    if pair.copy.width * pair.copy.height > pair.original.width * pair.original.height > 0:
        lines.append(_("The copy is the larger picture."))
    for label, one, other in (
        (_("Caption"), pair.original.caption, pair.copy.caption),
        (_("Tags"), ", ".join(pair.original.tags), ", ".join(pair.copy.tags)),
        (_("Licence"), pair.original.licence, pair.copy.licence),
        (_("Credit"), pair.original.attribution, pair.copy.attribution),
    ):
        if one != other:
            texts = [plain(short(text, 80)) if text else f"*{_('none')}*" for text in (one, other)]
            lines.append(f"{label}: {texts[0]} → {texts[1]}")
    return lines


def _prefer(name: str, ids: Sequence[int]) -> int:
    return sum(library_duplicates.prefer(name, each) for each in ids)


def _settle(name: str, ids: Sequence[int], decision: Decision) -> None:
    """From a click: decide, and say what was done on the next drawing."""
    try:
        done = decision(name, ids)
    except StudioError as error:
        st.session_state[NOTE] = (False, tr(error.message))
        return
    if not done:
        st.session_state[NOTE] = (False, _("Somebody decided this meanwhile. Nothing was changed."))
    elif decision is not _prefer:
        text = ngettext("{count} pair decided.", "{count} pairs decided.", done)
        st.session_state[NOTE] = (True, text.format(count=formats.number(done)))
