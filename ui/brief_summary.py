"""A brief in one line, and in full to read."""

from __future__ import annotations

from html import escape

import streamlit as st

from services.domain import Brief
from services.sessions import SessionView
from ui import formats
from ui.brief_form import library_name
from ui.i18n import _
from ui.images import picture
from ui.text import plain, short


def brief_summary(view: SessionView | None) -> str:
    if view is None:
        return ""
    brief = view.brief
    return " · ".join(
        [
            short(brief.topic),
            formats.photos(len(brief.photos)),
            formats.placement(brief.placement),
            formats.variants(brief.variants),
        ]
    )


def brief_in_full(brief: Brief) -> None:
    """Photos at the left, words and choices at the right; nothing to change."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        for index, photo in enumerate(brief.photos):
            picture(photo.sha256, photo.file_name, key=f"shot_photo_full_{index}")
            hero = f" · {_('Main photo')}" if photo == brief.hero else ""
            st.caption(f"{plain(short(photo.file_name))}{hero}")
    with right:
        st.markdown(plain(brief.product_text))
        rows = {
            _("Headline"): brief.headline or formats.DASH,
            _("Library"): library_name(brief.library or ""),
            _("Way of finding references"): formats.strategy(brief.strategy),
            _("Size"): formats.placement(brief.placement),
            _("Variants"): str(brief.variants),
            _("Seed"): str(brief.seed),
        }
        facts(rows)


def facts(rows: dict[str, str]) -> None:
    """Names and values in two columns."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    st.html(f'<dl class="facts">{items}</dl>')
