"""Variants and their scores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, Sha, UtcDateTime, now


class Variant(Base):
    """One generated image. The same recipe is never made twice in a session."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("session_id", "recipe_sha256"),
        Index("ix_variants_session_id_rank", "session_id", "rank"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    position: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha)
    width: Mapped[int]
    height: Mapped[int]
    recipe: Mapped[str] = mapped_column(Text)
    recipe_sha256: Mapped[str] = mapped_column(Sha)
    inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    """Digest of the brief and conditions that it was made from."""
    rank: Mapped[int | None]
    """1 is the best of the session's comparable scores; null: not among them."""
    decision: Mapped[str | None] = mapped_column(String(16))
    shortlisted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    score: Mapped[Score | None] = relationship(cascade="all, delete-orphan")


class Score(Base):
    """The AIM score of a variant as `scorer` gave it. Null raw and norm: not scored, with the reason."""

    __tablename__ = "scores"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), unique=True)
    scorer: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    reference_sha256: Mapped[str | None] = mapped_column(Sha)
    is_reference: Mapped[bool] = mapped_column(default=False)
    weights: Mapped[dict[str, float]] = mapped_column(JSON)
    clip_raw: Mapped[float | None]
    clip_norm: Mapped[float | None]
    clip_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    caption: Mapped[str] = mapped_column(Text, default="")
    caption_raw: Mapped[float | None]
    caption_norm: Mapped[float | None]
    caption_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    lpips_raw: Mapped[float | None]
    lpips_norm: Mapped[float | None]
    lpips_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    final: Mapped[float | None] = mapped_column(index=True)
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
