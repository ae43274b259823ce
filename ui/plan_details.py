"""Beside the plan: what to know about it, the headline that was proposed, and how it was planned."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from babel import Locale
from babel.numbers import format_currency

from services import sessions, spend
from services.domain import Plan
from services.planning.llm_faults import FALLBACK_TEMPLATES
from services.planning.llm_notices import REPAIR_TEMPLATES
from services.sessions import SessionView
from ui import formats
from ui.guard import guard
from ui.i18n import _, language, ngettext
from ui.text import plain, say


def plan_notices(plan: Plan) -> None:
    """First what went wrong with the chat model, then what was repaired in its plan as one note."""
    repairs = [say(notice) for notice in plan.notices if notice.template in REPAIR_TEMPLATES]
    for notice in plan.notices:
        if notice.template in FALLBACK_TEMPLATES:
            st.warning(say(notice), icon=":material/cloud_off:")
        elif notice.template not in REPAIR_TEMPLATES:
            st.info(say(notice), icon=":material/info:")
    if repairs:
        lines = "\n".join(f"- {line}" for line in repairs)
        head = _("The chat model's plan was repaired:")
        st.info(f"{head}\n{lines}", icon=":material/build:")


def headline_offer(view: SessionView, plan: Plan) -> None:
    """A proposed headline, as long as the brief has none. It goes on pictures only once it is taken."""
    if not plan.headline or view.brief.headline:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="headline_offer"):
        st.markdown(f"{_('Proposed headline')}: **{plain(plan.headline)}**", width="content")
        st.button(
            _("Use this headline"),
            icon=":material/title:",
            type="tertiary",
            key=f"take_headline_{view.id}",
            on_click=_take_headline,
            args=(view.id, plan.headline),
        )


def _take_headline(session_id: str, headline: str) -> None:
    with guard():
        brief = sessions.load(session_id).brief
        sessions.save_brief(session_id, replace(brief, headline=headline))


def how_planned(session_id: str, plan: Plan) -> None:
    """One click away: the model, and what planning this session has taken so far."""
    with st.expander(_("How was this planned?"), type="compact", icon=":material/psychology:"):
        lines = [
            f"{_('Planned by')}: {plain(f'{plan.planner.id} {plan.planner.revision}')}",
            f"{_('Language of the brief')}: {language_name(plan.language)}",
        ]
        total = spend.total(session_id, "plan")
        if total.calls:
            lines.append(spent(total))
        st.caption("  \n".join(lines))


def spent(total: spend.Total) -> str:
    """Requests, tokens, time and money of a chat model, as one line."""
    calls = ngettext("{count} request", "{count} requests", total.calls).format(
        count=formats.number(total.calls)
    )
    tokens = _("{given} tokens sent, {made} received").format(
        given=formats.number(total.tokens_in), made=formats.number(total.tokens_out)
    )
    seconds = _("{seconds} s").format(seconds=f"{total.waited:.1f}")
    return f"{_('Chat model, all plans of this session')}: {calls} · {tokens} · {seconds} · {_cost(total)}"


def _cost(total: spend.Total) -> str:
    if total.cost is None:
        return _("cost unknown: no price is set for this model")
    digits = "¤#,##0.00" if total.cost >= 1 or not total.cost else "¤#,##0.0000"
    amount = format_currency(total.cost, "USD", digits, locale=language(), currency_digits=False)
    money = plain(str(amount))
    if total.unpriced:
        return _("{cost} at list price, and requests without a known price").format(cost=money)
    return _("{cost} at list price").format(cost=money)


def language_name(code: str) -> str:
    """A language in the reader's own."""
    return plain(Locale.parse(language()).languages.get(code, code))
