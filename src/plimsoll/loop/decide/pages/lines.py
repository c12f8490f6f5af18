"""Reads the small tables that people write as lines with bars: options and conditions."""

from __future__ import annotations

from datetime import date

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Money
from plimsoll.loop.decide.services import NewCondition, NewOption
from plimsoll.people.selectors import Person

__all__ = ["read_conditions", "read_options"]


def _lines(text: str, field: str, columns: tuple[int, int]) -> list[tuple[int, list[str]]]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("|")]
        if not columns[0] <= len(parts) <= columns[1]:
            raise BadInput(
                f"Line {number} has {len(parts)} parts.",
                hint=f"Write {columns[0]} to {columns[1]}, with bars between.",
                data={"field": field},
            )
        found.append((number, parts))
    return found


def read_options(text: str) -> list[NewOption]:
    """label | sentence | days of delay | cost | currency | source; the last three may be left out."""
    options = []
    for number, parts in _lines(text, "options", (3, 6)):
        parts += [""] * (6 - len(parts))
        label, sentence, delay, cost, currency, source = parts
        if not (delay.isascii() and delay.isdigit() and len(delay) < 9):
            raise BadInput(
                f"Line {number}: “{delay[:20]}” is not a number of days.",
                hint="Write a whole number, such as 0 or 14.",
                data={"field": "options"},
            )
        options.append(
            NewOption(
                label=label,
                sentence=sentence,
                delay_days=int(delay),
                cost=Money.parse(cost, currency=currency, what=f"Line {number}: the cost") if cost else None,
                cost_source=source,
            )
        )
    return options


def read_conditions(text: str, people: list[Person]) -> list[NewCondition]:
    """criterion | what is done | owner's handle | day | what happens otherwise."""
    by_handle = {p.handle: p.id for p in people}
    conditions = []
    for number, (criterion, sentence, handle, day, effect) in _lines(text, "conditions", (5, 5)):
        if handle.lower().lstrip("@") not in by_handle:
            raise BadInput(
                f"Line {number}: there is no member “{handle[:30]}”.",
                hint=f"Handles are {', '.join(sorted(by_handle))}.",
                data={"field": "conditions"},
            )
        try:
            due_on = date.fromisoformat(day)
        except ValueError as error:
            raise BadInput(
                f"Line {number}: “{day[:20]}” is not a day.",
                hint="Write it like 2027-04-30.",
                data={"field": "conditions"},
            ) from error
        conditions.append(
            NewCondition(
                criterion=criterion,
                sentence=sentence,
                owner_id=by_handle[handle.lower().lstrip("@")],
                due_on=due_on,
                effect=effect,
            )
        )
    return conditions
