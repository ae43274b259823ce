"""Triggers that note whose figures are out of date, whatever wrote: the ORM, bulk SQL, a cascade, psql.

Put in place after every migration, because SQLite's batch mode re-creates tables and loses their triggers.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

WATCHED: dict[str, tuple[str, ...]] = {
    "sessions": ("campaign_id", "status", "strategy", "engine", "kind", "created_at", "created_by"),
    "variants": ("session_id", "decision", "shortlisted", "sha256"),
    "scores": ("variant_id", "scorer", "weights", "final", "clip_norm", "caption_norm", "lpips_norm"),
    "spend": ("session_id", "model_id", "tokens_in", "tokens_out", "cost", "seconds", "calls"),
}
"""Table -> the columns that figures are made of. Other columns may change without a note."""

_SESSION = {
    "sessions": "{row}.id AS s",
    "variants": "{row}.session_id AS s",
    "scores": "session_id AS s FROM variants WHERE id = {row}.variant_id",
    "spend": "{row}.session_id AS s",
}
"""Table -> the session that a changed row belongs to. A score that goes with its variant finds none: the
variant's own trigger names it."""

_ROWS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def install_triggers(connection: Connection) -> None:
    """Make or renew the triggers, inside the caller's transaction."""
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for table, columns in WATCHED.items():
        for verb in _ROWS:
            for statement in make(table, verb, columns):
                connection.exec_driver_sql(statement)


def trigger_names() -> set[str]:
    return {f"figures_{table}_{verb}" for table in WATCHED for verb in _ROWS}


def _event(verb: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE OF {', '.join(columns)}" if verb == "update" else verb.upper()


def _sqlite(table: str, verb: str, columns: tuple[str, ...]) -> list[str]:
    name = f"figures_{table}_{verb}"
    notes = " ".join(
        f"INSERT INTO stale_figures (session_id) SELECT s FROM (SELECT {_SESSION[table].format(row=row)}) "
        "WHERE s NOT IN (SELECT session_id FROM stale_figures);"  # one writer at a time: one note is enough
        for row in _ROWS[verb]
    )
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {_event(verb, columns)} ON {table} FOR EACH ROW BEGIN {notes} END",
    ]


def _postgresql(table: str, verb: str, columns: tuple[str, ...]) -> list[str]:
    name = f"figures_{table}_{verb}"
    notes = " ".join(
        f"INSERT INTO stale_figures (session_id) SELECT {_SESSION[table].format(row=row)};"
        for row in _ROWS[verb]
    )
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {notes} RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {_event(verb, columns)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
