"""Forms of scope: they parse, services write."""

from __future__ import annotations

from django import forms

from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.assets import AssetKind
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.ui.forms import DateField, person_field

POLICIES = {
    Policy.WORST_CASE: "Worst case: take the answer that asks most",
    Policy.NEUTRAL_WITH_DEADLINE: "Working value until the due date, then worst case",
    Policy.INCLUDE_ALL: "Include everything that any answer would ask",
    Policy.BLOCK_AT_GATE: "Block at the gate until it is answered",
}


class SystemForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="As people call it.")
    sentence = forms.CharField(
        max_length=300, label="What it does for whom", help_text="One sentence a customer would understand."
    )
    owner = person_field(
        label="Owner", help_text="One person, never a team: who would decide to switch it off?"
    )
    off_switch_holder = person_field(
        label="Off-switch holder", help_text="Who may stop it, at any hour.", required=False
    )
    stage = forms.ChoiceField(
        choices=[(s.value, s.label) for s in Stage if s is not Stage.RETIRED],
        help_text="Where it is today. A prototype that met real data counts as a pilot.",
    )
    next_stage = forms.ChoiceField(
        choices=[("", "Nothing is promised"), *((s.value, s.label) for s in GATED)],
        label="Next stage",
        required=False,
    )
    committed_on = DateField(label="Promised for", required=False)
    promised_to = forms.CharField(max_length=120, label="Promised to", required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("next_stage")) != bool(cleaned.get("committed_on")):
            self.add_error("committed_on", "A promise has a stage and a day. Give both, or neither.")
        return cleaned


class SystemChangeForm(forms.Form):
    sentence = forms.CharField(max_length=300, label="What it does for whom")
    owner = person_field(label="Owner")
    off_switch_holder = person_field(label="Off-switch holder", required=False)
    real_data_since = DateField(
        label="Has met real data since", required=False, help_text="A prototype becomes a pilot by it."
    )


class PromiseForm(forms.Form):
    stage = forms.ChoiceField(choices=[(s.value, s.label) for s in GATED])
    committed_on = DateField(label="Promised for")
    promised_to = forms.CharField(
        max_length=120, label="Promised to", required=False, help_text="Partner, customer, board."
    )


class AssetForm(forms.Form):
    kind = forms.ChoiceField(choices=[(k.value, k.value) for k in AssetKind])
    name = forms.CharField(max_length=120)
    file = forms.FileField(
        required=False,
        help_text="It is read once to take its digest, and not kept.",
    )
    sha256 = forms.CharField(
        max_length=71,
        required=False,
        label="or its SHA-256",
        help_text="64 hexadecimal characters, for a file too large to send.",
    )
    provenance = forms.CharField(
        max_length=300, required=False, help_text="Where it comes from: supplier, licence, pipeline run."
    )


class VersionForm(forms.Form):
    file = forms.FileField(required=False, help_text="It is read once to take its digest, and not kept.")
    sha256 = forms.CharField(max_length=71, required=False, label="or its SHA-256")

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("sha256"):
            self.add_error("file", "Choose the file, or give its digest.")
        return cleaned


class AssumptionForm(forms.Form):
    policy = forms.ChoiceField(
        choices=[(p.value, text) for p, text in POLICIES.items()], label="What we act on meanwhile"
    )
    value = forms.ChoiceField(label="Working value", required=False)
    owner = person_field(label="Who finds out")
    due_on = DateField(label="By when", help_text="Afterwards it counts as the worst case by itself.")
    find_out = forms.CharField(max_length=300, label="How we will find out", required=False)
