"""Experiments, their cells, and strategies that people saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.base import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=True),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_experiments_run_id_runs"), ondelete="SET NULL"
        ),
        _by_person("experiments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
    )
    op.create_index(op.f("ix_experiments_created_at"), "experiments", ["created_at"])
    op.create_table(
        "experiment_cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("experiment_id", sa.String(length=16), nullable=False),
        sa.Column("brief", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"],
                [f"{name}s.id"],
                name=op.f(f"fk_experiment_cells_{name}_id_{name}s"),
                ondelete="CASCADE",
            )
            for name in ("experiment", "session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_cells")),
        sa.UniqueConstraint(
            "experiment_id", "brief", "strategy", "round", name=op.f("uq_experiment_cells_experiment_id")
        ),
    )
    for name in ("experiment_id", "session_id"):
        op.create_index(op.f(f"ix_experiment_cells_{name}"), "experiment_cells", [name])
    op.create_table(
        "saved_strategies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("preset", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _by_person("saved_strategies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_strategies")),
        sa.UniqueConstraint("title", name=op.f("uq_saved_strategies_title")),
    )


def _by_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["created_by"], ["people.id"], name=op.f(f"fk_{table}_created_by_people"), ondelete="SET NULL"
    )
