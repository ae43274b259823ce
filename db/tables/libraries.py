"""Libraries: their images, and the images' vectors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
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
    """An image of a library. `duplicate_of` is set when a closer look found the same picture earlier.

    An item that is not `pictured` came with an index alone (a legacy import) and waits for its picture:
    it has a file name and vectors, and its `sha256` is of those, until the picture is attached.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("library_id", "sha256"),
        Index("ix_items_library_id_licence", "library_id", "licence"),
        Index("ix_items_library_id_pictured", "library_id", "pictured"),  # is any still waiting?
        Index("ix_items_library_id_source_sha256", "library_id", "source_sha256"),
        Index("ix_items_library_id_source_url", "library_id", "source_url"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Sha, index=True)
    source_sha256: Mapped[str] = mapped_column(Sha)
    """Of the file as it came, before it was normalised: a second ingest knows it at once."""
    file_name: Mapped[str] = mapped_column(Text)
    caption: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int]
    height: Mapped[int]
    pictured: Mapped[bool] = mapped_column(default=True)
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"), index=True)
    duplicate_similarity: Mapped[float | None] = mapped_column(Double)
    """Cosine to the item that it duplicates, -1..1; null: byte for byte the same, or not measured."""
    look: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the picture looks like from afar, by which copies are found; null: not looked at yet."""
    kept: Mapped[bool] = mapped_column(default=False)
    """A person looked at it beside its twin and kept both: it is not marked again."""
    licence: Mapped[str | None] = mapped_column(Text)
    attribution: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    """Under which terms the picture may be used, who is named, where it is from; null: not known."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    bytes: Mapped[int | None]
    """Of the stored picture; null where nobody looked yet."""


class ItemTag(Base):
    """A word that people put on an item, to filter by."""

    __tablename__ = "item_tags"

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


class PictureRights(Base):
    """What was known of a picture's rights when a session took it: it outlives the library and the item."""

    __tablename__ = "picture_rights"

    sha256: Mapped[str] = mapped_column(Sha, primary_key=True)
    library: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    attribution: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)


class ItemVector(Base):
    """The truth about an item in one encoder's space; indexes are caches of it.

    `image` and `caption` are little-endian float32 of the encoder's dimension, at its own scale;
    `caption` is null for an item without one. `version` is the library's when the vector was written
    last: an index of an older version does not know it. `library_id` is the item's, beside the vector
    so that one index serves "what changed in this library since".
    """

    __tablename__ = "item_vectors"
    __table_args__ = (Index("ix_item_vectors_changes", "library_id", "encoder", "version", "item_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    encoder: Mapped[str] = mapped_column(Text, primary_key=True)
    library_id: Mapped[int]
    version: Mapped[int]
    image: Mapped[bytes] = mapped_column(LargeBinary)
    caption: Mapped[bytes | None] = mapped_column(LargeBinary)
