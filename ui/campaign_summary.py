"""The Campaigns page's first screen: figures, whose scores are told, the best variants."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services.campaign_figures import tables
from services.campaign_figures.load import FigureFilter, load_best
from services.campaign_figures.views import Headline, Report, Scale
from ui import address, campaign_words, formats
from ui.i18n import _, ngettext
from ui.images import picture
from ui.layout import section
from ui.navigation import DETAILS_PARAM, SESSION_PARAM, SESSIONS, link, session_page
from ui.text import plain, short

SCALE = "scale"


def headline(found: Headline, wanted: FigureFilter) -> None:
    """Five figures, and every session behind them as a file."""
    spent = _("{tokens} of language models").format(tokens=campaign_words.tokens(found.tokens))
    if found.unpriced:
        calls = ngettext(
            "{count} call has no known price", "{count} calls have no known price", found.unpriced
        )
        spent = f"{spent} · {calls.format(count=formats.number(found.unpriced))}"
    scored = _("{count} scored").format(count=formats.number(found.scored))
    chosen = _("{variants} chosen in them").format(variants=formats.variants(found.approved))
    each = found.seconds / found.variants if found.variants else 0.0
    shown = [
        (_("Sessions"), formats.number(found.sessions), ""),
        (_("Variants"), formats.number(found.variants), scored),
        (_("Approved sessions"), formats.number(found.approved_sessions), chosen),
        (_("Spent"), campaign_words.money(found.cost) if found.tokens else formats.DASH, spent),
        (_("Compute time"), campaign_words.duration(found.seconds) if found.seconds else formats.DASH,
         _("{time} a variant").format(time=campaign_words.duration(each)) if each else ""),
    ]  # fmt: skip
    for place, (column, (label, value, below)) in enumerate(
        zip(st.columns(len(shown), gap="small"), shown, strict=True)
    ):
        with column, st.container(border=True, key=f"card_figure_{place}", height="stretch", gap="xsmall"):
            st.metric(label, value)
            if place:
                st.caption(below)
            else:
                _sessions_of(wanted)


def _sessions_of(wanted: FigureFilter) -> None:
    """The sessions themselves, here and as a file."""
    params = {"campaign": wanted.campaign_id, "status": wanted.status, "engine": wanted.engine}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.container(width="content"):
            link(SESSIONS, _("Show them"), **{name: value for name, value in params.items() if value})
        download(_("As CSV"), lambda: tables.sessions_csv(wanted), "sessions.csv")


def scale_choice(report: Report) -> None:
    """Whose scores are told. Scores of different models or weights are never in one chart."""
    scale = report.scale
    if scale is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(report.scales) > 1:
            names = {str(s.id): campaign_words.scale_name(s, report.scales) for s in report.scales}
            with st.container(width=420):
                address.choice(_("Scores by"), SCALE, names)
        with st.container(width="stretch", gap="xsmall"):
            if len(report.scales) > 1:
                st.caption(
                    _("Scores of other models or weights do not compare with these: choose them to see them.")
                )
            st.caption(
                _("A score weighs text, topic and reference {weights}.").format(
                    weights=campaign_words.weights(scale.weights)
                ),
                help=plain(_("Scored by {models}").format(models=scale.scorer)),
            )


def best_variants(wanted: FigureFilter, scale: Scale) -> None:
    section(_("Best variants"))
    grid = st.grid(6, min_column_width=130)
    for place, point in enumerate(load_best(wanted, scale.id), start=1):
        with grid.cell(), st.container(border=True, key=f"card_best_{point.variant_id}", gap="xsmall"):
            picture(point.sha256, point.topic, f"shot_tile_best_{point.variant_id}")
            page = session_page(point.kind, made=True)
            label = f"**{formats.score(point.final)}** · {plain(short(point.topic, 40))}"
            params = {SESSION_PARAM: point.session_id, DETAILS_PARAM: str(point.variant_id)}
            link(page, label, **params)
            st.caption(f"#{place} · {campaign_words.strategy_name(point.strategy)}")


def download(label: str, data: Callable[[], bytes], name: str) -> None:
    st.download_button(
        label,
        data,
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv_{name}",
    )
