"""What stands beside a variant's score: requirement coverage, product fidelity, twins and heatmaps.

Each row names the model that gave it; `sha256` is the picture it was made from, so that a row about an
older picture of the variant is known as such.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Sha, UtcDateTime, now


class Coverage(Base):
    """One line of a variant's checklist. Null `value` and `visible`: not checked, with the reason."""

    __tablename__ = "coverage"
    __table_args__ = (UniqueConstraint("variant_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha)
    text: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]
    value: Mapped[float | None]
    visible: Mapped[bool | None]
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    model_id: Mapped[str] = mapped_column(Text)
    model_revision: Mapped[str] = mapped_column(Text, default="")
    measure: Mapped[str] = mapped_column(String(16))
    threshold: Mapped[float]


class Fidelity(Base):
    """A variant's likeness to the product photos: cosines of the best one and of all."""

    __tablename__ = "fidelity"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), unique=True)
    sha256: Mapped[str] = mapped_column(Sha)
    photo_sha256: Mapped[str] = mapped_column(Sha)
    best: Mapped[float]
    mean: Mapped[float]
    model_id: Mapped[str] = mapped_column(Text)
    model_revision: Mapped[str] = mapped_column(Text, default="")


class Twin(Base):
    """Two variants that are all but the same; `variant_id` is the earlier one."""

    __tablename__ = "twins"
    __table_args__ = (UniqueConstraint("variant_id", "twin_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    twin_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    cosine: Mapped[float]
    bits: Mapped[int]
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)


class Heatmap(Base):
    """Where in a variant's picture a model finds a text. `key_sha256` covers kind, text, model, picture.

    `grid` is little-endian float32, (height, width), row 0 at the top; `box` is [left, top, right,
    bottom] in shares of the picture.
    """

    __tablename__ = "heatmaps"
    __table_args__ = (UniqueConstraint("variant_id", "key_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    key_sha256: Mapped[str] = mapped_column(Sha)
    sha256: Mapped[str] = mapped_column(Sha)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    model_id: Mapped[str] = mapped_column(Text)
    model_revision: Mapped[str] = mapped_column(Text, default="")
    height: Mapped[int]
    width: Mapped[int]
    grid: Mapped[bytes] = mapped_column(LargeBinary)
    box: Mapped[list[float]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
