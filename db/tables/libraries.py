"""Libraries: their images, and the images' vectors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Sha, UtcDateTime, now


class Library(Base):
    """A named set of images. `encoder` is the one that its retrieval uses by default."""

    __tablename__ = "libraries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    encoder: Mapped[str] = mapped_column(Text)
    built_in: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    """Counts the changes of its items and vectors: an index of another version is stale."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Item(Base):
    """An image of a library. `duplicate_of` is set when a closer look found the same picture earlier."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("library_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Sha, index=True)
    source_sha256: Mapped[str] = mapped_column(Sha)
    """Of the file as it came, before it was normalised: a second ingest knows it at once."""
    file_name: Mapped[str] = mapped_column(Text)
    caption: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int]
    height: Mapped[int]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))
    licence: Mapped[str | None] = mapped_column(Text)
    attribution: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    """Under which terms the picture may be used, who is named, where it is from; null: not known."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ItemVector(Base):
    """The truth about an item in one encoder's space; indexes are caches of it.

    `image` and `caption` are little-endian float32 of the encoder's dimension, at its own scale;
    `caption` is null for an item without one.
    """

    __tablename__ = "item_vectors"

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    encoder: Mapped[str] = mapped_column(Text, primary_key=True)
    image: Mapped[bytes] = mapped_column(LargeBinary)
    caption: Mapped[bytes | None] = mapped_column(LargeBinary)
