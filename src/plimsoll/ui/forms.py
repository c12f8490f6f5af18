"""Forms parse, services write: how a refusal of a service comes back to the field that caused it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from django import forms

from plimsoll.kernel.errors import BadInput, Conflict

__all__ = [
    "DateField",
    "TimeField",
    "attempt",
    "chosen_day",
    "chosen_owner",
    "person_field",
    "with_choices",
]

_T = TypeVar("_T")


def attempt(form: forms.Form, call: Callable[[], _T]) -> _T | None:
    """What the call returns; None if it refused the input, which then stands at the form's field.

    Nothing that was typed is lost: the page shows the same form again.
    """
    try:
        return call()
    except (BadInput, Conflict) as error:
        field = error.data.get("field")
        known = field if isinstance(field, str) and field in form.fields else None
        form.add_error(known, error.sentence)
        return None


class DateField(forms.DateField):
    """A day, with the browser's own picker."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)  # type: ignore[arg-type]  # passed on as given


class TimeField(forms.DateTimeField):
    """A day and time in the reader's zone, with the browser's own picker."""

    def __init__(self, **kwargs: object) -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=picker, **kwargs)  # type: ignore[arg-type]  # passed on as given


def person_field(*, label: str, help_text: str = "", required: bool = True) -> forms.ChoiceField:
    """A choice of members; fill it with `with_choices`."""
    return forms.ChoiceField(label=label, help_text=help_text, required=required)


def with_choices(
    form: forms.Form, field: str, choices: Sequence[tuple[object, str]], *, empty: str = ""
) -> None:
    """Sets the choices of a field, with an empty one first if it is named."""
    offered = [(str(value), label) for value, label in choices]
    target = form.fields[field]
    assert isinstance(target, forms.ChoiceField)
    target.choices = [("", empty), *offered] if empty else offered


def chosen_owner(text: str) -> int:
    """The id of the person that a bulk action names; BadInput if it names nobody."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput("No owner was chosen.", hint="Choose a member.")
    return int(text)


def chosen_day(text: str) -> date:
    """The day that a bulk action names; BadInput for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"“{text[:20]}” is not a day.", hint="Choose one, such as 2027-03-26.") from error
