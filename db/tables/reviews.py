"""What people say about variants: stars, tags, comments and blind votes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, now


class Rating(Base):
    """One person's stars for one variant, 1..5."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("variant_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    stars: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Tag(Base):
    """A word on a variant; the team's, not one person's."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("variant_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(40), index=True)


class Comment(Base):
    """A remark in a session's thread, about one variant or the whole. `parent_id`: an answer to it."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id", ondelete="SET NULL"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Vote(Base):
    """A blind choice between two variants of a session. `winner_id` is one of them; null: no difference.

    A person's later vote on the same pair takes the place of the earlier one.
    """

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("first_id", "second_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    second_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    """`first_id` < `second_id`, so that a pair is one pair whichever side it was shown on."""
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
