"""Forms of programs, members, tokens and keys."""

from __future__ import annotations

from django import forms

from plimsoll.people.roles import ROLE_HELP, TOKEN_SCOPES, Role

SCOPE_HELP = {
    "read": "read everything in the program",
    "scope": "answer questions, register assets",
    "plan": "enter risks, change requirements",
    "prove": "push evidence",
    "decide": "say how a system stands",
    "respond": "declare and change incidents",
}


class ProgramForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="As people call it.")
    purpose = forms.CharField(
        max_length=300, required=False, help_text="One sentence: what it delivers, for whom."
    )


class MemberForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(max_length=120, required=False, help_text="For a person who is new here.")
    roles = forms.MultipleChoiceField(
        choices=[(r.value, f"{r.label}: {ROLE_HELP[r]}") for r in Role],
        widget=forms.CheckboxSelectMultiple,
    )


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        choices=[(r.value, f"{r.label}: {ROLE_HELP[r]}") for r in Role],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Without any role the person is no member any more.",
    )


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Where it is used, such as CI of Keel.")
    scopes = forms.MultipleChoiceField(
        choices=[(s, f"{s}: {SCOPE_HELP[s]}") for s in TOKEN_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        label="What it may do",
        initial=["prove"],
    )
    days = forms.IntegerField(min_value=1, max_value=366, initial=90, label="Days until it expires")


class RemoveForm(forms.Form):
    name = forms.CharField(label="Name of the program", help_text="Write it to confirm.")
