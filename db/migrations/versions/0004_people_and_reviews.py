"""People, what they say about variants, the audit trail, and brand kits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _audit()
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("created_by", sa.String(length=16), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_sessions_created_by_people"), "people", ["created_by"], ["id"], ondelete="SET NULL"
        )
        batch_op.add_column(sa.Column("status_by", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("status_at", UtcDateTime(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_sessions_status_by_people"), "people", ["status_by"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shortlisted", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.alter_column("shortlisted", server_default=None)
    with op.batch_alter_table("items", schema=None) as batch_op:
        for column in ("licence", "attribution", "source_url"):
            batch_op.add_column(sa.Column(column, sa.Text(), nullable=True))
    op.execute("UPDATE sessions SET status = 'review' WHERE status = 'picked'")
    op.execute("UPDATE sessions SET status = 'draft' WHERE kind = 'evaluate'")
    _ratings()
    _tags()
    _comments()
    _votes()
    _brand_kits()


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_people_issuer")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=16), nullable=True),
        sa.Column("session_id", sa.String(length=16), nullable=True),
        sa.Column("variant_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for column in ("at", "campaign_id", "session_id"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column], unique=False)
    _seal_audit()


def _seal_audit() -> None:
    """Entries can be added and read, whatever the program does: the database refuses the rest."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_sealed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail cannot be changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_sealed()"
    )


def _ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ratings_person_id_people")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_ratings_variant_id_variants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("variant_id", "person_id", name=op.f("uq_ratings_variant_id")),
    )
    op.create_index(op.f("ix_ratings_person_id"), "ratings", ["person_id"], unique=False)
    op.create_index(op.f("ix_ratings_variant_id"), "ratings", ["variant_id"], unique=False)


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_tags_variant_id_variants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("variant_id", "text", name=op.f("uq_tags_variant_id")),
    )
    op.create_index(op.f("ix_tags_text"), "tags", ["text"], unique=False)
    op.create_index(op.f("ix_tags_variant_id"), "tags", ["variant_id"], unique=False)


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_comments_person_id_people")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_comments_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variants.id"],
            name=op.f("fk_comments_variant_id_variants"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_session_id"), "comments", ["session_id"], unique=False)


def _votes() -> None:
    op.create_table(
        "votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=16), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("winner_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_votes_person_id_people")),
        *(
            sa.ForeignKeyConstraint(
                [column], ["variants.id"], name=op.f(f"fk_votes_{column}_variants"), ondelete="CASCADE"
            )
            for column in ("first_id", "second_id", "winner_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_votes_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sa.UniqueConstraint("first_id", "second_id", "person_id", name=op.f("uq_votes_first_id")),
    )
    op.create_index(op.f("ix_votes_second_id"), "votes", ["second_id"], unique=False)
    op.create_index(op.f("ix_votes_session_id"), "votes", ["session_id"], unique=False)


def _brand_kits() -> None:
    op.create_table(
        "brand_kits",
        sa.Column("campaign_id", sa.String(length=16), nullable=False),
        sa.Column("colours", sa.JSON(), nullable=False),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("heading_font", sa.String(length=64), nullable=True),
        sa.Column("body_font", sa.String(length=64), nullable=True),
        sa.Column("words_to_use", sa.JSON(), nullable=False),
        sa.Column("words_to_avoid", sa.JSON(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_brand_kits_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_brand_kits")),
    )
