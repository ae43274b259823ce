"""Step 3: what was found for each part of the plan, why it is used or not, and the hand's last word."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

import streamlit as st

from services import studio
from services.domain import DropReason, Match, Strategy
from services.engines import get_engine
from services.retrieval import filters
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.images import picture
from ui.mixture import mixture
from ui.text import plain, short


def references(view: SessionView) -> None:
    """Rows of pictures by part of the plan, the cut-off, and the resulting mixture."""
    if not view.matches:
        _nothing_found(view)
    else:
        _cut_off(view)
        numbers = {m.item_id: i for i, m in enumerate(view.matches, 1)}
        for index in dict.fromkeys(m.subquery for m in view.matches):
            _row(view, [m for m in view.matches if m.subquery == index], numbers)
    mixture(view.conditions)


def references_summary(view: SessionView | None) -> str:
    if view is None or not view.conditions:
        return ""
    kept = sum(m.kept for m in view.matches)
    text = ngettext("{count} reference in use", "{count} references in use", kept).format(count=kept)
    dropped = len(view.matches) - kept
    return text if not dropped else f"{text} · {_('{count} left out').format(count=dropped)}"


def reason(match: Match, numbers: dict[int, int]) -> str:
    """Why `match` is not used, in words with the figure that decided."""
    if match.drop is DropReason.USER:
        return _("left out by hand")
    if match.drop is DropReason.RELEVANCE:
        return _("too weak {value} < {limit}").format(
            value=formats.similarity(match.drop_value), limit=formats.similarity(match.drop_limit)
        )
    twin = numbers.get(match.drop_twin or -1)
    if twin is None:
        return _("too alike another one ({value})").format(value=formats.similarity(match.drop_value))
    return _("too alike #{number} ({value})").format(number=twin, value=formats.similarity(match.drop_value))


def _nothing_found(view: SessionView) -> None:
    if view.brief.strategy is Strategy.NONE or view.brief.library is None:
        st.info(_("This brief asks for no references. The variants are made from your photos and text."))
    else:
        st.info(
            _("Nothing in this library comes close enough. You can generate without references, "
              "reword the parts of the plan, or choose another library.")
        )  # fmt: skip


def _cut_off(view: SessionView) -> None:
    st.slider(
        _("Leave out what is weaker than"),
        0.0,
        1.0,
        _floor(view),
        0.01,
        key=f"floor_{view.id}",
        help=_(
            "Similarity of a picture to its part of the plan. What you kept or left out by hand stays so."
        ),
        on_change=_filter_again,
        args=(view,),
    )


def _floor(view: SessionView) -> float:
    """The cut-off in use: that which left something out, else the engine's, unless weaker ones are used."""
    free = [m for m in view.matches if not m.overruled]
    limits = [m.drop_limit for m in free if m.drop is DropReason.RELEVANCE and m.drop_limit is not None]
    if limits:
        return limits[0]
    if view.brief.strategy is not Strategy.FILTERED:
        return 0.0
    weakest = min((m.similarity for m in free if m.kept), default=1.0)
    advised = get_engine(view.parts).encoder.relevance_floor
    return max(0.0, math.floor(100 * min(advised, weakest)) / 100)


def _filter_again(view: SessionView) -> None:
    """Filters alone run again, on stored vectors: no model is loaded."""
    from services.retrieval.retrieve import image_cosines

    with guard():
        cosines = image_cosines(view.matches, get_engine(view.parts).encoder)
        floor = float(st.session_state[f"floor_{view.id}"])
        studio.save_references(view.id, filters.apply_filters(view.matches, cosines, floor))


def _row(view: SessionView, matches: list[Match], numbers: dict[int, int]) -> None:
    kept = sum(m.kept for m in matches)
    count = _("{kept} of {found} used").format(kept=kept, found=len(matches))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(short(matches[0].query, 90)), anchor=False, width="content")
        st.caption(count, width="content")
    grid = st.grid(4, min_column_width=190, gap="small")
    for match in matches:
        with grid.cell():
            _card(view, match, numbers)


def _card(view: SessionView, match: Match, numbers: dict[int, int]) -> None:
    position = numbers[match.item_id] - 1
    key = f"{view.id}_{match.item_id}"
    with st.container(border=True, key=f"card_match{'' if match.kept else '_dropped'}_{key}", gap="small"):
        name = match.caption or match.file_name
        picture(match.sha256, name, key=f"shot_reference_{key}")
        match_lines(match, numbers)
        with st.container(horizontal=True, gap="small"):
            if match.kept:
                label, icon, change = _("Leave out"), ":material/remove_circle:", filters.drop
            else:
                label, icon, change = _("Use it"), ":material/add_circle:", filters.restore
            st.button(
                label, icon=icon, type="tertiary", key=f"change_{key}", on_click=_change,
                args=(view, lambda: change(view.matches, position)),
            )  # fmt: skip
            if match.kept:
                _weight(view, match, position)


def match_lines(match: Match, numbers: dict[int, int]) -> None:
    """Number, similarity and share among the references; below it, in use or not, and why."""
    share = f" · {formats.percent(match.weight)}" if match.kept else ""
    figure = _("similarity {value}").format(value=formats.similarity(match.similarity))
    line = f"<b>#{numbers[match.item_id]}</b> {escape(figure)}{share}"
    hover, below = escape(match.caption or match.file_name), escape(verdict(match, numbers))
    st.html(f'<div class="match" title="{hover}">{line}<small>{below}</small></div>')


def verdict(match: Match, numbers: dict[int, int]) -> str:
    """In use or not, and why."""
    if not match.kept:
        return f"✕ {reason(match, numbers)}"
    by_hand = f" ({_('by hand')})" if match.overruled else ""
    return f"✓ {_('in use')}{by_hand}"


def _weight(view: SessionView, match: Match, position: int) -> None:
    key = f"weight_{view.id}_{match.item_id}"
    with st.popover(_("Weight"), type="tertiary"):
        st.number_input(
            _("Share among the references"),
            0.0,
            1.0,
            round(match.weight, 2),
            0.05,
            key=f"{key}_{match.weight:.3f}",
            help=_("The others divide the rest."),
            on_change=lambda: _change(
                view, lambda: filters.reweight(view.matches, position, _typed(f"{key}_{match.weight:.3f}"))
            ),
        )
        if match.typed_weight is not None:
            st.button(
                _("By similarity again"), key=f"{key}_auto", type="tertiary", on_click=_change,
                args=(view, lambda: filters.reweight(view.matches, position, None)),
            )  # fmt: skip


def _typed(widget: str) -> float:
    return float(st.session_state[widget])


def _change(view: SessionView, change: Callable[[], tuple[Match, ...]]) -> None:
    """Save what a hand decided, and the mixture that follows from it."""
    with guard():
        studio.save_references(view.id, change())
