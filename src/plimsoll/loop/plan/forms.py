"""Forms of plan: they parse, services write."""

from __future__ import annotations

from django import forms

from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.ui.forms import DateField, person_field

KINDS = (("task", "A task"), ("milestone", "A milestone: a day, without length"))
STATES = ("open", "doing", "done", "dropped")


def _days(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, required=False, max_digits=5, decimal_places=1
    )


class TaskForm(forms.Form):
    title = forms.CharField(max_length=160, label="In one sentence")
    kind = forms.ChoiceField(choices=KINDS, label="It is")
    owner = person_field(label="Owner")
    state = forms.ChoiceField(choices=[(s, s) for s in STATES])
    starts_on = DateField(label="Starts", required=False)
    due_on = DateField(label="Due")
    system = forms.ChoiceField(required=False)
    requirement = forms.CharField(
        max_length=20, required=False, help_text="Ref of the requirement that it serves, such as REQ-3."
    )
    days_low = _days("Working days, lowest", "With luck. Tenths are allowed.")
    days_best = _days("Working days, best guess", "")
    days_high = _days("Working days, highest", "When what can go wrong goes wrong.")
    after = forms.CharField(
        max_length=600,
        required=False,
        label="Waits for",
        help_text="Refs of what must be done before, such as TSK-1, TSK-4.",
    )
    ticket_url = forms.CharField(
        max_length=300, required=False, label="Ticket", help_text="Where the work is tracked."
    )


class WorksheetForm(forms.Form):
    file = forms.FileField(label="The file", help_text="CSV in UTF-8, at most 1 MB and 5,000 rows.")
    order = forms.ChoiceField(
        required=False,
        label="Days are written",
        choices=[
            ("", "so that there is no doubt, such as 2027-03-26 or 26.3.2027"),
            *((order.value, order.words) for order in DayOrder),
        ],
        help_text="03/04/2027 can be two days. Nothing is guessed.",
    )


class DeputyForm(forms.Form):
    person = person_field(label="For")
    deputy = person_field(label="Stands in")
    first_on = DateField(label="First day")
    last_on = DateField(label="Last day")


class MatterForm(forms.Form):
    kind = forms.ChoiceField(
        label="It is",
        choices=[
            ("issue", "An issue: it stands in the way now"),
            ("dependency", "A dependency: we need it from somebody outside"),
        ],
    )
    title = forms.CharField(max_length=160, label="In one sentence")
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=500, required=False)
    provider = forms.CharField(
        max_length=120, required=False, label="From whom", help_text="For a dependency: who is to give it."
    )
    system = forms.ChoiceField(required=False)
    owner = person_field(label="Owner")
    state = forms.ChoiceField(choices=[("open", "open"), ("closed", "closed")])
    due_on = DateField(label="Due", required=False, help_text="A dependency needs a day.")


class ConvertForm(forms.Form):
    into = forms.ChoiceField(label="It becomes", choices=[])
    title = forms.CharField(max_length=160, label="In one sentence")


class ConfirmForm(forms.Form):
    confidence = forms.FloatField(
        min_value=0, max_value=1, label="How sure is it that it comes in time?", help_text="From 0 to 1."
    )
