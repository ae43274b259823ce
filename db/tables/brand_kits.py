"""Brand kits: what every picture of a campaign has in common."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, now


class BrandKit(Base):
    """A campaign's colours, logo, fonts and words.

    `colours` are "#rrggbb", the first leads; `logo_sha256` is in the image store; `heading_font` and
    `body_font` are SHA-256 keys of font files; `words_to_use` and `words_to_avoid` are lists.
    """

    __tablename__ = "brand_kits"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    colours: Mapped[list[str]] = mapped_column(JSON, default=list)
    logo_sha256: Mapped[str | None] = mapped_column(String(64))
    heading_font: Mapped[str | None] = mapped_column(String(64))
    body_font: Mapped[str | None] = mapped_column(String(64))
    words_to_use: Mapped[list[str]] = mapped_column(JSON, default=list)
    words_to_avoid: Mapped[list[str]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
