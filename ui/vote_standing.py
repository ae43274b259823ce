"""How a session's variants stand after blind votes: one sentence, the ranking, and how far voters agree."""

from __future__ import annotations

import streamlit as st

from services.evaluation import Evaluation
from services.votes.standing import Standing, standing
from services.votes.tables import standing_csv
from ui import vote_words
from ui.campaign_summary import download
from ui.charts import show
from ui.compare_choice import joined
from ui.compare_rows import name_of
from ui.i18n import _
from ui.images import picture
from ui.navigation import COMPARE, DETAILS_PARAM, SESSION_PARAM, go
from ui.text import plain
from ui.vote_chart import ranking

PODIUM = 6
"""Pictures above the chart."""


def standing_view(evaluation: Evaluation) -> None:
    view = evaluation.session
    found = standing(view.id)
    names = {row.id: name_of(row) for row in evaluation.rows}
    found = _known(found, names)
    st.subheader(plain(vote_words.standing_sentence(found, names)), anchor=False)
    if not found.ranking:
        st.caption(_("The ranking shows here as soon as somebody does."))
        return
    st.caption(" ".join([f"{vote_words.votes_line(found)}.", vote_words.voters_sentence(found)]))
    _pictures(evaluation, found, names)
    alt = ", ".join(f"#{s.rank} {names[variant]}" for variant, s in found.ranking)
    show(ranking(found, names, view.id, view.kind), f"standing_{view.id}", alt)
    st.caption(
        _("Dots are the ranking by votes, bars hold 95%. Where bars overlap, more votes may turn the order.")
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(found.ranking) > 1 and st.button(_("Compare the two in front"), icon=":material/compare:"):
            pair = joined([variant for variant, _s in found.ranking[:2]])
            go(COMPARE, **{SESSION_PARAM: view.id, DETAILS_PARAM: pair})
        download(_("Data as CSV"), lambda: standing_csv(found, names), "standing.csv")
    _exactly(found)


def _known(found: Standing, names: dict[int, str]) -> Standing:
    """Without variants that came after the page was loaded."""
    ranking = tuple(each for each in found.ranking if each[0] in names)
    return Standing(ranking, found.votes, found.people, found.agreement)


def _pictures(evaluation: Evaluation, found: Standing, names: dict[int, str]) -> None:
    by_id = {row.id: row.variant for row in evaluation.rows}
    grid = st.grid(PODIUM, min_column_width=120)
    for variant, strength in found.ranking[:PODIUM]:
        with grid.cell():
            picture(by_id[variant].sha256, names[variant], f"shot_tile_standing_{variant}")
            st.caption(f"**#{strength.rank}** {plain(names[variant])}")


def _exactly(found: Standing) -> None:
    with st.expander(_("How is this worked out?"), type="compact", icon=":material/functions:"):
        st.markdown(
            _("A Bradley-Terry model is fitted to all votes: the chance that one variant is chosen over "
              "another follows from the difference of their strengths. No difference counts as half a vote "
              "for each. A weak prior keeps a variant that won everything from running away.")
        )  # fmt: skip
        if found.agreement.alpha is not None:
            st.markdown(plain(vote_words.agreement_figure(found.agreement)))
