"""The strategies of a new experiment: which are compared, what each does, and one's own beside them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.domain import Strategy
from services.experiments import saved
from services.experiments.presets import FILTER_ABOVE, ROUNDS, TITLE_CHARS, Preset
from services.generation.conditioning import TextRule
from ui import experiment_draft as draft
from ui import formats
from ui.experiment_words import describe, rules, text_rule, title
from ui.guard import guard
from ui.i18n import _
from ui.text import plain

SAVED_NOTE = "experiment_strategy_note"


def strategies_part() -> None:
    """Rows to tick, the baseline, and the way to a strategy of one's own."""
    known = draft.presets()
    begun = {preset.key for preset in draft.start().strategies}
    for preset in known:
        _row(preset, preset.key in begun)
    with st.expander(_("A strategy of your own"), icon=":material/add:", key="own_strategy"):
        _own()
    _baseline(draft.ticked(known))
    if note := st.session_state.pop(SAVED_NOTE, ""):
        st.toast(note, icon=":material/check:")


def _row(preset: Preset, begun: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="top", key=f"strategy_row_{preset.key}"):
        with st.container(gap=None, width="stretch"):
            st.checkbox(
                f"**{plain(title(preset))}**",
                draft.held(f"use_{preset.key}", begun),
                key=draft.widget(f"use_{preset.key}"),
                persist_state="session",
            )
            st.caption(plain(describe(preset)))
        with st.popover(_("Its rule"), type="tertiary", key=f"rule_{preset.key}"):
            st.markdown("\n".join(f"- {plain(line)}" for line in rules(preset)))
            if preset.source:
                st.caption(f"{_('Source')}: {plain(preset.source)}")
            if preset.key.startswith(saved.PREFIX):
                st.button(
                    _("Delete this strategy"),
                    icon=":material/delete:",
                    key=f"strategy_delete_{preset.key}",
                    on_click=_delete,
                    args=(preset.key,),
                    help=_("Experiments that used it keep it."),
                )


def _delete(key: str) -> None:
    with guard():
        saved.delete(key)


def _baseline(ticked: Sequence[Preset]) -> None:
    names = {preset.key: title(preset) for preset in ticked}
    if not names:
        return
    now = draft.held("baseline", draft.start().baseline)
    key = draft.widget("baseline")
    if st.session_state.get(key) not in names:
        st.session_state.pop(key, None)
    options = list(names)
    st.selectbox(
        _("Baseline"),
        options,
        index=options.index(now) if now in names else 0,
        format_func=lambda each: names.get(each, each),
        key=key,
        persist_state="session",
        width=320,
        help=_("All others are compared with it. Without retrieval, it tells whether retrieval helps."),
    )


def _own() -> None:
    """A preset's fields in words; it is saved for everybody and ticked at once."""
    left, right = st.columns(2, gap="large")
    searches = [Strategy.KEYWORDS, Strategy.SUBQUERIES, Strategy.NONE]
    with left:
        name = st.text_input(_("Name"), max_chars=TITLE_CHARS, key="own_title")
        search = st.selectbox(
            _("Way of finding references"), searches, format_func=formats.strategy, index=1, key="own_search"
        )
        texts = st.selectbox(
            _("What the words are"),
            list(TextRule),
            format_func=text_rule,
            index=list(TextRule).index(TextRule.SUBQUERIES),
            key="own_texts",
        )
        photos = st.slider(
            _("Weight of the product photos"), 0.0, 1.0, 0.4, 0.05, key="own_photos",
            help=_("Of two or more photos together; a single one always has 0.4."),
        )  # fmt: skip
    off = search is Strategy.NONE
    with right:
        rounds = st.number_input(
            _("Rounds after the draft"), 0, ROUNDS, 0, key="own_rounds", disabled=off,
            help=_("Searches again for what the draft does not show, and makes it again."),
        )  # fmt: skip
        matches = st.toggle(_("References guide the picture"), True, key="own_matches", disabled=off)
        strict = st.toggle(_("Leave out weak and alike references"), True, key="own_filter", disabled=off)
        above = FILTER_ABOVE
        if strict and not off:
            above = st.slider(_("Alike from a cosine of"), 0.5, 1.0, FILTER_ABOVE, 0.01, key="own_above")
    if st.button(_("Save this strategy"), icon=":material/save:", key="own_save"):
        with guard():
            made = saved.save(
                Preset(
                    key="own",
                    title=name.strip(),
                    search=search,
                    texts=TextRule(str(texts)),
                    photos=photos,
                    matches=matches and not off,
                    filter_above=above if strict and not off else None,
                    rounds=0 if off else int(rounds),
                )
            )
            st.session_state[draft.widget(f"use_{made.key}")] = True
            st.session_state[SAVED_NOTE] = _("Saved. It can be chosen in every experiment.")
            st.rerun()
