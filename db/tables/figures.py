"""Figures of campaigns, derived from sessions, variants, scores and spend so that pages need not read those.

Each level is made anew from the one below it, never by adding and taking away: session rows from the raw
rows, days from session rows, weeks and months from days. Triggers (db/triggers.py) note whose raw rows
changed; the unit of work brings the figures up to date before it commits (services/campaign_figures).

No foreign keys: a row must outlive its session until the periods that it counted in are made anew.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Sha


class StaleFigures(Base):
    """A session whose raw rows changed since its figures were made."""

    __tablename__ = "stale_figures"

    session_id: Mapped[str] = mapped_column(String(16), primary_key=True)


class ScoreScale(Base):
    """What finals must share to be compared: the models that scored, and the weights of the parts."""

    __tablename__ = "score_scales"
    __table_args__ = (UniqueConstraint("scorer", "clip", "lpips", "caption"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scorer: Mapped[str] = mapped_column(Text)
    clip: Mapped[float]
    lpips: Mapped[float]
    caption: Mapped[float]


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


class SessionFigures(Counts, Base):
    """One session. `day` is when it was made (UTC); `person_id` who made it, empty where nobody is known."""

    __tablename__ = "session_figures"
    __table_args__ = (Index("ix_session_figures_campaign_id_day", "campaign_id", "day"),)

    session_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(16))
    day: Mapped[dt.date] = mapped_column(index=True)
    strategy: Mapped[str] = mapped_column(String(24))
    engine: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[str] = mapped_column(String(16), default="")


class SessionScores(Base):
    """The finals of one session on one scale; `histogram` as services/campaign_figures packs it."""

    __tablename__ = "session_scores"
    __table_args__ = (
        Index("ix_session_scores_campaign_id_scale_id_best", "campaign_id", "scale_id", "best_final"),
        Index("ix_session_scores_scale_id_best", "scale_id", "best_final"),
    )

    session_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    scale_id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(16))
    count: Mapped[int]
    best_final: Mapped[float]
    best_variant_id: Mapped[int]
    histogram: Mapped[bytes] = mapped_column(LargeBinary)


class PeriodFigures(Counts, Base):
    """All sessions of a campaign ("": of all campaigns) made in one day, week or month, from `start`."""

    __tablename__ = "period_figures"

    campaign_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    start: Mapped[dt.date] = mapped_column(primary_key=True)
    strategy: Mapped[str] = mapped_column(String(24), primary_key=True)
    engine: Mapped[str] = mapped_column(String(16), primary_key=True)


class PeriodScores(Base):
    """As PeriodFigures: the finals of one scale."""

    __tablename__ = "period_scores"

    campaign_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    start: Mapped[dt.date] = mapped_column(primary_key=True)
    strategy: Mapped[str] = mapped_column(String(24), primary_key=True)
    engine: Mapped[str] = mapped_column(String(16), primary_key=True)
    scale_id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    best_final: Mapped[float]
    best_variant_id: Mapped[int]
    histogram: Mapped[bytes] = mapped_column(LargeBinary)


class ScorePoint(Base):
    """One variant's final and norms (0..1) in a narrow row. Those of lowest `sample` are a fair sample."""

    __tablename__ = "score_points"
    __table_args__ = (
        Index("ix_score_points_campaign_id_scale_id_sample", "campaign_id", "scale_id", "sample"),
        Index("ix_score_points_scale_id_sample", "scale_id", "sample"),
    )

    variant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_id: Mapped[str] = mapped_column(String(16), index=True)
    campaign_id: Mapped[str] = mapped_column(String(16))
    scale_id: Mapped[int]
    sample: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha)
    final: Mapped[float]
    clip: Mapped[float | None]
    caption: Mapped[float | None]
    lpips: Mapped[float | None]
