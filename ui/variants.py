"""Step 4: the variants, best first, each with its score, the reasons behind it, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.elements.lib.grid_container import GridContainer

from services import sessions, studio
from services.aim.explanation import explain
from services.domain import Decision, Placement, Variant
from services.sessions import SessionView
from ui import formats
from ui.bars import score_bars, score_line, seen
from ui.guard import guard
from ui.i18n import _
from ui.images import full_size, picture
from ui.text import plain, say
from ui.theme import ratio_name

CARD_WIDTH = {Placement.WIDE: 300, Placement.LINK: 300}
"""Wide pictures need wider cards; the others stand four in a row at 1280 px."""


def variant_grid(view: SessionView, actions: bool = True) -> None:
    """Ranked cards."""
    grid = _grid(view)
    for variant in view.variants:
        with grid.cell():
            _card(view, variant, actions)


def arriving(session_id: str) -> None:
    """The variants made so far, while the rest is in the making."""
    view = sessions.load(session_id)
    if not view.variants:
        return
    grid = _grid(view)
    for variant in sorted(view.variants, key=lambda v: v.index):
        with grid.cell(), st.container(border=True, key=f"card_arriving_{variant.id}"):
            _shot(view, variant)


def variants_summary(view: SessionView | None) -> str:
    if view is None or not view.variants:
        return ""
    best = max((v.score.final for v in view.variants if v.score and v.score.final is not None), default=None)
    text = formats.variants(len(view.variants))
    return text if best is None else f"{text} · {_('best score {score}').format(score=formats.score(best))}"


def _grid(view: SessionView) -> GridContainer:
    return st.grid("auto", min_column_width=CARD_WIDTH.get(view.brief.placement, 210), gap="small")


def _card(view: SessionView, variant: Variant, actions: bool) -> None:
    look = f"_{variant.decision}" if variant.decision else ""
    with st.container(border=True, key=f"card_variant{look}_{variant.id}", gap="small"):
        _shot(view, variant)
        score_line(variant, is_reference=variant.sha256 == view.reference_sha256)
        if variant.score:
            score_bars(variant.score)
            seen(variant.score)
        if actions:
            _decisions(variant)
        with st.container(horizontal=True, gap="small"):
            with st.popover(_("Why this rank?"), type="tertiary"):
                _why(view, variant)
            if actions:
                _more(view, variant)


def _shot(view: SessionView, variant: Variant) -> None:
    alt = _("Variant {number} for {topic}").format(number=variant.index + 1, topic=view.brief.topic)
    ratio = ratio_name(view.brief.placement)
    picture(variant.sha256, alt, key=f"shot_{ratio}_variant_{variant.id}")


def _why(view: SessionView, variant: Variant) -> None:
    """What lifts the variant and what it loses, against the others of its session."""
    if variant.score is None:
        st.markdown(_("This variant is not scored yet."))
        return
    others = [v.score for v in view.variants if v.score and v.id != variant.id]
    for reason in explain(variant.score, others):
        st.markdown(f"- {say(reason)}")


def _decisions(variant: Variant) -> None:
    picked, rejected = variant.decision is Decision.PICKED, variant.decision is Decision.REJECTED
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            _("Unpick") if picked else _("Pick"),
            icon=":material/check_circle:",
            key=f"pick_{variant.id}",
            on_click=_decide,
            args=(variant, None if picked else Decision.PICKED),
        )
        st.button(
            _("Restore") if rejected else _("Reject"),
            icon=":material/cancel:",
            key=f"reject_{variant.id}",
            on_click=_decide,
            args=(variant, None if rejected else Decision.REJECTED),
        )


def _more(view: SessionView, variant: Variant) -> None:
    choices: dict[str, tuple[str, Callable[[], None]]] = {
        "view": (_("View full size"), lambda: _enlarge(view, variant)),
        "like": (_("Make more like this"), lambda: _more_like(view, variant)),
        "reference": (_("Use as reference image"), lambda: use_as_reference(view, variant.sha256)),
    }
    choice = st.menu_button(
        _("More"),
        list(choices),
        format_func=lambda name: choices[name][0],
        type="tertiary",
        key=f"more_{variant.id}",
    )
    if choice:
        with guard():
            choices[choice][1]()


def _decide(variant: Variant, decision: Decision | None) -> None:
    with guard():
        sessions.decide(variant.id, decision)


def _enlarge(view: SessionView, variant: Variant) -> None:
    full_size(variant.sha256, plain(view.brief.topic), view.brief.topic)


def _more_like(view: SessionView, variant: Variant) -> None:
    studio.start_more_like(view.id, variant.id)
    st.rerun()


def use_as_reference(view: SessionView, sha256: str) -> None:
    """Compare all variants with this picture from now on, and score them again."""
    sessions.set_reference(view.id, sha256)
    studio.start_score(view.id)
    st.rerun()


def decided(variants: Sequence[Variant], decision: Decision) -> int:
    return sum(v.decision is decision for v in variants)
