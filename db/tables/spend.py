"""What work took: tokens and money of language models, seconds of computing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, now


class Spend(Base):
    """One piece of work of a session. `step` is plan, retrieve, generate, score or explain.

    `cost` is in US dollars; null where no price is known. Rows are added, never changed.
    """

    __tablename__ = "spend"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(24))
    model_id: Mapped[str] = mapped_column(Text, default="")
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost: Mapped[float | None]
    seconds: Mapped[float] = mapped_column(default=0.0)
    calls: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
