"""The Campaigns page's part on AIM and the team: do their orders agree, and would other weights follow it?

Worked out when somebody asks (?team=1): the resampling takes a second or two. Kept until a rating, a vote
or a score changes.
"""

from __future__ import annotations

import streamlit as st

from services.votes.aim import Measure, TeamView, team_view
from services.votes.counts import Judgements, judgements, stamp
from services.votes.tables import team_csv
from ui import address, formats
from ui.campaign_summary import download
from ui.campaign_words import scorer_name
from ui.charts import CONFIG
from ui.i18n import _, ngettext
from ui.layout import section
from ui.team_chart import correlations
from ui.team_weights import suggestion_panel
from ui.team_words import interval, measure_names, stars_sentence, votes_sentence
from ui.text import plain
from ui.vote_words import agreement_figure, agreement_sentence

TEAM_PARAM = "team"


def team_section(campaign_id: str) -> None:
    """Of one campaign; "" for all. Only counts until it is asked for."""
    found = judgements(campaign_id or None)
    section(
        _("Does AIM agree with your people?"),
        _("Stars and blind votes beside the score. Counts all sessions, whatever the filters above say.")
        if not campaign_id
        else _("Stars and blind votes beside the score. Counts all sessions of this campaign."),
    )
    if not found.rated and not found.votes:
        st.caption(
            _("Nobody gave stars or voted blind yet. Both are on a session's page, and show here afterwards.")
        )
        return
    if address.read(TEAM_PARAM) != "1":
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(_("Compare AIM with your team"), icon=":material/balance:", on_click=_open)
            st.caption(_so_far(found), width="content")
        return
    with st.spinner(_("Comparing {what} with the scores.").format(what=_so_far(found))):
        view = _view(campaign_id, stamp(campaign_id or None))
    _agreement(view, found)
    if campaign_id:
        suggestion_panel(campaign_id)
    else:
        st.caption(_("Choose a campaign above to see weights that would follow its votes."))


def _open() -> None:
    st.query_params[TEAM_PARAM] = "1"


@st.cache_data(max_entries=32, show_spinner=False)
def _view(campaign_id: str, stamp: str) -> TeamView:
    """`stamp` is the key under which the result holds."""
    return team_view(campaign_id or None)


def _so_far(found: Judgements) -> str:
    """ "12 rated variants and 30 blind votes of 2 people"."""
    rated = ngettext("{count} rated variant", "{count} rated variants", found.rated)
    votes = ngettext("{count} blind vote", "{count} blind votes", found.votes)
    text = ngettext(
        "{rated} and {votes} of {count} person", "{rated} and {votes} of {count} people", found.people
    )
    return text.format(
        rated=rated.format(count=formats.number(found.rated)),
        votes=votes.format(count=formats.number(found.votes)),
        count=formats.number(found.people),
    )


def _agreement(view: TeamView, found: Judgements) -> None:
    if not view.scorer:
        st.info(_("None of the judged variants is scored yet."), icon=":material/info:")
        return
    lines = [stars_sentence(view)] if found.rated else []
    lines += [votes_sentence(view)] if found.votes else []
    st.markdown("\n".join(f"- **{plain(line)}**" for line in lines))
    if view.raters.people > 1:
        st.caption(plain(agreement_sentence(view.raters, _("Those who gave stars"), _("variants"))))
    if view.other_scorers:
        text = ngettext(
            "{count} judged variant was scored by other models and is left out.",
            "{count} judged variants were scored by other models and are left out.",
            view.other_scorers,
        )
        used = _("These are the scores of: {models}.").format(models=scorer_name(view.scorer))
        st.caption(f"{text.format(count=formats.number(view.other_scorers))} {plain(used)}")
    if any(each.spearman for kinds in (view.stars, view.votes) for each in kinds.values()):
        _chart(view, " ".join(lines))
    _figures(view)


def _chart(view: TeamView, alt: str) -> None:
    st.plotly_chart(correlations(view), key="team_correlations", config=CONFIG, alt=alt)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.caption(_("Circles are Spearman, diamonds Kendall; bars hold 95%. Right of 0 is agreement."))
        download(_("Data as CSV"), lambda: team_csv(view), "aim_and_team.csv")


def _figures(view: TeamView) -> None:
    """All figures, and how they come about."""
    with st.expander(_("All figures"), type="compact", icon=":material/functions:"):
        names = measure_names()
        rows = [
            (people, names[measure], kinds[measure])
            for people, kinds in ((_("stars"), view.stars), (_("blind votes"), view.votes))
            for measure in Measure
        ]
        st.dataframe(
            {
                _("What is compared"): [name for _people, name, _c in rows],
                _("Compared with"): [people for people, _name, _c in rows],
                _("Variants"): [c.variants for _people, _name, c in rows],
                _("Sessions"): [c.sessions for _people, _name, c in rows],
                "Spearman": [interval(c.spearman) for _people, _name, c in rows],
                "Kendall": [interval(c.kendall) for _people, _name, c in rows],
            },
            hide_index=True,
            alt=_("Correlations of every measure with stars and votes"),
        )
        st.caption(
            _("Rank correlations with bootstrap intervals of 95%, resampling whole sessions where there are "
              "five or more. Stars are means over people. Votes are strengths of a Bradley-Terry model, "
              "compared within each session. The reference picture itself is left out.")
        )  # fmt: skip
        if view.raters.alpha is not None:
            st.caption(plain(agreement_figure(view.raters)))
