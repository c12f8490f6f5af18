"""Starts Django for the commands that need the database; names the missing extra otherwise."""

from __future__ import annotations

import os

from plimsoll.kernel.errors import MissingExtra

__all__ = ["start"]


def start() -> None:
    """Sets Django up; MissingExtra if the server extra is not installed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plimsoll.site.settings")
    try:
        import django

        django.setup()
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"This command needs the server ({error.name} is not installed).",
            hint="Run: pip install 'plimsoll[server]'",
        ) from error
