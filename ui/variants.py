"""Step 4: the variants, best first, each with its score, the reasons behind it, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services import review, sessions, studio
from services.domain import Decision, Variant
from services.evaluation import Evaluation, Row, load_evaluation
from services.sessions import SessionView
from ui import formats
from ui.arriving import card_grid, shot
from ui.bars import score_bars, score_line, seen
from ui.coverage import coverage_ticks, likeness_line, twin_line, twin_warning, twins_of
from ui.evaluate_details import details_if_open, open_details, why_this_rank
from ui.guard import guard
from ui.i18n import _
from ui.images import full_size
from ui.text import plain


def variant_grid(view: SessionView, actions: bool = True) -> None:
    """Ranked cards."""
    evaluation = load_evaluation(view.id)
    twin_warning(evaluation)
    grid = card_grid(view)
    for row in evaluation.rows:
        with grid.cell():
            _card(evaluation, row, actions)
    details_if_open(evaluation)


def variants_summary(view: SessionView | None) -> str:
    if view is None or not view.variants:
        return ""
    best = max((v.score.final for v in view.variants if v.score and v.score.final is not None), default=None)
    text = formats.variants(len(view.variants))
    return text if best is None else f"{text} · {_('best score {score}').format(score=formats.score(best))}"


def _card(evaluation: Evaluation, row: Row, actions: bool) -> None:
    view, variant = evaluation.session, row.variant
    look = f"_{variant.decision}" if variant.decision else ""
    with st.container(border=True, key=f"card_variant{look}_{variant.id}", gap="small"):
        shot(view, variant)
        score_line(variant, is_reference=variant.sha256 == view.reference_sha256)
        if variant.score:
            score_bars(variant.score)
            seen(variant.score)
        coverage_ticks(row.coverage)
        likeness_line(row.likeness, brief=True)
        if names := twins_of(evaluation, row.id):
            st.caption(f":orange[:material/content_copy: {plain(twin_line(names))}]")
        if actions:
            _decisions(variant)
        with st.container(horizontal=True, gap="small"):
            with st.popover(_("Why this rank?"), type="tertiary"):
                why_this_rank(row)
            if actions:
                _more(view, variant)


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
        "explain": (_("Explain with a heatmap"), lambda: _explain(variant)),
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
        review.decide(variant.id, decision, seen=variant.decision)


def _enlarge(view: SessionView, variant: Variant) -> None:
    full_size(variant.sha256, plain(view.brief.topic), view.brief.topic)


def _explain(variant: Variant) -> None:
    open_details(variant.id)
    st.rerun()


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
