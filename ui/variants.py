"""Step 4: the variants, best first, each with its score, the reasons behind it, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services import review, sessions, studio
from services.domain import Decision, Variant
from services.evaluation import Evaluation, Row, load_evaluation
from services.people import Role, actor
from services.review import Marks, SessionReview
from services.sessions import SessionView
from ui import formats
from ui.arriving import card_grid, shot
from ui.bars import score_bars, score_line
from ui.bars import seen as caption_seen
from ui.compare_choice import with_best
from ui.coverage import coverage_ticks, likeness_line, twin_line, twin_warning, twins_of
from ui.discussion import discuss
from ui.evaluate_details import details_if_open, open_details, why_this_rank
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.images import full_size
from ui.navigation import COMPARE, DETAILS_PARAM, SESSION_PARAM, go
from ui.review_controls import bookmark, decision_buttons, stars_row, tags_box, tags_line
from ui.text import plain


def variant_grid(
    view: SessionView, seen: SessionReview | None = None, only: frozenset[int] | None = None
) -> None:
    """Ranked cards. With `seen`, stars, tags and shortlist too; `only` the variants of these ids."""
    evaluation = load_evaluation(view.id)
    twin_warning(evaluation)
    words = review.tags_in_use(view.campaign_id) if seen else []
    grid = card_grid(view)
    for row in evaluation.rows:
        if only is None or row.id in only:
            with grid.cell():
                _card(evaluation, row, seen, words)
    details_if_open(evaluation)


def variants_summary(view: SessionView | None) -> str:
    if view is None or not view.variants:
        return ""
    best = max((v.score.final for v in view.variants if v.score and v.score.final is not None), default=None)
    text = formats.variants(len(view.variants))
    return text if best is None else f"{text} · {_('best score {score}').format(score=formats.score(best))}"


def _card(evaluation: Evaluation, row: Row, seen: SessionReview | None, words: Sequence[str]) -> None:
    view, variant = evaluation.session, row.variant
    marks = seen.of(variant.id) if seen else Marks(decision=variant.decision)
    look = f"_{variant.decision}" if variant.decision else ""
    with st.container(border=True, key=f"card_variant{look}_{variant.id}", gap="small"):
        shot(view, variant)
        if seen:
            bookmark(variant.id, marks)
        name = _("Variant {number}").format(number=variant.index + 1) if seen else ""
        score_line(variant, is_reference=variant.sha256 == view.reference_sha256, name=name)
        if variant.score:
            score_bars(variant.score)
            caption_seen(variant.score)
        coverage_ticks(row.coverage)
        likeness_line(row.likeness, brief=True)
        if names := twins_of(evaluation, row.id):
            st.caption(f":orange[:material/content_copy: {plain(twin_line(names))}]")
        if seen:
            stars_row(variant.id, marks)
        decision_buttons(variant.id, marks)
        tags_line(marks)
        if seen:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _tags(variant, marks, words)
                _talk(variant, marks)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.popover(_("Why this rank?"), type="tertiary"):
                why_this_rank(row)
            _more(view, variant)


def _tags(variant: Variant, marks: Marks, words: Sequence[str]) -> None:
    """Drawn when it is opened: a page holds two dozen of them."""
    with st.popover(
        _("Tags"), icon=":material/label:", type="tertiary", key=f"tag_{variant.id}", on_change="rerun"
    ) as box:
        if box.open:
            tags_box(variant.id, marks, words)


def _talk(variant: Variant, marks: Marks) -> None:
    """To the discussion of this variant, with how much was said."""
    label = ngettext("{count} comment", "{count} comments", marks.comments).format(count=marks.comments)
    st.button(
        label if marks.comments else _("Comment"), icon=":material/chat:", type="tertiary",
        key=f"talk_{variant.id}", on_click=discuss, args=(variant.id,),
    )  # fmt: skip


def _more(view: SessionView, variant: Variant) -> None:
    choices: dict[str, tuple[str, Callable[[], None]]] = {
        "view": (_("View full size"), lambda: _enlarge(view, variant)),
        "explain": (_("Explain with a heatmap"), lambda: _explain(variant)),
        "compare": (_("Compare"), lambda: _compare(view, variant)),
    }
    if actor().may(Role.CREATOR):
        choices["like"] = (_("Make more like this"), lambda: _more_like(view, variant))
        choices["reference"] = (_("Use as reference image"), lambda: use_as_reference(view, variant.sha256))
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


def _enlarge(view: SessionView, variant: Variant) -> None:
    full_size(variant.sha256, plain(view.brief.topic), view.brief.topic)


def _compare(view: SessionView, variant: Variant) -> None:
    """Beside the best of the others."""
    go(COMPARE, **{SESSION_PARAM: view.id, DETAILS_PARAM: with_best(view.variants, variant.id)})


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
