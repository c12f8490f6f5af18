"""Reads the parameters of a check strictly: unknown names and wrong values are refused."""

from __future__ import annotations

import math
from collections.abc import Mapping

from plimsoll.engines.checks.card import CheckCard, Parameter, ParameterKind, ParameterValue
from plimsoll.kernel.errors import BadInput

__all__ = ["read_parameters"]

_LARGEST = 2**53 - 1
"""Beyond it a whole number would be rounded on its way through JSON."""


def read_parameters(card: CheckCard, given: Mapping[str, object]) -> dict[str, ParameterValue]:
    """Every parameter of the card with its value: as given (text or JSON value), or its default.

    Optional parameters without default are left out. BadInput names the parameter, the value and
    what would be accepted.
    """
    known = {parameter.name: parameter for parameter in card.parameters}
    for name in given:
        if name not in known:
            raise BadInput(
                f"{card.id} has no parameter “{name[:60]}”.",
                hint=f"It has: {', '.join(known) or 'none'}.",
            )
    read: dict[str, ParameterValue] = {}
    for parameter in card.parameters:
        if parameter.name in given:
            read[parameter.name] = _read(card, parameter, given[parameter.name])
        elif parameter.default is not None:
            read[parameter.name] = parameter.default
        elif parameter.required:
            raise BadInput(f"{card.id} needs the parameter “{parameter.name}”.", hint=parameter.help)
    return read


def _read(card: CheckCard, parameter: Parameter, value: object) -> ParameterValue:
    if parameter.kind is ParameterKind.WORDS:
        return _words(card, parameter, value)
    if parameter.kind in (ParameterKind.TEXT, ParameterKind.FILE):
        if not isinstance(value, str) or not value.strip():
            raise _refused(card, parameter, value)
        return value
    return _number(card, parameter, value)


def _words(card: CheckCard, parameter: Parameter, value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise _refused(card, parameter, value)
    words = tuple(part.strip() for part in parts if part.strip())
    if not words:
        raise _refused(card, parameter, value)
    return words


def _number(card: CheckCard, parameter: Parameter, value: object) -> float | int:
    number = _float(value)
    whole = parameter.kind is ParameterKind.WHOLE
    if (
        not math.isfinite(number)
        or (whole and (number != int(number) or abs(number) > _LARGEST))
        or (parameter.minimum is not None and number < parameter.minimum)
        or (parameter.maximum is not None and number > parameter.maximum)
    ):
        raise _refused(card, parameter, value)
    return int(number) if whole else number


def _float(value: object) -> float:
    if isinstance(value, str):
        # float() also reads the digits of other scripts, and 1_0 as 10; nobody means that.
        if not value.isascii() or "_" in value:
            return math.nan
    elif not isinstance(value, int | float) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _refused(card: CheckCard, parameter: Parameter, value: object) -> BadInput:
    bounds = ""
    if parameter.minimum is not None and parameter.maximum is not None:
        bounds = f" from {parameter.minimum:g} to {parameter.maximum:g}"
    elif parameter.minimum is not None:
        bounds = f" of at least {parameter.minimum:g}"
    elif parameter.maximum is not None:
        bounds = f" of at most {parameter.maximum:g}"
    return BadInput(
        f"The parameter “{parameter.name}” of {card.id} cannot be “{str(value)[:60]}”.",
        hint=f"Give {_article(parameter.kind)}{bounds}. {parameter.help}",
        data={"parameter": parameter.name},
    )


def _article(kind: ParameterKind) -> str:
    return kind.value if kind in (ParameterKind.TEXT, ParameterKind.WORDS) else f"a {kind.value}"
