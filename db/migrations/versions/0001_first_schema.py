"""The first schema: campaigns, sessions and all they hold, libraries, runs, scores, workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import ForeignKeyConstraint as ForeignKey

from db.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("aim_weights", sa.JSON()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("name", name="uq_campaigns_name"),
    )
    op.create_table(
        "libraries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_libraries"),
        sa.UniqueConstraint("name", name="uq_libraries_name"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_index("ix_workers_slot", "workers", ["slot"])
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("duplicate_of", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        ForeignKey(["duplicate_of"], ["items.id"], name="fk_items_duplicate_of_items", ondelete="SET NULL"),
        ForeignKey(
            ["library_id"], ["libraries.id"], name="fk_items_library_id_libraries", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("library_id", "sha256", name="uq_items_library_id"),
    )
    op.create_index("ix_items_library_id", "items", ["library_id"])
    op.create_index("ix_items_sha256", "items", ["sha256"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", sa.String(length=16), nullable=False),
        sa.Column("parent_id", sa.String(length=16)),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("engine", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("product_text", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("library", sa.String(length=120)),
        sa.Column("strategy", sa.String(length=24), nullable=False),
        sa.Column("placement", sa.String(length=8), nullable=False),
        sa.Column("variant_count", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("plan_inputs_sha256", sa.String(length=64)),
        sa.Column("references_inputs_sha256", sa.String(length=64)),
        sa.Column("reference_sha256", sa.String(length=64)),
        sa.Column("best_final", sa.Double()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        ForeignKey(["campaign_id"], ["campaigns.id"], name="fk_sessions_campaign_id_campaigns"),
        ForeignKey(["parent_id"], ["sessions.id"], name="fk_sessions_parent_id_sessions"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_campaign_id", "sessions", ["campaign_id"])
    op.create_index("ix_sessions_created_at", "sessions", ["created_at"])
    op.create_index("ix_sessions_engine", "sessions", ["engine"])
    op.create_index("ix_sessions_status", "sessions", ["status"])
    op.create_table(
        "conditions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        ForeignKey(
            ["session_id"],
            ["sessions.id"],
            name="fk_conditions_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conditions"),
    )
    op.create_index("ix_conditions_session_id", "conditions", ["session_id"])
    op.create_table(
        "item_vectors",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("caption", sa.LargeBinary()),
        ForeignKey(["item_id"], ["items.id"], name="fk_item_vectors_item_id_items", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "encoder", name="pk_item_vectors"),
    )
    op.create_table(
        "matches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subquery", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("drop", sa.String(length=16)),
        sa.Column("drop_value", sa.Double()),
        sa.Column("drop_limit", sa.Double()),
        sa.Column("drop_twin", sa.Integer()),
        sa.Column("overruled", sa.Boolean(), nullable=False),
        sa.Column("typed_weight", sa.Double()),
        sa.Column("query_weight", sa.Double(), nullable=False),
        ForeignKey(
            ["session_id"], ["sessions.id"], name="fk_matches_session_id_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_matches"),
    )
    op.create_index("ix_matches_session_id", "matches", ["session_id"])
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("hero", sa.Boolean(), nullable=False),
        ForeignKey(["session_id"], ["sessions.id"], name="fk_photos_session_id_sessions", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_photos"),
        sa.UniqueConstraint("session_id", "position", name="uq_photos_session_id"),
    )
    op.create_index("ix_photos_session_id", "photos", ["session_id"])
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("planner_id", sa.Text(), nullable=False),
        sa.Column("planner_revision", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        ForeignKey(["session_id"], ["sessions.id"], name="fk_plans_session_id_sessions", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.UniqueConstraint("session_id", name="uq_plans_session_id"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("session_id", sa.String(length=16)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON()),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("error_type", sa.Text()),
        sa.Column("error", sa.JSON()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        ForeignKey(["session_id"], ["sessions.id"], name="fk_runs_session_id_sessions", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_index("ix_runs_session_id", "runs", ["session_id"])
    op.create_index("ix_runs_state", "runs", ["state"])
    op.create_index(
        "uq_runs_unfinished",
        "runs",
        ["dedupe_key"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "run_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("error_type", sa.Text()),
        sa.Column("error", sa.JSON()),
        ForeignKey(["run_id"], ["runs.id"], name="fk_run_steps_run_id_runs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_run_steps"),
        sa.UniqueConstraint("run_id", "position", name="uq_run_steps_run_id"),
    )
    op.create_index("ix_run_steps_run_id", "run_steps", ["run_id"])
    op.create_index("ix_run_steps_state", "run_steps", ["state"])
    op.create_table(
        "subqueries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        ForeignKey(["plan_id"], ["plans.id"], name="fk_subqueries_plan_id_plans", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_subqueries"),
    )
    op.create_index("ix_subqueries_plan_id", "subqueries", ["plan_id"])
    op.create_table(
        "variants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.String(length=16)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("recipe_sha256", sa.String(length=64), nullable=False),
        sa.Column("inputs_sha256", sa.String(length=64)),
        sa.Column("rank", sa.Integer()),
        sa.Column("decision", sa.String(length=16)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        ForeignKey(["run_id"], ["runs.id"], name="fk_variants_run_id_runs", ondelete="SET NULL"),
        ForeignKey(
            ["session_id"], ["sessions.id"], name="fk_variants_session_id_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.UniqueConstraint("session_id", "recipe_sha256", name="uq_variants_session_id"),
    )
    op.create_index("ix_variants_session_id_rank", "variants", ["session_id", "rank"])
    op.create_table(
        "scores",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("reference_sha256", sa.String(length=64)),
        sa.Column("is_reference", sa.Boolean(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("clip_raw", sa.Double()),
        sa.Column("clip_norm", sa.Double()),
        sa.Column("clip_reason", sa.JSON()),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("caption_raw", sa.Double()),
        sa.Column("caption_norm", sa.Double()),
        sa.Column("caption_reason", sa.JSON()),
        sa.Column("lpips_raw", sa.Double()),
        sa.Column("lpips_norm", sa.Double()),
        sa.Column("lpips_reason", sa.JSON()),
        sa.Column("final", sa.Double()),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        ForeignKey(["variant_id"], ["variants.id"], name="fk_scores_variant_id_variants", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.UniqueConstraint("variant_id", name="uq_scores_variant_id"),
    )
    op.create_index("ix_scores_final", "scores", ["final"])
