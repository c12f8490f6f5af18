"""Database triggers that refuse every change and deletion of ledger rows, on SQLite and PostgreSQL.

A database administrator can drop them; what is done then is found by `reconcile` and by anyone who
holds an earlier checkpoint. They keep honest code and honest mistakes from touching the log.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["TABLES", "create", "drop"]

TABLES = ("ledger_entry", "ledger_payload", "ledger_checkpoint")


def create(connection: BaseDatabaseWrapper) -> None:
    """Installs the triggers; harmless when they exist."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
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


def _statements(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return _postgresql()
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is insert-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql() -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is insert-only'; END $$"
    )
    rows = [
        f"CREATE OR REPLACE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]
    whole = [
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in TABLES
    ]
    return [function, *rows, *whole]
