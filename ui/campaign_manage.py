"""Making and naming campaigns, and the weights that their scores are made with."""

from __future__ import annotations

import streamlit as st

from services import campaigns
from services.aim.weights import DEFAULT_WEIGHTS, normalise_weights
from services.domain import AimWeights
from services.limits import CAMPAIGN_NAME_CHARS
from services.people import Role
from ui import formats
from ui.bars import metric_names
from ui.campaign_filters import CAMPAIGN
from ui.guard import guard
from ui.i18n import _
from ui.layout import section
from ui.navigation import CAMPAIGNS, go
from ui.review_access import refusal

WEIGHTS_NOTE = "campaign_weights_note"


def new_button() -> None:
    why = refusal(Role.CREATOR)
    with (
        st.popover(_("New campaign"), icon=":material/add:", disabled=bool(why), help=why or None),
        st.form("campaign_new", border=False),
        guard(),
    ):
        name = st.text_input(_("Name"), max_chars=CAMPAIGN_NAME_CHARS, key="campaign_new_name")
        if st.form_submit_button(_("Create"), type="primary"):
            go(CAMPAIGNS, **{CAMPAIGN: campaigns.create(name)})


def rename_button(campaign_id: str, name: str) -> None:
    why = refusal(Role.CREATOR)
    with (
        st.popover(_("Rename"), icon=":material/edit:", disabled=bool(why), help=why or None),
        st.form(f"campaign_rename_{campaign_id}", border=False),
        guard(),
    ):
        new = st.text_input(_("Name"), name, max_chars=CAMPAIGN_NAME_CHARS)
        if st.form_submit_button(_("Save the name"), type="primary"):
            campaigns.rename(campaign_id, new)
            st.rerun()


def weights_panel(campaign_id: str) -> None:
    """The campaign's weights beside the default; an administrator may change them."""
    section(
        _("What the score weighs"),
        _("Change it, and all scores and ranks of the campaign follow at once. Nothing is measured again."),
    )
    if note := st.session_state.pop(WEIGHTS_NOTE, ""):
        st.success(note, icon=":material/check:")
    current = campaigns.aim_weights(campaign_id)
    _table(current)
    why = refusal(Role.ADMIN)
    with st.form(f"weights_{campaign_id}", border=False):
        typed = _fields(current, bool(why))
        with st.container(horizontal=True):
            change = st.form_submit_button(
                _("Apply to every score"), disabled=bool(why), help=why or None, icon=":material/balance:"
            )
            back = st.form_submit_button(
                _("Back to the default"),
                disabled=bool(why) or current == DEFAULT_WEIGHTS,
                icon=":material/undo:",
            )
    if change or back:
        with guard():
            _apply(campaign_id, None if back else normalise_weights(*typed))


def _apply(campaign_id: str, weights: AimWeights | None) -> None:
    changed = campaigns.set_weights(campaign_id, weights)
    st.session_state[WEIGHTS_NOTE] = _("Done: {variants} scored anew and ranked.").format(
        variants=formats.variants(changed)
    )
    st.rerun()


def _table(current: AimWeights) -> None:
    names = metric_names()
    head = f"| {_('Part')} | {_('This campaign')} | {_('Default')} |"
    rows = [
        f"| {label} | **{formats.percent(share)}** | {formats.percent(default)} |"
        for part, label in names.items()
        for share, default in [(getattr(current, part), getattr(DEFAULT_WEIGHTS, part))]
    ]
    st.markdown("\n".join([head, "|---|---|---|", *rows]))


def _fields(current: AimWeights, locked: bool) -> tuple[float, float, float]:
    """Weights as typed, in the order of `normalise_weights`: clip, lpips, caption."""
    typed = {}
    for column, (part, label) in zip(st.columns(3), metric_names().items(), strict=True):
        with column:
            typed[part] = st.number_input(
                label, 0.0, 100.0, round(getattr(current, part) * 100, 2), 5.0, format="%g", disabled=locked
            )
    return typed["clip"], typed["lpips"], typed["caption"]
