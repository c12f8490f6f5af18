"""Starts Django for the commands that need the database; names the missing extra otherwise."""

from __future__ import annotations

import os

from plimsoll.kernel.errors import BadInput, ErrorCode, MissingExtra, PlimsollError

__all__ = ["start"]


def start(*, migrated: bool = True) -> None:
    """Sets Django up, and looks whether the database is at this release unless `migrated` is false.

    MissingExtra if the server extra is not installed; BadInput if the settings cannot be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plimsoll.site.settings")
    try:
        import django

        django.setup()
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"This command needs the server ({error.name} is not installed).",
            hint="Run: pip install 'plimsoll[server]'",
        ) from error
    except (OSError, ValueError) as error:
        raise BadInput(
            f"The settings cannot be used: {str(error).splitlines()[0]}.",
            hint="Look at PLIMSOLL_HOME and DATABASE_URL.",
        ) from error
    if migrated:
        _must_be_migrated()


def _must_be_migrated() -> None:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise PlimsollError(
            f"The database cannot be reached: {str(error).splitlines()[0]}.",
            hint="Look at DATABASE_URL.",
            code=ErrorCode.UNAVAILABLE,
        ) from error
    if behind:
        raise PlimsollError(
            "The database is not at this release.", hint="Run: plimsoll migrate", code=ErrorCode.UNAVAILABLE
        )
