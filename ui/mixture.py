"""What the variants are made of: text, photos and references as shares of 1."""

from __future__ import annotations

import streamlit as st

from services.domain import Condition, ConditionKind
from ui import formats
from ui.bars import Share, share_bar
from ui.i18n import _

COLOURS = {ConditionKind.TEXT: "#0072B2", ConditionKind.PHOTO: "#E69F00", ConditionKind.MATCH: "#009E73"}


def kind_names() -> dict[ConditionKind, str]:
    return {
        ConditionKind.TEXT: _("Text"),
        ConditionKind.PHOTO: _("Your photos"),
        ConditionKind.MATCH: _("References"),
    }


def mixture(conditions: tuple[Condition, ...]) -> None:
    """The share of each kind, and each condition's own on demand."""
    if not conditions:
        return
    total = sum(c.weight for c in conditions) or 1.0
    names = kind_names()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(_("What the variants are made of"), anchor=False, width="content")
        st.caption(
            _("total {total}").format(total=formats.exact(sum(c.weight / total for c in conditions), 2))
        )
    share_bar(
        [
            Share(names[kind], sum(c.weight for c in conditions if c.kind is kind) / total, COLOURS[kind])
            for kind in ConditionKind
        ]
    )
    with st.expander(_("Each one's share"), type="compact"):
        st.dataframe(
            {
                _("Kind"): [names[c.kind] for c in conditions],
                _("What"): [c.label or c.ref for c in conditions],
                _("Share"): [c.weight / total for c in conditions],
            },
            hide_index=True,
            column_config={
                _("Share"): st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
            },
        )
