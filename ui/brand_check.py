"""What in a session does not keep to its campaign's brand, each with its reason."""

from __future__ import annotations

import streamlit as st

from services.sessions import SessionView
from ui.i18n import _, ngettext
from ui.text import say


def brand_check(view: SessionView) -> None:
    """Folded away, with the count on it; nothing without a brand kit."""
    if view.brief.brand is None:
        return
    from services.brand.check import check

    found = check(view)
    if not found:
        st.caption(f":material/verified: {_('Keeps to the brand.')}")
        return
    label = ngettext(
        "{count} thing does not keep to the brand", "{count} things do not keep to the brand", len(found)
    )
    with st.expander(label.format(count=len(found)), icon=":material/rule:"):
        numbers = {variant.id: variant.index + 1 for variant in view.variants}
        reasons: dict[str, list[int]] = {}
        for one in found:
            variants = reasons.setdefault(say(one.reason), [])
            if one.variant is not None:
                variants.append(numbers[one.variant])
        for reason, variants in reasons.items():
            st.markdown(f"- {reason}{_which(variants)}")


def _which(variants: list[int]) -> str:
    if not variants:
        return ""
    numbers = ", ".join(str(number) for number in sorted(variants))
    return " " + ngettext("(Variant {numbers})", "(Variants {numbers})", len(variants)).format(
        numbers=numbers
    )
