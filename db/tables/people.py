"""People, and the record of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, new_id, now


class Person(Base):
    """Somebody who signed in. `issuer` and `subject` are the identity provider's; roles live here.

    Without sign-in there is one person, `local`, with an empty issuer.
    """

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    issuer: Mapped[str] = mapped_column(String(400), default="")
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), default="")
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AuditEntry(Base):
    """Something that a person did. Rows are added only: triggers refuse updates and deletions.

    No foreign keys: an entry outlives what it tells of. `person_name` is as it was then.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    person_id: Mapped[str] = mapped_column(String(16))
    person_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(32))
    campaign_id: Mapped[str | None] = mapped_column(String(16), index=True)
    session_id: Mapped[str | None] = mapped_column(String(16), index=True)
    variant_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
