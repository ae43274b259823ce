"""Step 1: the brief. What is typed is kept while one looks elsewhere, and saved once the session exists."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from services import campaigns, libraries
from services.choices import EngineChoice
from services.domain import Brief, Photo, Placement, Strategy
from services.limits import HEADLINE_CHARS, PRODUCT_TEXT_CHARS, TOPIC_CHARS
from services.settings import get_settings
from ui import formats
from ui.generation_options import drafted
from ui.i18n import _
from ui.models_used import models_used
from ui.uploads import photo_field

T = TypeVar("T")
NO_LIBRARY = ""
EMPTY = Brief(topic="", product_text="", library=libraries.BACKDROPS_LIBRARY)


def draft(key: str, saved: Brief | None) -> Brief:
    """The brief as the form of session `key` ("new" before there is one) holds it, open or closed."""
    start = saved or EMPTY
    photos: tuple[Photo, ...] = st.session_state.get(f"photos_{key}", start.photos)
    return Brief(
        topic=_held("topic", key, start.topic).strip(),
        product_text=_held("text", key, start.product_text).strip(),
        photos=photos,
        headline=_held("headline", key, start.headline).strip(),
        library=_held("library", key, start.library or NO_LIBRARY) or None,
        strategy=Strategy(_held("strategy", key, start.strategy)),
        placement=Placement(_held("placement", key, start.placement)),
        variants=int(_held("variants", key, start.variants)),
        seed=int(_held("seed", key, start.seed)),
        options=drafted(key, start.options),
    )


def chosen_campaign(key: str, saved: str | None) -> str:
    return _held("campaign", key, saved or campaigns.DEFAULT_CAMPAIGN)


def forget(key: str) -> None:
    """Empty the form of `key`, so that the next new brief starts clean."""
    for name in [n for n in st.session_state if str(n).endswith(f"_{key}") or f"photos_{key}" in str(n)]:
        del st.session_state[name]


def brief_form(
    key: str, saved: Brief | None, campaign: str | None, parts: EngineChoice | None = None
) -> None:
    start = saved or EMPTY
    left, right = st.columns([2, 3], gap="medium")
    with left:
        photo_field(key, start.photos)
    with right:
        _words(key, start)
    _choices(key, start, campaign)
    _size(key, start)
    models_used(key, parts)


def _held(field: str, key: str, fallback: T) -> T:
    value: T | None = st.session_state.get(_key(field, key))
    return fallback if value is None else value


def _key(field: str, key: str) -> str:
    return f"brief_{field}_{key}"


def _words(key: str, start: Brief) -> None:
    st.text_input(
        _("Topic"),
        _held("topic", key, start.topic),
        max_chars=TOPIC_CHARS,
        key=_key("topic", key),
        persist_state="session",
        placeholder=_("A dog in a yellow hoodie"),
        help=_("What the picture is about, in one short sentence. Scores look for it in every variant."),
    )
    st.text_area(
        _("Product text"),
        _held("text", key, start.product_text),
        max_chars=PRODUCT_TEXT_CHARS,
        height=132,
        key=_key("text", key),
        persist_state="session",
        placeholder=_("A cute dog wearing a yellow hoodie sits on a stylish sofa in a cozy living room …"),
        help=_("The product and the scene around it, in sentences. The plan is made from this text."),
    )
    st.text_input(
        _("Headline"),
        _held("headline", key, start.headline),
        max_chars=HEADLINE_CHARS,
        key=_key("headline", key),
        persist_state="session",
        placeholder=_("Optional. Set on the picture as you type it."),
    )


def _campaign(key: str, campaign: str | None) -> None:
    names = list(campaigns.names().values())
    current = chosen_campaign(key, campaign)
    options = list(dict.fromkeys([current, *names, campaigns.DEFAULT_CAMPAIGN]))
    st.selectbox(
        _("Campaign"),
        options,
        index=0,
        key=_key("campaign", key),
        persist_state="session",
        accept_new_options=True,
        disabled=campaign is not None,
        format_func=campaign_name,
        help=_("Choose one, or type a new name."),
    )


def campaign_name(name: str) -> str:
    """A campaign's name as its team wrote it; the name that the studio gave is translated."""
    return _("My first campaign") if name == campaigns.DEFAULT_CAMPAIGN else name


def _choices(key: str, start: Brief, campaign: str | None) -> None:
    first, second, third, fourth = st.columns([3, 3, 3, 2], gap="small", vertical_alignment="bottom")
    with first:
        _campaign(key, campaign)
    with second:
        _library(key, start)
    with third:
        strategies = list(Strategy)
        st.selectbox(
            _("Way of finding references"),
            strategies,
            index=strategies.index(_held("strategy", key, start.strategy)),
            format_func=formats.strategy,
            key=_key("strategy", key),
            persist_state="session",
        )
    with fourth:
        most = get_settings().variants_per_run
        st.number_input(
            _("Variants"),
            1,
            most,
            min(_held("variants", key, start.variants), most),
            key=_key("variants", key),
            persist_state="session",
        )


def _size(key: str, start: Brief) -> None:
    st.segmented_control(
        _("Size"),
        list(Placement),
        default=_held("placement", key, start.placement),
        required=True,
        format_func=formats.placement,
        key=_key("placement", key),
        persist_state="session",
    )


def _library(key: str, start: Brief) -> None:
    names = [libraries.BACKDROPS_LIBRARY, *(card.name for card in libraries.list_libraries())]
    current = _held("library", key, start.library or NO_LIBRARY)
    options = list(dict.fromkeys([*names, current, NO_LIBRARY]))
    st.selectbox(
        _("Library"),
        options,
        index=options.index(current),
        format_func=library_name,
        key=_key("library", key),
        persist_state="session",
    )


def library_name(name: str) -> str:
    if name == NO_LIBRARY:
        return _("None")
    return _("Studio backdrops") if name == libraries.BACKDROPS_LIBRARY else name
