"""Weights fitted on a campaign's blind votes, beside the default and its own; a person applies them."""

from __future__ import annotations

import streamlit as st

from services import campaigns
from services.domain import AimWeights
from services.people import Role
from services.votes.aim import predicted_right, suggested_weights
from services.votes.counts import stamp
from services.votes.reweighting import MIN_VOTES, Suggestion
from ui import formats
from ui.bars import metric_names
from ui.guard import guard
from ui.i18n import _
from ui.review_access import refusal
from ui.team_words import gain, suggestion_sentence
from ui.text import plain

NOTE = "team_weights_note"
SAME = 1e-6


def suggestion_panel(campaign_id: str) -> None:
    st.subheader(_("Weights that follow your votes"), anchor=False)
    if note := st.session_state.pop(NOTE, ""):
        st.success(note, icon=":material/check:")
    now = campaigns.aim_weights(campaign_id)
    with st.spinner(_("Looking for weights that follow the votes, and trying them on votes left out.")):
        suggestion, right, usable = _suggested(campaign_id, now, stamp(campaign_id))
    if suggestion is None:
        _not_yet(usable)
        return
    st.markdown(plain(suggestion_sentence(suggestion)))
    st.markdown(_table(suggestion, now, right))
    if suggestion.better:
        _apply_button(campaign_id, suggestion.weights, now)
    with st.expander(_("How sure is this?"), type="compact", icon=":material/functions:"):
        st.markdown(plain(gain(suggestion)))
        st.caption(
            _("The share of this campaign's present weights is of all votes: if they were fitted on some of "
              "them, it looks a little better than it is.")
        )  # fmt: skip


@st.cache_data(max_entries=32, show_spinner=False)
def _suggested(campaign_id: str, now: AimWeights, stamp: str) -> tuple[Suggestion | None, float | None, int]:
    """The suggestion, the share of votes that the present weights tell, and how many votes can be used."""
    return suggested_weights(campaign_id), *predicted_right(campaign_id, now)


def _not_yet(usable: int) -> None:
    if usable < MIN_VOTES:
        text = _("Too few votes for a suggestion yet: {count} of {needed} between two scored variants. A "
                 "vote of no difference does not count here.")  # fmt: skip
        st.caption(text.format(count=formats.number(usable), needed=MIN_VOTES))
    else:
        st.caption(_("The variants that were voted on all score alike, so no weights can tell them apart."))


def _table(found: Suggestion, now: AimWeights, right: float | None) -> str:
    parts = metric_names()
    lines = [
        (f"**{_('Suggested')}**", found.weights, found.right),
        (_("This campaign"), now, right),
        (_("Default"), found.default, found.default_right),
    ]
    head = " | ".join(["", *parts.values(), _("Votes told right")])
    rows = [
        " | ".join([name, *(formats.percent(getattr(w, part)) for part in parts), formats.percent(share)])
        for name, w, share in lines
    ]
    return "\n".join([f"|{head} |", "|---|--:|--:|--:|--:|", *(f"| {row} |" for row in rows)])


def _apply_button(campaign_id: str, weights: AimWeights, now: AimWeights) -> None:
    """An administrator's, in two steps; nobody else's and nothing by itself."""
    if _alike(weights, now):
        st.caption(f":material/check: {_('This campaign uses these weights.')}")
        return
    why = refusal(Role.ADMIN)
    with st.popover(
        _("Apply to this campaign"), icon=":material/balance:", disabled=bool(why), help=why or None
    ):
        st.markdown(
            _("All scores and ranks of this campaign follow at once. Nothing is measured again, and the "
              "panel below takes it back.")
        )  # fmt: skip
        st.button(
            _("Apply these weights"), type="primary", key="team_apply", on_click=_apply,
            args=(campaign_id, weights), disabled=bool(why),
        )  # fmt: skip


def _apply(campaign_id: str, weights: AimWeights) -> None:
    with guard():
        changed = campaigns.set_weights(campaign_id, weights)
        st.session_state[NOTE] = _("Done: {variants} scored anew and ranked.").format(
            variants=formats.variants(changed)
        )


def _alike(one: AimWeights, other: AimWeights) -> bool:
    return all(abs(getattr(one, part) - getattr(other, part)) < SAME for part in ("clip", "lpips", "caption"))
