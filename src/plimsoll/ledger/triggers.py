"""Database triggers that refuse every change and deletion of ledger rows, on SQLite and PostgreSQL.

One change is let through: an entry that waits gets its position, and nothing else of it changes.

A database administrator can drop them; what is done then is found by `reconcile` and by anyone who
holds an earlier checkpoint. They keep honest code and honest mistakes from touching the log.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["TABLES", "create", "drop"]

TABLES = ("ledger_entry", "ledger_payload", "ledger_checkpoint")
_FIXED = ("id", "kind", "at", "actor", "subject", "program_id", '"commit"', "leaf_hash")
"""What of an entry never changes: everything but its index."""
# program_id may be NULL, so the columns are compared as values of which NULL is one; both databases
# write that differently, and a COALESCE with an impossible id is understood by both.
_SAME = " AND ".join(
    f"COALESCE(OLD.{name}, -1) = COALESCE(NEW.{name}, -1)"
    if name == "program_id"
    else f"OLD.{name} = NEW.{name}"
    for name in _FIXED
)
_PLACED = f'OLD."index" IS NULL AND NEW."index" IS NOT NULL AND {_SAME}'


def create(connection: BaseDatabaseWrapper, *, with_outbox: bool = True) -> None:
    """Installs the triggers; harmless when they exist.

    Without `with_outbox`: as they were before entries waited for their positions, for the migration
    that made them first.
    """
    postgresql = connection.vendor == "postgresql"
    make = _postgresql if postgresql else _sqlite
    with connection.cursor() as cursor:
        for statement in make(f"WHEN (NOT ({_PLACED})) " if with_outbox else ""):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Removes the triggers. Only a migration backwards and tests that play a tamperer do this."""
    with connection.cursor() as cursor:
        for table in TABLES:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{on}")
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete{on}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate{on}")


def _sqlite(unless_placed: str) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"{_exception(table, verb, unless_placed)}"
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is insert-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql(unless_placed: str) -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is insert-only'; END $$"
    )
    rows = [
        f"CREATE OR REPLACE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH ROW {_exception(table, verb, unless_placed)}EXECUTE FUNCTION ledger_refuse()"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]
    whole = [
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in TABLES
    ]
    return [function, *rows, *whole]


def _exception(table: str, verb: str, unless_placed: str) -> str:
    return unless_placed if (table, verb) == ("ledger_entry", "UPDATE") else ""
