"""Forms of respond: they parse, services write."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile

from plimsoll.engines.incidents.kinds import Component, Concern, Sort
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.kernel.stages import GATED
from plimsoll.loop.respond.services.locker import LARGEST_ITEM
from plimsoll.ui.forms import DateField, TimeField, person_field

SORTS = {Sort.INCIDENT: "It happened: an incident", Sort.HAZARD: "It nearly happened: a hazard"}
ENTERED = tuple(m for m in Milestone if m is not Milestone.DECLARED)
"""The milestones whose times people enter."""


def _words(values: type[Component] | type[Concern]) -> list[tuple[str, str]]:
    return [("", "Not known yet"), *((v.value, v.value.replace("_", " ")) for v in values)]


class KindFields(forms.Form):
    sort = forms.ChoiceField(
        choices=[(s.value, label) for s, label in SORTS.items()],
        widget=forms.RadioSelect,
        initial=Sort.INCIDENT.value,
        label="Did it happen?",
    )
    component = forms.ChoiceField(choices=_words(Component), required=False, label="Where it happened")
    concern = forms.ChoiceField(choices=_words(Concern), required=False, label="What went wrong")


class DeclareForm(KindFields):
    title = forms.CharField(max_length=160, label="What happened, in one sentence")
    system = forms.ChoiceField()
    aware_at = TimeField(
        label="When we learned of it", required=False, help_text="Now, if you leave it empty."
    )
    occurred_at = TimeField(
        label="When it happened", required=False, help_text="Leave it empty while nobody knows."
    )
    field_order = ("title", "system", "sort", "aware_at", "occurred_at", "component", "concern")


class ChangeForm(KindFields):
    title = forms.CharField(max_length=160, label="What happened, in one sentence")
    commander = person_field(label="Commander", help_text="Leads; decides what is done next.")
    scribe = person_field(label="Scribe", help_text="Writes down what happens, and when.", required=False)
    field_order = ("title", "commander", "scribe", "sort", "component", "concern")


class TimesForm(forms.Form):
    """One field per milestone; those left empty stay as they are."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as given
        for milestone in ENTERED:
            self.fields[milestone.value] = TimeField(label=milestone.words.capitalize(), required=False)


class NoteForm(forms.Form):
    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="What happened")
    at = TimeField(label="When", required=False, help_text="Now, if you leave it empty.")


class TaskForm(forms.Form):
    owner = person_field(label="Owner", required=False)
    due_at = TimeField(label="Due")


class StartForm(forms.Form):
    at = TimeField(label="When")


class SubmitForm(forms.Form):
    at = TimeField(label="When it was sent", required=False, help_text="Now, if you leave it empty.")
    reference = forms.CharField(
        max_length=200, required=False, label="Reference", help_text="File number, ticket, letter."
    )


class CloseForm(forms.Form):
    reason = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why nothing is to be done"
    )
    holds_until = TimeField(
        label="Look at it again by",
        required=False,
        help_text="Leave it empty if it is for good. If the clock starts at another time, it opens again.",
    )


class CloseWaitingForm(forms.Form):
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why nothing is to be done for any of them",
        help_text="Whichever gets a time later is open again.",
    )


class ReviewForm(forms.Form):
    trigger = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}), label="What set it off"
    )
    root_causes = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        label="What let it happen",
        help_text="One root cause a line.",
    )
    criterion = forms.ChoiceField(label="Which criterion should have caught it", required=False)


class LessonForm(forms.Form):
    title = forms.CharField(max_length=120, label="What must be true from now on")
    why = forms.CharField(
        max_length=300, widget=forms.Textarea(attrs={"rows": 2}), label="Why: what happened, in one sentence"
    )
    acceptance = forms.CharField(
        max_length=300, widget=forms.Textarea(attrs={"rows": 2}), label="What a stranger can check"
    )
    evidence = forms.CharField(max_length=300, label="Which document or record shows it")
    severity = forms.ChoiceField(choices=[(s, s) for s in ("critical", "high", "medium")], initial="high")
    place = forms.ChoiceField(
        choices=[
            (p, p) for p in ("architecture", "data pipeline", "model", "deployment", "operation", "process")
        ]
    )
    required_from = forms.ChoiceField(
        choices=[(s.value, s.label) for s in GATED],
        label="Asked from the gate for",
        help_text="Every later gate asks for it too.",
    )
    controls = forms.MultipleChoiceField(
        label="Controls that it checks", widget=forms.SelectMultiple(attrs={"size": 6})
    )
    everywhere = forms.BooleanField(label="It is for every system", required=False)
    requirements = forms.MultipleChoiceField(
        label="Or for systems that have one of these in scope",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    answers = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="And whose answers are",
        help_text="One question a line, any of the answers: A1: write, autonomous. All lines must hold.",
    )


class DepositForm(forms.Form):
    document = forms.FileField(label="File", help_text="At most 20 MB. It is kept under its digest.")
    sentence = forms.CharField(
        max_length=300, label="What it is", help_text="Where it comes from, and of what time."
    )
    retained_until = DateField(label="Keep it until", help_text="At least; set now and not moved.")

    def clean_document(self) -> UploadedFile[bytes]:
        """Refuses what is too large by its size, before anybody reads it."""
        document: UploadedFile[bytes] = self.cleaned_data["document"]
        if (document.size or 0) > LARGEST_ITEM:
            raise forms.ValidationError(
                f"The file has {document.size:,} bytes. At most {LARGEST_ITEM:,}. "
                "Split it, or hold its digest and the place where it lies."
            )
        return document


class WithdrawForm(forms.Form):
    purpose = forms.CharField(max_length=300, label="What you take it out for")
