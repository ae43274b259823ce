"""The Export tab: what to hand over, how it looks on the platforms, and the files that are ready."""

from __future__ import annotations

import streamlit as st

from services.domain import Placement
from services.export import runs as exports
from services.export.marks import Marks, marks_of
from services.export.options import ExportOptions, PictureFormat, Scope
from services.export.runs import Export
from services.export.words import LABELS, Words
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.people import Role
from services.sessions import SessionStatus, SessionView
from ui import formats
from ui.account import may
from ui.export_preview import export_preview
from ui.guard import guard
from ui.i18n import _, language, ngettext
from ui.job_progress import run_panel
from ui.text import plain, say


def export_panel(view: SessionView) -> None:
    """What the session's page shows in its tab Export."""
    if not may(Role.REVIEWER):
        st.info(_("Exports are for reviewers and creators. Ask an administrator for one of these roles."))
        return
    if not view.variants:
        st.info(_("There is nothing to export yet. Generate variants first."))
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        options = _form(view, marks_of(view.id))
        _start(view, options)
        _ready(view)
    with right:
        export_preview(view, options.placements if options else (view.brief.placement,))


def _form(view: SessionView, marks: dict[int, Marks]) -> ExportOptions | None:
    """The choices; None while no size is chosen."""
    listed = sum(mark.shortlisted for mark in marks.values())
    scope = _scope(view, listed)
    sizes = st.pills(
        _("Sizes"),
        list(Placement),
        selection_mode="multi",
        default=[view.brief.placement],
        format_func=formats.placement,
        key=f"export_sizes_{view.id}",
        persist_state="session",
        help=_("Layouts are composed again in each size, so headline and product stay whole. "
               "Other pictures are cropped around the product."),
    )  # fmt: skip
    kinds = {PictureFormat.PNG: _("PNG, exact"), PictureFormat.JPEG: _("JPEG, smaller")}
    kind = st.segmented_control(
        _("Format"),
        list(kinds),
        default=PictureFormat.PNG,
        required=True,
        format_func=lambda value: kinds[value],
        key=f"export_format_{view.id}",
        persist_state="session",
    )
    chosen = _contents(view, kind)
    if not sizes:
        st.caption(_("Choose at least one size."))
        return None
    count = listed if scope is Scope.SHORTLIST else len(view.variants)
    st.caption(_summary(count, len(sizes)))
    ordered = tuple(p for p in Placement if p in sizes)
    return ExportOptions(ordered, scope, kind or PictureFormat.PNG, **chosen)


def _scope(view: SessionView, listed: int) -> Scope:
    labels = {
        Scope.ALL: _("All {count}").format(count=len(view.variants)),
        Scope.SHORTLIST: _("Shortlist {count}").format(count=listed),
    }
    chosen = st.segmented_control(
        _("Variants"),
        list(labels),
        default=Scope.SHORTLIST if listed else Scope.ALL,
        required=True,
        format_func=lambda value: labels[value],
        key=f"export_scope_{view.id}",
        persist_state="session",
    )
    return chosen or Scope.ALL


def _contents(view: SessionView, kind: PictureFormat | None) -> dict[str, bool]:
    with st.expander(_("What goes in"), icon=":material/inventory_2:"):
        st.caption(_("Always: the pictures, exact scores, recipes, models and licences."))
        labels = {
            "contact_sheet": (_("Contact sheet (PDF)"), None),
            "safe_zones": (
                _("Safe-zone previews"),
                _("Small pictures with the margins that platforms cover."),
            ),
            "references": (
                _("Photos and references"),
                _("With them another studio can make the variants again."),
            ),
            "recipe": (
                _("Recipe inside each PNG"),
                _("It holds the brief. Turn it off for pictures that you publish; how they were made is "
                  "always said."),
            ),
        }  # fmt: skip
        return {
            name: st.checkbox(
                label,
                value=True,
                help=why,
                key=f"export_{name}_{view.id}",
                persist_state="session",
                disabled=name == "recipe" and kind is PictureFormat.JPEG,
            )
            for name, (label, why) in labels.items()
        }


def _summary(variants: int, sizes: int) -> str:
    in_sizes = ngettext("{count} size", "{count} sizes", sizes).format(count=sizes)
    return _("{variants} in {sizes}: {pictures}").format(
        variants=formats.variants(variants), sizes=in_sizes, pictures=formats.pictures(variants * sizes)
    )


def _start(view: SessionView, options: ExportOptions | None) -> None:
    run = queue.latest(view.id, RunKind.EXPORT)
    running = run is not None and run.state in (RunState.QUEUED, RunState.RUNNING)
    if not running and st.button(
        _("Make the ZIP"),
        # Before the session is decided, the decision is what comes next.
        type="primary" if view.status in (SessionStatus.APPROVED, SessionStatus.REJECTED) else "secondary",
        icon=":material/archive:",
        disabled=options is None,
        key=f"export_start_{view.id}",
    ):
        with guard():
            if options:
                exports.start_export(view.id, options, _words())
                st.rerun()
    if run and run.state is not RunState.DONE:
        run_panel(run)


def _words() -> Words:
    """The words of the contact sheet, in the reader's language."""
    return Words(language(), {label: _(label) for label in LABELS})


def _ready(view: SessionView) -> None:
    found = exports.exports_of(view.id)
    if not found:
        return
    st.subheader(_("Ready to download"), anchor=False)
    for place, export in enumerate(found):
        with st.container(border=True, key=f"card_export_{place}", gap="xsmall"):
            _card(export, place)


def _card(export: Export, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(export.name)}**")
            facts = [formats.pictures(export.images), formats.size(export.bytes), formats.when(export.at)]
            st.caption(" · ".join(facts))
        if export.kept:
            st.download_button(
                _("Download"),
                lambda: exports.open_export(export.key),  # read at the click, not at every look at the page
                file_name=export.name,
                mime="application/zip",
                icon=":material/download:",
                on_click="ignore",
                key=f"export_get_{place}_{export.key[:12]}",
            )
    if not export.kept:
        st.caption(_("Not kept any more; exports stay for a week. Make it again."))
    for problem in export.problems:
        st.caption(f":orange[:material/warning: {say(problem)}]")
