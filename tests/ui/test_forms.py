"""Forms parse, services write: a refusal comes back to the field that caused it."""

from __future__ import annotations

from datetime import date
from typing import NoReturn

import pytest
from django import forms

from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, PlimsollError
from plimsoll.ui.forms import DateField, attempt, person_field, with_choices


class Loading(forms.Form):
    """A form as stages declare them."""

    crate = forms.CharField()
    owner = person_field(label="Owner")
    helper = person_field(label="Helper", help_text="If there is one.", required=False)
    due_on = DateField(label="Due", required=False)


def loading(**given: str) -> Loading:
    form = Loading({"crate": "tea", "owner": "7", **given})
    with_choices(form, "owner", [(7, "Ada"), (8, "Dev")])
    with_choices(form, "helper", [(8, "Dev")], empty="Nobody")
    form.is_valid()
    return form


def refusing(error: PlimsollError) -> NoReturn:
    raise error


def test_what_the_service_returns_comes_back() -> None:
    form = loading()
    assert attempt(form, lambda: 42) == 42
    assert form.is_valid()


@pytest.mark.parametrize("kind", [BadInput, Conflict])
def test_a_refusal_stands_at_the_field_that_it_names(kind: type[PlimsollError]) -> None:
    form = loading()
    error = kind("The crate is wet.", hint="Choose a dry one.", data={"field": "crate"})
    assert attempt(form, lambda: refusing(error)) is None
    assert form.errors == {"crate": ["The crate is wet. Choose a dry one."]}


@pytest.mark.parametrize("data", [{}, {"field": "elsewhere"}, {"field": 3}])
def test_a_refusal_without_a_field_of_the_form_stands_above_it(data: dict[str, object]) -> None:
    form = loading()
    attempt(form, lambda: refusing(BadInput("The crane is busy.", data=data)))
    assert form.non_field_errors() == ["The crane is busy."]
    assert form.data["crate"] == "tea"


@pytest.mark.parametrize(
    "error", [NotAllowed("You may not."), NotFound("There is none."), ValueError("a mistake")]
)
def test_what_is_no_matter_of_input_is_not_swallowed(error: Exception) -> None:
    def fails() -> NoReturn:
        raise error

    with pytest.raises(type(error)):
        attempt(loading(), fails)


def test_only_members_can_be_chosen() -> None:
    assert loading(owner="8").is_valid()
    assert "owner" in loading(owner="9").errors
    assert "owner" in loading(owner="").errors
    assert loading(helper="").cleaned_data["helper"] == ""


def test_an_empty_choice_is_offered_only_where_it_is_named() -> None:
    form = loading()
    owner, helper = form.fields["owner"], form.fields["helper"]
    assert isinstance(owner, forms.ChoiceField)
    assert isinstance(helper, forms.ChoiceField)
    assert list(owner.choices) == [("7", "Ada"), ("8", "Dev")]
    assert list(helper.choices) == [("", "Nobody"), ("8", "Dev")]


def test_a_day_uses_the_picker_of_the_browser_and_its_form() -> None:
    html = str(loading(due_on="2027-03-26")["due_on"])
    assert 'type="date"' in html
    assert 'value="2027-03-26"' in html
    assert loading(due_on="2027-03-26").cleaned_data["due_on"] == date(2027, 3, 26)
    assert "due_on" in loading(due_on="2027-02-30").errors
    shown = Loading(initial={"due_on": date(2027, 3, 26)})
    assert 'value="2027-03-26"' in str(shown["due_on"])


def test_choices_are_only_for_fields_that_choose() -> None:
    with pytest.raises(AssertionError):
        with_choices(loading(), "crate", [])
