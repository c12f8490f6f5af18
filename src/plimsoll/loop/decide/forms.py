"""Forms of decide: they parse, services write."""

from __future__ import annotations

from django import forms

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.gates.status import Colour
from plimsoll.kernel.units import CURRENCIES
from plimsoll.ui.forms import DateField, person_field


class SignForm(forms.Form):
    role = forms.ChoiceField(label="As")
    stance = forms.ChoiceField(
        choices=[(s.value, s.label) for s in Stance], widget=forms.RadioSelect, label="I"
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
        help_text="Needed for anything but agreement.",
    )
    digest = forms.CharField(widget=forms.HiddenInput)


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=[(o.value, o.label) for o in Outcome], widget=forms.RadioSelect, label="Decision"
    )
    option = forms.ChoiceField(label="Option taken", required=False)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
    conditions = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        help_text=(
            "For a go with conditions, one line each: criterion | what is done | owner's handle | "
            "2027-04-30 | what happens if it is not done"
        ),
    )


class OptionsForm(forms.Form):
    options = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=(
            "One line each, at least three: label | what it means | days of delay | cost (optional) | "
            "currency | source of the cost"
        ),
    )


class UpdateForm(forms.Form):
    sentence = forms.CharField(max_length=300, label="How it stands")
    worse = forms.ChoiceField(
        label="Worse than computed?",
        required=False,
        choices=[
            ("", "No, as computed"),
            (Colour.AMBER.value, "Yes, amber: close"),
            (Colour.RED.value, "Yes, red: over the line"),
        ],
        help_text="A status can be made worse by hand, never better.",
    )


class WaiverForm(forms.Form):
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, label="Why it cannot be met yet"
    )
    compensating = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), max_length=500, label="What compensates meanwhile"
    )
    exit_plan = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), max_length=500, label="How it will be met"
    )
    at_expiry = forms.CharField(max_length=200, label="What happens when it ends")
    revocation_trigger = forms.CharField(max_length=200, label="What would end it earlier", required=False)
    expires_on = DateField(label="Ends on", help_text="At most 180 days ahead. It ends by itself.")


class RiskForm(forms.Form):
    title = forms.CharField(max_length=160, label="In one sentence")
    cause = forms.CharField(max_length=300, required=False, help_text="Because …")
    event = forms.CharField(max_length=300, required=False, help_text="it may happen that …")
    consequence = forms.CharField(max_length=300, required=False, help_text="and then …")
    system = forms.ChoiceField(required=False)
    catalog_id = forms.ChoiceField(label="Catalog risk", required=False)
    owner = person_field(label="Owner")
    due_on = DateField(label="Plan due", required=False)


class RiskWordsForm(forms.Form):
    title = forms.CharField(max_length=160, label="In one sentence")
    cause = forms.CharField(max_length=300, required=False)
    event = forms.CharField(max_length=300, required=False)
    consequence = forms.CharField(max_length=300, required=False)


class EstimateForm(forms.Form):
    probability_low = forms.FloatField(
        min_value=0,
        max_value=1,
        label="Lowest probability a year",
        help_text="From 0 to 1: 0.05 is once in twenty years.",
    )
    probability_best = forms.FloatField(min_value=0, max_value=1, label="Best probability a year")
    probability_high = forms.FloatField(min_value=0, max_value=1, label="Highest probability a year")
    loss_low = forms.CharField(
        max_length=20,
        label="Loss if it happens, low end of 90 %",
        help_text="An amount such as 40,000. In nine cases of ten the loss would lie between the two ends.",
    )
    loss_high = forms.CharField(max_length=20, label="High end of 90 %")
    currency = forms.ChoiceField(choices=[(c, c) for c in CURRENCIES])
