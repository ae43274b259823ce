"""All experiments as cards: what was compared, how far it is, and what came out."""

from __future__ import annotations

import streamlit as st

from services.experiments import records
from services.experiments.overview import Glance, glances
from services.experiments.records import ExperimentCard
from services.jobs import queue
from services.jobs.queue import RunKind, RunView
from services.people import Role
from ui import address, formats
from ui.experiment_found import verdict
from ui.experiment_words import size_of
from ui.i18n import _
from ui.layout import empty_state, page_head
from ui.mosaic import sheet
from ui.navigation import EXPERIMENT_PARAM, EXPERIMENTS, NEW_PARAM, go, link
from ui.review_access import refusal
from ui.text import plain, say, short

PER_PAGE = 12


def experiment_list() -> None:
    why = refusal(Role.CREATOR)
    lead = _("Does retrieval help your ads, and which way of it? Answered by pairs, not by eye.")
    cards, total = records.search(address.current_page(), PER_PAGE)
    with page_head(_("Experiments"), lead):
        if total:
            _new_button(why)
    if not total:
        _nothing(why)
        return
    active = {
        str(run.payload.get("experiment")): run for run in queue.active() if run.kind is RunKind.EXPERIMENT
    }
    beside = glances([card.id for card in cards])
    grid = st.grid(3, min_column_width=300)
    for card in cards:
        with grid.cell():
            experiment_card(card, beside[card.id], active.get(card.id))
    address.pages(total, PER_PAGE)


def experiment_card(card: ExperimentCard, glance: Glance, run: RunView | None) -> None:
    with st.container(border=True, key=f"card_experiment_{card.id}", gap="small"):
        with st.container(key=f"sheet_experiment_{card.id}", gap=None):
            st.image(sheet(glance.pictures), alt=card.name, width="stretch")
        link(EXPERIMENTS, f"**{plain(short(card.name, 60))}**", **{EXPERIMENT_PARAM: card.id})
        st.caption(f"{size_of(card.briefs, card.strategies, card.seeds)} · {formats.when(card.created_at)}")
        if run is not None:
            st.progress(min(1.0, run.progress), text=f"{say(run.sentence)} :gray[{run.progress:.0%}]")
        elif card.done < card.cells:
            done = formats.percent(card.done / card.cells)
            st.caption(f":orange[:material/pause_circle:] {_('Stopped, {share} done').format(share=done)}")
        else:
            said, helped = verdict(card.id, glance.changed_at)
            icon = ":green[:material/trending_up:]" if helped else ":gray[:material/balance:]"
            st.markdown(f"{icon} {say(said)}")


def _nothing(why: str) -> None:
    body = _(
        "Does retrieval help your ads? Take a brief, choose ways of finding references, and let the studio "
        "make and score them side by side."
    )
    with empty_state("science", _("No experiments yet"), body):
        _new_button(why)


def _new_button(why: str) -> None:
    """`why` somebody who only looks may not."""
    if st.button(
        _("New experiment"),
        type="secondary" if why else "primary",
        icon=":material/add:",
        disabled=bool(why),
        help=why or None,
        key="experiment_new",
    ):
        go(EXPERIMENTS, **{NEW_PARAM: "1"})
