"""Checks of text, people and dates that several services make."""

from __future__ import annotations

from datetime import date

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.text import unprintable
from plimsoll.people import selectors as people

__all__ = ["member", "one_line", "sensible_date"]


def one_line(value: str, *, field: str, what: str, longest: int, required: bool = True) -> str:
    """The text on one line; BadInput names the field if it is empty or too long."""
    text = " ".join(value.split())
    if required and not text:
        raise BadInput(f"{what} is empty.", hint="Write something.", data={"field": field})
    if len(text) > longest:
        raise BadInput(
            f"{what} has {len(text)} characters.", hint=f"At most {longest}.", data={"field": field}
        )
    if unprintable(text):
        raise BadInput(f"{what} contains control characters.", data={"field": field})
    return text


def member(user_id: int | None, program_id: int, *, field: str, what: str) -> int:
    """The person's id if they are a member; an owner is a person, never a team or an outsider."""
    if user_id is None or not people.roles_of(user_id, program_id):
        raise BadInput(
            f"{what} must be a member of the program.",
            hint="Add the person under People first.",
            data={"field": field},
        )
    return user_id


def sensible_date(value: date, *, today: date, field: str, what: str) -> date:
    """The date if it lies between today and ten years ahead."""
    if not today <= value <= today.replace(year=today.year + 10, day=min(today.day, 28)):
        raise BadInput(
            f"{what} is {value.isoformat()}.",
            hint="Choose a day from today to ten years ahead.",
            data={"field": field},
        )
    return value
