"""Runs: who asked, their order, pauses and rests; steps: when and by which worker; the shares of the queue.

Columns are added in place: no table is copied, so that a large queue migrates at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_by", sa.String(length=16), nullable=True),
        sa.Column("pause_reason", sa.String(length=16), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
    ):
        op.add_column("runs", column)
    for column in (
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("run_steps", column)
    op.add_column("workers", sa.Column("counters", sa.JSON(), nullable=True))
    op.create_index("ix_run_steps_run_id_state_position", "run_steps", ["run_id", "state", "position"])
    op.create_table(
        "queue_shares",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("served", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_queue_shares")),
    )
