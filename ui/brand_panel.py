"""A campaign's brand kit: colours, logo, fonts and words, shown to all and changed by an administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from services.brand import load_kit, save_kit
from services.brand.fonts import font_name, keep_font
from services.brand.logo import keep_logo
from services.brand.store import MAX_COLOURS, MAX_WORDS
from services.brand_kit import BrandKit
from services.errors import StudioError
from services.people import Role
from ui.guard import guard
from ui.i18n import _
from ui.images import picture
from ui.layout import section
from ui.review_access import refusal
from ui.text import plain, say
from ui.uploads import TYPES

FONT_TYPES = ["ttf", "otf"]
NEW_COLOUR = "#1f6f5c"


def brand_panel(campaign_id: str) -> None:
    section(
        _("Brand"),
        _("New layouts take these colours, the logo and the fonts. New plans keep to the words."),
    )
    kit, why = load_kit(campaign_id), refusal(Role.ADMIN)
    left, right = st.columns(2, gap="large")
    with left:
        _colours(campaign_id, kit, why)
        _words(campaign_id, kit, why)
    with right:
        _logo(campaign_id, kit, why)
        _fonts(campaign_id, kit, why)
    if why:
        st.caption(why)


def _save(campaign_id: str, kit: BrandKit) -> None:
    """For callbacks: a refusal is told where the panel is drawn next."""
    try:
        save_kit(campaign_id, kit)
    except StudioError as error:
        st.session_state[f"brand_refused_{campaign_id}"] = error


def _colours(campaign_id: str, kit: BrandKit, why: str) -> None:
    st.subheader(_("Colours"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for place, colour in enumerate(kit.colours):
            key = f"brand_colour_{campaign_id}_{place}_{colour}"
            label = _("Leading colour") if place == 0 else _("Colour {number}").format(number=place + 1)
            st.color_picker(
                label,
                colour,
                key=key,
                disabled=bool(why),
                on_change=_recolour,
                args=(campaign_id, place, key),
            )
    with st.container(horizontal=True, gap="small"):
        if len(kit.colours) < MAX_COLOURS:
            st.button(
                _("Add a colour"),
                icon=":material/add:",
                disabled=bool(why),
                key=f"brand_add_{campaign_id}",
                on_click=_add_colour,
                args=(campaign_id,),
            )
        if kit.colours:
            st.button(
                _("Take the last away"),
                icon=":material/remove:",
                disabled=bool(why),
                key=f"brand_less_{campaign_id}",
                on_click=lambda: _save(campaign_id, replace(kit, colours=kit.colours[:-1])),
            )
    if not kit.colours:
        st.caption(_("No colours yet: each layout takes its colours from the product."))


def _recolour(campaign_id: str, place: int, key: str) -> None:
    kit = load_kit(campaign_id)
    colours = list(kit.colours)
    colours[place : place + 1] = [st.session_state[key]]
    _save(campaign_id, replace(kit, colours=tuple(colours)))


def _add_colour(campaign_id: str) -> None:
    """One that is not there yet, to be changed with a click on it."""
    kit = load_kit(campaign_id)
    value = int(NEW_COLOUR[1:], 16)
    fresh = next(
        c for n in range(MAX_COLOURS + 1) if (c := f"#{value + n * 0x101010:06x}") not in kit.colours
    )
    _save(campaign_id, replace(kit, colours=(*kit.colours, fresh)))


def _words(campaign_id: str, kit: BrandKit, why: str) -> None:
    st.subheader(_("Words"), anchor=False)
    fields = {
        "words_to_use": (_("To use"), _("The planner is asked for them; the headline is checked for them.")),
        "words_to_avoid": (_("To avoid"), _("Left out of new plans, and found in texts that people write.")),
    }
    for name, (label, help_text) in fields.items():
        words = list(getattr(kit, name))
        key = f"brand_{name}_{campaign_id}_{hash(tuple(words))}"
        st.multiselect(
            label,
            words,
            words,
            key=key,
            accept_new_options=True,
            max_selections=MAX_WORDS,
            disabled=bool(why),
            placeholder=_("Type a word and press Enter"),
            help=help_text,
            on_change=_reword,
            args=(campaign_id, name, key),
        )
    refused = st.session_state.pop(f"brand_refused_{campaign_id}", None)
    if refused is not None:
        st.warning(say(refused.message), icon=":material/info:")


def _reword(campaign_id: str, name: str, key: str) -> None:
    change: dict[str, Any] = {name: tuple(st.session_state[key])}
    _save(campaign_id, replace(load_kit(campaign_id), **change))


def _logo(campaign_id: str, kit: BrandKit, why: str) -> None:
    st.subheader(_("Logo"), anchor=False)
    if kit.logo_sha256:
        with st.container(width=180):
            picture(kit.logo_sha256, _("The brand's logo"), key=f"brand_logo_{campaign_id}")
        _remove(campaign_id, _("Remove the logo"), replace(kit, logo_sha256=None), "logo", why)
    else:
        st.caption(_("No logo yet. A PNG with a transparent background looks best."))
    _drop(
        _("Drop the logo"),
        TYPES,
        "logo",
        campaign_id,
        why,
        lambda data, name: replace(load_kit(campaign_id), logo_sha256=keep_logo(data, name)),
    )


def _fonts(campaign_id: str, kit: BrandKit, why: str) -> None:
    st.subheader(_("Fonts"), anchor=False)
    fields = {
        "heading_font": (_("Font of bold headlines"), _("Drop the font of bold headlines")),
        "body_font": (_("Font of light headlines"), _("Drop the font of light headlines")),
    }
    for name, (label, drop) in fields.items():
        key = getattr(kit, name)
        shown = plain(_name_of(key)) if key else _("the studio's own")
        st.markdown(f"{label}: **{shown}**")
        if key:
            change: dict[str, Any] = {name: None}
            _remove(campaign_id, _("Use the studio's own"), replace(kit, **change), name, why)
        _drop(drop, FONT_TYPES, name, campaign_id, why, _font_change(campaign_id, name))


def _font_change(campaign_id: str, field: str) -> Callable[[bytes, str], BrandKit]:
    def change(data: bytes, name: str) -> BrandKit:
        kept: dict[str, Any] = {field: keep_font(data, name).sha256}
        return replace(load_kit(campaign_id), **kept)

    return change


def _name_of(font: str) -> str:
    try:
        return font_name(font)
    except StudioError:
        return _("file missing")


def _remove(campaign_id: str, label: str, kit: BrandKit, name: str, why: str) -> None:
    st.button(
        label,
        icon=":material/close:",
        key=f"brand_remove_{name}_{campaign_id}",
        disabled=bool(why),
        on_click=lambda: _save(campaign_id, kit),
    )


def _drop(
    label: str,
    types: list[str],
    name: str,
    campaign_id: str,
    why: str,
    change: Callable[[bytes, str], BrandKit],
) -> None:
    """An uploader that empties itself: what was dropped is kept, or refused in words below it."""
    rounds = st.session_state.setdefault(f"brand_round_{name}_{campaign_id}", 0)
    if why:
        return
    file = st.file_uploader(label, types, key=f"brand_drop_{name}_{campaign_id}_{rounds}", max_upload_size=20)
    if file is None:
        return
    with guard():
        save_kit(campaign_id, change(file.getvalue(), file.name))
        st.session_state[f"brand_round_{name}_{campaign_id}"] = rounds + 1
        st.rerun()
