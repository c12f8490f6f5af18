"""Database triggers that refuse every change and deletion of ledger rows, on SQLite and PostgreSQL.

Three changes are let through. An entry that waits gets its position, and nothing else of it changes.
Content goes, with an entry that says it was erased, and nothing else of its row changes. The key of a
subject goes once no box needs it.

A database administrator can drop them; what is done then is found by `reconcile` and by anyone who
holds an earlier checkpoint. They keep honest code and honest mistakes from touching the log.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from plimsoll.engines.tlog.erasure import ERASED

__all__ = ["INSERT_ONLY", "OUTBOX", "TABLES", "VAULT", "create", "drop"]

INSERT_ONLY, OUTBOX, VAULT = range(3)
"""The releases of the triggers, which migrations name: without exception, with positions, with erasing."""
TABLES = ("ledger_entry", "ledger_payload", "ledger_checkpoint", "ledger_box", "ledger_subjectkey")
_SINCE_VAULT = ("ledger_box", "ledger_subjectkey")
_FIXED = ("id", "kind", "at", "actor", "subject", "program_id", '"commit"', "leaf_hash")
"""What of an entry never changes: everything but its index. Its version, too, since there are two."""
_BY_ERASURE = (
    f"EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.erased_by_id AND kind = '{ERASED}') "  # noqa: S608 - a constant
    "AND OLD.erased_by_id IS NULL AND OLD.entry_id = NEW.entry_id"
)
_EXCEPTIONS = {
    ("ledger_payload", "UPDATE"): f"NEW.salt = '' AND NEW.body = '' AND {_BY_ERASURE}",
    ("ledger_box", "UPDATE"): (
        "NEW.box IS NULL AND OLD.id = NEW.id AND OLD.subject = NEW.subject "
        f"AND OLD.digests = NEW.digests AND {_BY_ERASURE}"
    ),
    ("ledger_subjectkey", "UPDATE"): "OLD.subject = NEW.subject",
    ("ledger_subjectkey", "DELETE"): (
        "NOT EXISTS (SELECT 1 FROM ledger_box WHERE subject = OLD.subject AND box IS NOT NULL)"
    ),
}
"""What is let through, besides positions. A key may be wrapped anew at any time."""


def create(connection: BaseDatabaseWrapper, *, release: int = VAULT) -> None:
    """Installs the triggers; harmless when they exist. Migrations name the release of theirs."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for table in _tables(release):
            for statement in make(table, release):
                cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Removes the triggers. Only a migration and tests that play a tamperer do this."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in there.intersection(TABLES):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            for verb in ("update", "delete", *(["truncate"] if on else [])):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")


def _tables(release: int) -> tuple[str, ...]:
    return tuple(table for table in TABLES if release >= VAULT or table not in _SINCE_VAULT)


def _exception(table: str, verb: str, release: int) -> str:
    if (table, verb) == ("ledger_entry", "UPDATE") and release >= OUTBOX:
        return _placed((*_FIXED, "version") if release >= VAULT else _FIXED)
    return _EXCEPTIONS.get((table, verb), "") if release >= VAULT else ""


def _placed(fixed: tuple[str, ...]) -> str:
    # program_id may be NULL, so the columns are compared as values of which NULL is one; both databases
    # write that differently, and a COALESCE with an impossible id is understood by both.
    same = " AND ".join(
        f"COALESCE(OLD.{name}, -1) = COALESCE(NEW.{name}, -1)"
        if name == "program_id"
        else f"OLD.{name} = NEW.{name}"
        for name in fixed
    )
    return f'OLD."index" IS NULL AND NEW."index" IS NOT NULL AND {same}'


def _sqlite(table: str, release: int) -> list[str]:
    # COALESCE: a comparison with NULL is no reason to let something through
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        + (f"WHEN NOT COALESCE({through}, 0) " if (through := _exception(table, verb, release)) else "")
        + "BEGIN SELECT RAISE(ABORT, 'the ledger is insert-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str, release: int) -> list[str]:
    # the condition of a trigger may not look into other tables there, that of a function may
    statements = [_function("ledger_refuse", "")]
    for verb in ("UPDATE", "DELETE"):
        through = _exception(table, verb, release)
        name = f"{table}_refuse_{verb.lower()}" if through else "ledger_refuse"
        if through:
            row = "NEW" if verb == "UPDATE" else "OLD"
            statements.append(_function(name, f"IF COALESCE({through}, false) THEN RETURN {row}; END IF; "))
        statements.append(
            f"CREATE OR REPLACE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    statements.append(
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )
    return statements


def _function(name: str, first: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {first}RAISE EXCEPTION 'the ledger is insert-only'; END $$"
    )
