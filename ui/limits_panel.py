"""The studio's limits in one table, and how those that can be changed are changed."""

from __future__ import annotations

import streamlit as st

from services.limits import (
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_SIDE,
    PHOTOS_PER_BRIEF,
    PRODUCT_TEXT_CHARS,
    TOPIC_CHARS,
    UPLOAD_FILES,
)
from services.settings import PREFIX, Settings
from services.sizes import readable
from ui.i18n import _
from ui.layout import section


def limits_section(settings: Settings) -> None:
    section(_("Limits"), _("They keep the studio quick for everybody. What is over one is refused in words."))
    rows = [
        (what, limit, f"{PREFIX}{name.upper()}" if name else "") for what, limit, name in _limits(settings)
    ]
    st.dataframe(
        [{"what": what, "limit": limit, "setting": name} for what, limit, name in rows],
        column_config={
            "what": st.column_config.TextColumn(_("What")),
            "limit": st.column_config.TextColumn(_("Limit")),
            "setting": st.column_config.TextColumn(_("Changed by")),
        },
        hide_index=True,
        width="stretch",
    )


def _limits(settings: Settings) -> list[tuple[str, str, str]]:
    """What is limited, the limit, and the field of the settings that changes it ("": fixed)."""
    quota, runs = settings.disk_quota_gb, settings.runs_per_person
    return [
        (
            _("One upload"),
            _("{size}, {count:,} files").format(
                size=readable(settings.upload_mb * 10**6), count=UPLOAD_FILES
            ),
            "upload_mb",
        ),
        (
            _("One picture"),
            _("{size}, {pixels} megapixels, sides of {least} to {most:,} px").format(
                size=readable(IMAGE_BYTES),
                pixels=IMAGE_PIXELS // 10**6,
                least=IMAGE_SIDE[0],
                most=IMAGE_SIDE[1],
            ),
            "",
        ),
        (
            _("Texts of a brief"),
            _("topic {topic}, product text {text:,} characters").format(
                topic=TOPIC_CHARS, text=PRODUCT_TEXT_CHARS
            ),
            "",
        ),
        (_("Photos of a brief"), f"{PHOTOS_PER_BRIEF}", ""),
        (_("Variants of one run"), f"{settings.variants_per_run}", "variants_per_run"),
        (_("Unfinished runs of one person"), f"{runs}" if runs else _("any number"), "runs_per_person"),
        (
            _("Room on the disk"),
            readable(quota * 10**9) if quota else _("as much as the disk has"),
            "disk_quota_gb",
        ),
    ]
