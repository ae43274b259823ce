"""How a variant stands on the platforms: each size with what is covered or cut there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.domain import Placement, Variant
from services.export import runs as exports
from services.export.safe_zones import SAFE_ZONES
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _
from ui.job_progress import run_panel
from ui.text import plain


def export_preview(view: SessionView, placements: Sequence[Placement]) -> None:
    """One variant in these sizes, made by the worker when it is asked for."""
    st.subheader(_("Safe zones"), anchor=False)
    names: dict[int, str] = {each.id: _name(each) for each in view.variants}
    chosen = st.selectbox(
        _("Variant"),
        list(names),
        format_func=lambda number: names[number],
        key=f"export_variant_{view.id}",
        width=280,
    )
    variant = next((each for each in view.variants if each.id == chosen), None)
    if variant is None:
        return
    shown = {p: data for p in placements if (data := exports.preview_of(variant, p)) is not None}
    if shown:
        _pictures(variant, shown)
        st.caption(
            _("Bright is safe for text and product. What is veiled may be covered or cut; dashed lines are "
              "stricter advice for one surface.")
        )  # fmt: skip
    if len(shown) < len(placements):
        _make(view, variant, placements, bool(shown))


def _pictures(variant: Variant, shown: dict[Placement, bytes]) -> None:
    grid = st.grid("auto", min_column_width=150, gap="small")
    for placement, data in shown.items():
        with (
            grid.cell(),
            st.container(key=f"preview_{variant.id}_{list(Placement).index(placement)}", gap=None),
        ):
            name = formats.placement(placement)
            st.image(data, alt=_("Safe zones of {size}").format(size=name), width="stretch")
            surfaces = ", ".join(zone.name for zone in SAFE_ZONES[placement])
            st.caption(f"**{plain(name)}** · {plain(surfaces)}")


def _make(view: SessionView, variant: Variant, placements: Sequence[Placement], more: bool) -> None:
    run = queue.latest(view.id, RunKind.PREVIEW)
    if run and run.state in (RunState.QUEUED, RunState.RUNNING):
        run_panel(run)
        return
    if run and run.state is RunState.FAILED and run.payload.get("variant") == variant.id:
        run_panel(run)
        return
    if not more:
        st.caption(_("See what platforms cover in each size before you hand the pictures over."))
    label = _("Show the other sizes") if more else _("Show safe zones")
    if st.button(label, icon=":material/crop_free:", key=f"export_preview_{variant.id}"):
        with guard():
            exports.start_preview(variant.id, placements)
            st.rerun()


def _name(variant: Variant) -> str:
    place = f"#{variant.rank}" if variant.rank else formats.DASH
    final = variant.score.final if variant.score else None
    return f"{place} · {formats.score(final)} · {_('Variant {number}').format(number=variant.index + 1)}"
