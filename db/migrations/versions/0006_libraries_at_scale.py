"""Tags, rights that last, duplicates with their likeness, items without a picture, versions of vectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_tags",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_tags_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "tag", name=op.f("pk_item_tags")),
    )
    op.create_index(op.f("ix_item_tags_tag"), "item_tags", ["tag"])
    op.create_table(
        "picture_rights",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("attribution", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_picture_rights")),
    )
    _items()
    _vectors()


def _items() -> None:
    with op.batch_alter_table("items") as batch_op:
        batch_op.add_column(sa.Column("pictured", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("bytes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("duplicate_similarity", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("look", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("items") as batch_op:
        batch_op.alter_column("pictured", server_default=None)
        batch_op.alter_column("kept", server_default=None)
    op.create_index(op.f("ix_items_duplicate_of"), "items", ["duplicate_of"])
    op.create_index("ix_items_library_id_licence", "items", ["library_id", "licence"])
    op.create_index("ix_items_library_id_pictured", "items", ["library_id", "pictured"])
    op.create_index("ix_items_library_id_source_sha256", "items", ["library_id", "source_sha256"])
    op.create_index("ix_items_library_id_source_url", "items", ["library_id", "source_url"])


def _vectors() -> None:
    """Existing vectors count as written at the library's present version."""
    with op.batch_alter_table("item_vectors") as batch_op:
        batch_op.add_column(sa.Column("library_id", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE item_vectors SET "
        "library_id = (SELECT library_id FROM items WHERE items.id = item_vectors.item_id), "
        "version = (SELECT libraries.version FROM items JOIN libraries ON libraries.id = items.library_id "
        "WHERE items.id = item_vectors.item_id)"
    )
    with op.batch_alter_table("item_vectors") as batch_op:
        batch_op.alter_column("library_id", server_default=None)
        batch_op.alter_column("version", server_default=None)
    op.create_index(
        "ix_item_vectors_changes", "item_vectors", ["library_id", "encoder", "version", "item_id"]
    )
