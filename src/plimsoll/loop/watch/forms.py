"""Forms of watch: they parse, services write."""

from __future__ import annotations

from django import forms

from plimsoll.ui.forms import person_field

EVERY = ((1, "every hour"), (24, "every day"), (168, "every week"), (720, "every 30 days"))


class MonitorForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What is watched, such as ranker inputs.")
    reference = forms.CharField(
        max_length=300,
        help_text="Table to compare with, within the asset folder: Parquet, CSV or JSON lines.",
    )
    current = forms.CharField(
        max_length=300, help_text="The current rows, written anew by your pipeline at the same place."
    )
    model = forms.ChoiceField(
        choices=[], required=False, help_text="Its evidence is opened again when the rows drift."
    )
    columns = forms.CharField(
        max_length=2000, required=False, help_text="Separated by commas; without it all columns."
    )
    categories = forms.CharField(
        max_length=2000, required=False, help_text="Columns whose numbers are names, such as codes."
    )
    every_hours = forms.TypedChoiceField(choices=EVERY, coerce=int, initial=24, label="Looks")
    owner = person_field(label="Owner", help_text="Submits what it shows, and hears of signals.")


class SettleForm(forms.Form):
    because = forms.CharField(
        max_length=500,
        label="What came of it",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was found and done. Evidence counts again once it is reviewed or made anew.",
    )
