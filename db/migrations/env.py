"""Alembic's environment: runs on the connection, and in the transaction, that db/migrate.py opens."""

from __future__ import annotations

from alembic import context

from db import tables  # noqa: F401 - fills the metadata
from db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
