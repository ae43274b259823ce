"""Figures of campaigns, kept beside the rows they are made of; db/triggers.py keeps note of changes.

Every session that is there is noted as stale: the studio makes its figures when it opens the database.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stale_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_figures")),
    )
    op.create_index(op.f("ix_stale_figures_session_id"), "stale_figures", ["session_id"])
    op.create_table(
        "score_scales",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        *(sa.Column(part, sa.Double(), nullable=False) for part in ("clip", "lpips", "caption")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_scales")),
        sa.UniqueConstraint("scorer", "clip", "lpips", "caption", name=op.f("uq_score_scales_scorer")),
    )
    _sessions()
    _periods()
    _points()
    op.create_index("ix_sessions_campaign_id_created_at", "sessions", ["campaign_id", "created_at"])
    op.create_index("ix_sessions_campaign_id_updated_at", "sessions", ["campaign_id", "updated_at"])
    op.execute("INSERT INTO stale_figures (session_id) SELECT id FROM sessions")


def _counts() -> list[sa.Column[object]]:
    whole = ("sessions", "approved_sessions", "variants", "scored", "picked", "shortlisted", "approved")
    columns: list[sa.Column[object]] = [
        sa.Column(name, sa.Integer(), nullable=False) for name in (*whole, "tokens_in", "tokens_out")
    ]
    return [
        *columns,
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
    ]


def _filtered() -> list[sa.Column[object]]:
    return [
        sa.Column("campaign_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("strategy", sa.String(length=24), nullable=False),
        sa.Column("engine", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
    ]


def _finals() -> list[sa.Column[object]]:
    return [
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("best_final", sa.Double(), nullable=False),
        sa.Column("best_variant_id", sa.Integer(), nullable=False),
        sa.Column("histogram", sa.LargeBinary(), nullable=False),
    ]


def _sessions() -> None:
    op.create_table(
        "session_figures",
        sa.Column("session_id", sa.String(length=16), nullable=False),
        *_filtered(),
        *_counts(),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_figures")),
    )
    op.create_index("ix_session_figures_campaign_id_day", "session_figures", ["campaign_id", "day"])
    op.create_index("ix_session_figures_day", "session_figures", ["day"])
    op.create_table(
        "session_scores",
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("scale_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        *_filtered(),
        *_finals(),
        sa.PrimaryKeyConstraint("session_id", "scale_id", name=op.f("pk_session_scores")),
    )
    for name, column in (("best", "best_final"), ("made_at", "made_at")):
        op.create_index(
            f"ix_session_scores_campaign_id_{name}", "session_scores", ["campaign_id", "scale_id", column]
        )
        op.create_index(f"ix_session_scores_{name}", "session_scores", ["scale_id", column])


def _periods() -> None:
    def key() -> list[sa.Column[object]]:
        return [
            sa.Column("campaign_id", sa.String(length=16), nullable=False),
            sa.Column("level", sa.String(length=8), nullable=False),
            sa.Column("start", sa.Date(), nullable=False),
            sa.Column("strategy", sa.String(length=24), nullable=False),
            sa.Column("engine", sa.String(length=16), nullable=False),
            sa.Column("status", sa.String(length=16), nullable=False),
        ]

    names = [str(column.name) for column in key()]
    op.create_table(
        "period_figures",
        *key(),
        *_counts(),
        sa.PrimaryKeyConstraint(*names, name=op.f("pk_period_figures")),
    )
    op.create_table(
        "period_scores",
        *key(),
        sa.Column("scale_id", sa.Integer(), nullable=False),
        *_finals(),
        sa.PrimaryKeyConstraint(*names, "scale_id", name=op.f("pk_period_scores")),
    )


def _points() -> None:
    op.create_table(
        "score_points",
        sa.Column("variant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("scale_id", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("final", sa.Double(), nullable=False),
        *(sa.Column(part, sa.Double(), nullable=True) for part in ("clip", "caption", "lpips")),
        *_filtered(),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_score_points")),
    )
    op.create_index("ix_score_points_session_id_scale_id", "score_points", ["session_id", "scale_id"])
    op.create_index(
        "ix_score_points_campaign_id_sample", "score_points", ["campaign_id", "scale_id", "sample"]
    )
    op.create_index("ix_score_points_sample", "score_points", ["scale_id", "sample"])
