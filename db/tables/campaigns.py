"""Campaigns: the table that sessions hang from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, new_id, now


class Campaign(Base):
    """What a team advertises; holds sessions.

    `aim_weights` is {clip, lpips, caption}, or null for the default.
    """

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    aim_weights: Mapped[dict[str, float] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
