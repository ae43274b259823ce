"""The recipe of every variant: all that is needed to make the same picture again."""

from __future__ import annotations

import streamlit as st

from services.domain import Variant
from services.provenance import made_by
from services.sessions import SessionView
from ui import formats
from ui.i18n import _
from ui.text import plain


def recipe_table(view: SessionView) -> None:
    """One row a variant; one variant's full recipe and score on demand."""
    rows = view.variants
    st.dataframe(
        {
            _("Rank"): [v.rank for v in rows],
            _("Layout"): [v.recipe.layout for v in rows],
            _("Seed"): [v.seed for v in rows],
            _("Size"): [f"{v.width} × {v.height}" for v in rows],
            _("Made by"): [f"{v.recipe.generator.id} {v.recipe.generator.revision}".strip() for v in rows],
            _("Final score"): [v.score.final if v.score else None for v in rows],
        },
        hide_index=True,
        column_config={
            _("Seed"): st.column_config.NumberColumn(format="%d"),
            _("Final score"): st.column_config.NumberColumn(format="%.2f"),
        },
        alt=_("Recipe of every variant"),
    )
    models_table(view)
    with st.expander(_("One recipe in full"), type="compact"):
        chosen = st.selectbox(_("Variant"), rows, format_func=_name, key=f"recipe_{view.id}")
        if chosen:
            st.caption(_("The same recipe and models make the same picture, byte for byte."))
            st.code(chosen.recipe.to_json(), language="json", wrap_lines=True)


def models_table(view: SessionView) -> None:
    """Every model behind plan, references, variants and scores, as recorded with them."""
    names = {
        "planner": _("Planned the brief"),
        "encoder": _("Found references"),
        "prior": _("Turned words and pictures into what to paint"),
        "generator": _("Made variants"),
        "clip": _("Matched the text"),
        "caption": _("Described the pictures"),
        "topic": _("Compared with the topic"),
        "lpips": _("Compared with the reference"),
    }
    refs = made_by(view)
    st.subheader(_("Models"), anchor=False)
    st.dataframe(
        {
            _("What it did"): [names.get(ref.part, ref.part) for ref in refs],
            _("Model"): [ref.id for ref in refs],
            _("Revision"): [ref.revision or formats.DASH for ref in refs],
        },
        hide_index=True,
        alt=_("Models that made this session"),
    )


def _name(variant: Variant) -> str:
    final = variant.score.final if variant.score else None
    place = f"#{variant.rank}" if variant.rank else formats.DASH
    return f"{place} · {plain(variant.recipe.layout) or _('Variant')} · {formats.score(final)}"
