"""Figures of campaigns, derived from sessions, variants, scores and spend so that pages need not read those.

Each level is made anew from the one below it, never by adding and taking away: session rows from the raw
rows, days from session rows, weeks and months from days. Triggers (db/triggers.py) note whose raw rows
changed; whoever reads figures brings them up to date first (services/campaign_figures).

No foreign keys: a row must outlive its session until the periods that it counted in are made anew.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Sha, UtcDateTime


class StaleFigures(Base):
    """A note that raw rows of a session changed since its figures were made.

    Several notes of one session are as good as one. A note belongs to the transaction that changed the
    rows: shared, it could be taken by a reader that does not see the change yet.
    """

    __tablename__ = "stale_figures"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(String(16), index=True)


class ScoreScale(Base):
    """What finals must share to be compared: the models that scored, and the weights of the parts."""

    __tablename__ = "score_scales"
    __table_args__ = (UniqueConstraint("scorer", "clip", "lpips", "caption"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scorer: Mapped[str] = mapped_column(Text)
    clip: Mapped[float]
    lpips: Mapped[float]
    caption: Mapped[float]


class Filtered:
    """What a session is filtered by, copied to where it is filtered. `day` is when it was made (UTC);
    `person_id` who made it, empty where nobody is known.
    """

    campaign_id: Mapped[str] = mapped_column(String(16))
    day: Mapped[dt.date] = mapped_column()
    strategy: Mapped[str] = mapped_column(String(24))
    engine: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[str] = mapped_column(String(16), default="")


class Period:
    """All sessions of a campaign ("": of all) made in one day, week, month or ever, from `start`."""

    campaign_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    start: Mapped[dt.date] = mapped_column(primary_key=True)
    strategy: Mapped[str] = mapped_column(String(24), primary_key=True)
    engine: Mapped[str] = mapped_column(String(16), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)


class Finals:
    """Finals of one scale; `histogram` as services/campaign_figures packs it."""

    count: Mapped[int]
    best_final: Mapped[float]
    best_variant_id: Mapped[int]
    histogram: Mapped[bytes] = mapped_column(LargeBinary)


class Counts:
    """What is counted, of a session or of all sessions of a period.

    `picked` holds the shortlisted too. `approved` are the variants that were chosen in approved sessions.
    `cost` is in US dollars, without the `unpriced` calls whose price is not known. `seconds` are computing.
    """

    sessions: Mapped[int] = mapped_column(default=1)
    approved_sessions: Mapped[int] = mapped_column(default=0)
    variants: Mapped[int] = mapped_column(default=0)
    scored: Mapped[int] = mapped_column(default=0)
    picked: Mapped[int] = mapped_column(default=0)
    shortlisted: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost: Mapped[float] = mapped_column(default=0.0)
    unpriced: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class SessionFigures(Filtered, Counts, Base):
    """One session."""

    __tablename__ = "session_figures"
    __table_args__ = (
        Index("ix_session_figures_campaign_id_day", "campaign_id", "day"),
        Index("ix_session_figures_day", "day"),
    )

    session_id: Mapped[str] = mapped_column(String(16), primary_key=True)


class SessionScores(Filtered, Finals, Base):
    """The finals of one session on one scale. `made_at` is the session's creation."""

    __tablename__ = "session_scores"
    __table_args__ = (
        Index("ix_session_scores_campaign_id_best", "campaign_id", "scale_id", "best_final"),
        Index("ix_session_scores_best", "scale_id", "best_final"),
        Index("ix_session_scores_campaign_id_made_at", "campaign_id", "scale_id", "made_at"),
        Index("ix_session_scores_made_at", "scale_id", "made_at"),
    )

    session_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    scale_id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class PeriodFigures(Period, Counts, Base):
    __tablename__ = "period_figures"


class PeriodScores(Period, Finals, Base):
    __tablename__ = "period_scores"

    scale_id: Mapped[int] = mapped_column(primary_key=True)


class ScorePoint(Filtered, Base):
    """One variant's final and norms (0..1) in a narrow row. Those of lowest `sample` are a fair sample."""

    __tablename__ = "score_points"
    __table_args__ = (
        Index("ix_score_points_campaign_id_sample", "campaign_id", "scale_id", "sample"),
        Index("ix_score_points_sample", "scale_id", "sample"),
        Index("ix_score_points_session_id_scale_id", "session_id", "scale_id"),
    )

    variant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_id: Mapped[str] = mapped_column(String(16))
    scale_id: Mapped[int]
    sample: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha)
    final: Mapped[float]
    clip: Mapped[float | None]
    caption: Mapped[float | None]
    lpips: Mapped[float | None]
