"""The briefs of a new experiment: written here, taken from sessions, or the study's own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from services import libraries, sessions
from services.experiments.overview import Takeable, sessions_to_take
from services.experiments.spec import BriefSpec, ExperimentSpec
from services.experiments.yaml_file import read_draft
from services.limits import EXPERIMENT_BRIEFS, HEADLINE_CHARS, PRODUCT_TEXT_CHARS, TOPIC_CHARS
from ui import experiment_draft as draft
from ui import formats
from ui.brief_form import NO_LIBRARY, library_name
from ui.guard import guard
from ui.i18n import _
from ui.text import plain, short
from ui.uploads import photo_field

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SESSIONS_SHOWN = 50


def briefs_part() -> None:
    """The briefs so far, and three ways to one more."""
    for number in list(draft.briefs()):
        _brief(number)
    if not draft.briefs():
        st.caption(_("Add what you advertise: each brief is made with every strategy and the same seeds."))
    full = len(draft.briefs()) >= EXPERIMENT_BRIEFS
    with st.container(horizontal=True, gap="small", key="experiment_ways"):
        st.button(
            _("Write a brief"), icon=":material/add:", on_click=draft.add, disabled=full, key="brief_write"
        )
        with st.popover(_("Take from sessions"), icon=":material/history:", disabled=full):
            _from_sessions()
        with st.popover(_("The study's briefs"), icon=":material/science:", disabled=full):
            _examples()


def _brief(number: int) -> None:
    """Open until it has all that it needs."""
    begun = draft.briefs()[number]
    now = draft.brief_of(number)
    lacks = not (now.photos and now.topic and now.product_text)
    title = plain(short(now.name, 50)) or _("New brief")
    facts = formats.photos(len(now.photos)) if now.photos else _("no photo yet")
    icon = ":material/edit:" if lacks else ":material/check_circle:"
    with st.expander(
        f"**{title}** :gray[{facts}]", expanded=lacks, icon=icon, key=f"open_experiment_{number}"
    ):
        left, right = st.columns([2, 3], gap="medium")
        with left:
            photo_field(f"{draft.KEY}_{number}", begun.photos)
        with right:
            _words(number, begun)
        st.button(
            _("Take this brief out"),
            icon=":material/close:",
            type="tertiary",
            key=f"brief_out_{number}",
            on_click=draft.remove,
            args=(number,),
        )


def _words(number: int, begun: BriefSpec) -> None:
    _text(number, "topic", _("Topic"), begun.topic, TOPIC_CHARS, _("A dog in a yellow hoodie"))
    key = draft.widget(f"text_{number}")
    st.text_area(
        _("Product text"),
        draft.held(f"text_{number}", begun.product_text),
        max_chars=PRODUCT_TEXT_CHARS,
        height=132,
        key=key,
        persist_state="session",
        placeholder=_("A cute dog wearing a yellow hoodie sits on a stylish sofa in a cozy living room …"),
    )
    left, right = st.columns(2, gap="small")
    with left:
        _text(number, "name", _("Name of the brief"), begun.name, 60, _("As its topic"))
    with right:
        _library(number, begun)
    _text(
        number, "headline", _("Headline"), begun.headline, HEADLINE_CHARS,
        _("Optional. Set on the picture as you type it."),
    )  # fmt: skip
    if begun.plan is not None:
        parts = "; ".join(f"{part.text} ({part.weight:.0%})" for part in begun.plan.subqueries)
        st.checkbox(
            _("Keep its plan"),
            draft.held(f"plan_{number}", True),
            key=draft.widget(f"plan_{number}"),
            persist_state="session",
            help=_("Without it, the planner makes one plan for all strategies."),
        )
        st.caption(plain(parts))


def _text(number: int, field: str, label: str, value: str, most: int, placeholder: str) -> None:
    name = f"{field}_{number}"
    st.text_input(
        label, draft.held(name, value), max_chars=most, key=draft.widget(name), persist_state="session",
        placeholder=placeholder,
    )  # fmt: skip


def _library(number: int, begun: BriefSpec) -> None:
    known = [libraries.BACKDROPS_LIBRARY, *(card.name for card in libraries.list_libraries())]
    now = draft.held(f"library_{number}", begun.library or NO_LIBRARY)
    options = list(dict.fromkeys([*known, now, NO_LIBRARY]))
    st.selectbox(
        _("Library"),
        options,
        index=options.index(now),
        format_func=library_name,
        key=draft.widget(f"library_{number}"),
        persist_state="session",
    )


# --- taking over --------------------------------------------------------------------------------


def _from_sessions() -> None:
    cards = sessions_to_take(SESSIONS_SHOWN)
    if not cards:
        st.caption(_("No sessions yet. Start with your product's photo."))
        return
    by_id = {card.id: card for card in cards}
    chosen = st.multiselect(
        _("Sessions"),
        list(by_id),
        format_func=lambda key: _label(by_id[key]),
        key="experiment_sessions",
        placeholder=_("Choose one or more"),
        max_selections=EXPERIMENT_BRIEFS,
    )
    st.caption(_("Photos, texts, library and plan are taken over. The sessions stay as they are."))
    st.button(_("Take them"), disabled=not chosen, on_click=_take_sessions, key="brief_take")


def _label(card: Takeable) -> str:
    return f"{short(card.topic, 48)} · {formats.when(card.updated_at)}"


def _take_sessions() -> None:
    for session_id in st.session_state.get("experiment_sessions", []):
        view = sessions.load(session_id)
        brief = view.brief
        draft.add(
            BriefSpec(
                name=brief.topic[:40].strip(),
                topic=brief.topic,
                product_text=brief.product_text,
                photos=brief.photos,
                headline=brief.headline,
                library=brief.library,
                plan=view.plan,
            )
        )
    st.session_state.pop("experiment_sessions", None)


def _examples() -> None:
    """One click each; the photos are the reader's."""
    names = {
        "collar": (_("Dog collar"), _("Two photos; found by the whole text, then part by part.")),
        "hoodie": (_("Yellow hoodie"), _("One photo; three parts, as typed in the study.")),
        "complex_hoodie": (_("Yellow hoodie, more detail"), _("One photo; five parts, as typed.")),
    }
    st.caption(_("The briefs of the original study, word for word. You add the product's photo."))
    for name, (label, told) in names.items():
        st.button(
            label, help=told, key=f"example_{name}", width="stretch", on_click=_take_example, args=(name,)
        )


def example(name: str) -> ExperimentSpec:
    """One of examples/*.yaml, without photos."""
    path = EXAMPLES / f"{name}.yaml"
    return read_draft(path.read_bytes(), path.name, {})


def _take_example(name: str) -> None:
    with guard():
        for brief in example(name).briefs:
            draft.add(brief)
