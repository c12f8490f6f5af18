"""Forms of prove: they parse, services write."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile

from plimsoll.loop.prove.services.attestations import LARGEST_DOCUMENT
from plimsoll.ui.forms import DateField, person_field


class AttestForm(forms.Form):
    document = forms.FileField(help_text="At most 20 MB. It is kept, and the statement binds to its digest.")
    sentence = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        label="What it shows",
        help_text="In one or two sentences. Somebody independent reviews it before it counts.",
    )

    def clean_document(self) -> UploadedFile[bytes]:
        """Refuses what is too large by its size, before anybody reads it."""
        document: UploadedFile[bytes] = self.cleaned_data["document"]
        if (document.size or 0) > LARGEST_DOCUMENT:
            raise forms.ValidationError(
                f"The document has {document.size:,} bytes. At most {LARGEST_DOCUMENT:,}. "
                "Attest a summary that links to it."
            )
        return document


class ReviewForm(forms.Form):
    meets_intent = forms.ChoiceField(
        label="Does it show what the requirement means?",
        choices=[("yes", "Yes, it does"), ("no", "No, something is missing")],
        widget=forms.RadioSelect,
    )
    sample = forms.CharField(
        max_length=300, required=False, help_text="What you looked at: which pages, how many cases."
    )
    period_from = DateField(label="Period from", required=False)
    period_to = DateField(label="Period to", required=False)
    remark = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, required=False)


class RequirementForm(forms.Form):
    owner = person_field(label="Owner")
    due_on = DateField(label="Due")
    ticket_url = forms.CharField(
        max_length=300, required=False, label="Ticket", help_text="Where the work is tracked."
    )


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Whose it is and where it is used, such as CI of Keel.")
    public_key = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="What plimsoll key show prints."
    )
