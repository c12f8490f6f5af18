"""Which records the log answers for, and the canonical state of one.

An entry carries the state of every record it wrote. `reconcile` compares the rows of the database
with the last state that the log knows, so a row that was edited, added or removed behind the
application's back is found and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from plimsoll.engines.tlog.leaf import timestamp
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.ids import Digest

__all__ = [
    "personal_columns",
    "record_key",
    "record_owners",
    "record_state",
    "recorded",
    "register",
    "register_digests",
    "register_digests_of",
    "rows_of",
]

_AT_ONCE = 500
_RECORDED: dict[type[models.Model], frozenset[str]] = {}
_PERSONAL: dict[type[models.Model], dict[str, str]] = {}


def register(
    model: type[models.Model],
    *,
    leaving_out: tuple[str, ...] = (),
    personal: Mapping[str, str] | None = None,
) -> None:
    """From now on the log answers for every row of `model`, except the named volatile fields.

    `personal` names the columns that go when a person is erased: column → the column that holds the
    number of that person.
    """
    _RECORDED[model] = frozenset(leaving_out)
    _PERSONAL[model] = dict(personal or {})


def personal_columns() -> dict[str, Mapping[str, str]]:
    """Model (such as people.User) → its personal columns, each with the column of the person's number."""
    return {model._meta.label: columns for model, columns in _PERSONAL.items() if columns}


def record_owners(row: models.Model) -> dict[str, str]:
    """Personal column of the row → the person it is about, such as person:7; most rows have none."""
    return {column: f"person:{getattr(row, owner)}" for column, owner in _PERSONAL.get(type(row), {}).items()}


def recorded() -> tuple[type[models.Model], ...]:
    """All models that the log answers for, by name."""
    return tuple(sorted(_RECORDED, key=lambda model: model._meta.label))


def record_key(row: models.Model) -> str:
    """The row's name in the log, such as scope.System:12."""
    return f"{row._meta.label}:{row.pk}"


def record_state(row: models.Model) -> dict[str, Any]:
    """The row's state as a JSON value: column → value, without the fields left out.

    KeyError if the model is not registered: an unrecorded write is a mistake of ours.
    """
    left_out = _RECORDED[type(row)]
    return {
        field.attname: _plain(field.value_from_object(row))
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def rows_of(keys: Iterable[str]) -> list[models.Model]:
    """The named rows that exist, model by model; what names no recorded row is left out."""
    found: list[models.Model] = []
    for model, ids in _by_model(keys):
        for start in range(0, len(ids), _AT_ONCE):
            found += model._default_manager.filter(pk__in=ids[start : start + _AT_ONCE]).order_by("pk")
    return found


def register_digests() -> Iterator[tuple[str, Digest]]:
    """Key and state digest of every recorded row, model by model, streamed.

    Conflict if a row holds what Plimsoll cannot have written, such as a day that is no day.
    """
    for model in recorded():
        yield from _digests(model, model._default_manager.order_by("pk"))


def register_digests_of(keys: Iterable[str]) -> Iterator[tuple[str, Digest]]:
    """Key and state digest of those of the named rows that exist, model by model; else as above."""
    for model, ids in _by_model(keys):
        for start in range(0, len(ids), _AT_ONCE):
            rows = model._default_manager.filter(pk__in=ids[start : start + _AT_ONCE])
            yield from _digests(model, rows.order_by("pk"))


def _by_model(keys: Iterable[str]) -> Iterator[tuple[type[models.Model], list[int]]]:
    wanted: dict[str, list[int]] = {}
    for key in keys:
        label, _, pk = key.partition(":")
        if pk.isascii() and pk.isdigit():
            wanted.setdefault(label, []).append(int(pk))
    for model in recorded():
        if model._meta.label in wanted:
            yield model, wanted[model._meta.label]


def _digests(model: type[models.Model], rows: models.QuerySet[models.Model]) -> Iterator[tuple[str, Digest]]:
    before = ""
    try:
        for row in rows.iterator(chunk_size=2000):
            before = f" after {record_key(row)}"
            yield record_key(row), digest_value(record_state(row))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise Conflict(
            f"A record of {model._meta.label}{before} cannot be read: {str(error)[:80]}.",
            hint="Plimsoll did not write it so. Restore it from a backup.",
        ) from error


def _plain(value: Any) -> Any:  # whatever a model field may hold
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return value
