"""Step 3: what was found for each part of the plan, why it is used or not, and the hand's last word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from services import studio
from services.domain import DropReason, Match, Strategy
from services.engines import get_engine
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.images import picture
from ui.mixture import mixture
from ui.text import plain


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
    """The cut-off in use: the one that dropped something, else what the engine advises."""
    limits = [
        m.drop_limit for m in view.matches if m.drop is DropReason.RELEVANCE and m.drop_limit is not None
    ]
    if limits:
        return limits[0]
    if view.brief.strategy is not Strategy.FILTERED:
        return 0.0
    return round(get_engine(view.engine).encoder.relevance_floor, 2)


def _filter_again(view: SessionView) -> None:
    """Filters alone run again, on stored vectors: no model is loaded."""
    from services.retrieval.filters import apply_filters
    from services.retrieval.retrieve import image_cosines

    with guard():
        cosines = image_cosines(view.matches, get_engine(view.engine).encoder)
        floor = float(st.session_state[f"floor_{view.id}"])
        studio.save_references(view.id, apply_filters(view.matches, cosines, floor))


def _row(view: SessionView, matches: list[Match], numbers: dict[int, int]) -> None:
    kept = sum(m.kept for m in matches)
    count = _("{kept} of {found} used").format(kept=kept, found=len(matches))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.subheader(plain(matches[0].query), anchor=False, width="content")
        st.caption(count, width="content")
    grid = st.grid("auto", min_column_width=190, gap="small")
    for match in matches:
        with grid.cell():
            _card(view, match, numbers)


def _card(view: SessionView, match: Match, numbers: dict[int, int]) -> None:
    number = numbers[match.item_id]
    dimmed = "" if match.kept else "_dropped"
    key = f"{view.id}_{match.subquery}_{match.item_id}"
    with st.container(border=True, key=f"card_match{dimmed}_{key}", gap="xsmall"):
        name = match.caption or match.file_name
        picture(match.sha256, name, key=f"shot_reference_{key}")
        st.markdown(f"**#{number}** {formats.similarity(match.similarity)}", help=plain(name))
        if match.kept:
            st.caption(f":green[:material/check:] {_('in use')}")
        else:
            st.caption(f":orange[:material/block:] {reason(match, numbers)}")
        with st.container(horizontal=True, gap="xsmall"):
            if match.kept:
                _button(_("Leave out"), "remove_circle", f"drop_{key}", lambda: _decide(view, match, False))
                _weight(view, match, key)
            else:
                _button(_("Use it"), "add_circle", f"keep_{key}", lambda: _decide(view, match, True))


def _button(label: str, icon: str, key: str, action: Callable[[], None]) -> None:
    st.button(label, icon=f":material/{icon}:", type="tertiary", key=key, on_click=action)


def _decide(view: SessionView, match: Match, keep: bool) -> None:
    """Keep or leave out by hand; the filters respect it from now on."""
    decided = replace(
        match,
        drop=None if keep else DropReason.USER,
        drop_value=None,
        drop_limit=None,
        drop_twin=None,
        overruled=True,
    )
    _save(view, match, decided)


def _weight(view: SessionView, match: Match, key: str) -> None:
    with st.popover(_("Weight"), type="tertiary"):
        st.number_input(
            _("Weight of this reference"),
            0.0,
            1.0,
            float(match.typed_weight if match.typed_weight is not None else match.weight),
            0.05,
            key=f"weight_{key}",
            help=_("Before all weights are scaled to a total of 1."),
            on_change=lambda: _weigh(view, match, f"weight_{key}"),
        )


def _weigh(view: SessionView, match: Match, widget: str) -> None:
    _save(view, match, replace(match, typed_weight=float(st.session_state[widget])))


def _save(view: SessionView, old: Match, new: Match) -> None:
    with guard():
        studio.save_references(view.id, tuple(new if m is old else m for m in view.matches))
