from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.engines.incidents.kinds import Component, Concern, Phase, Role, Sort
from plimsoll.engines.incidents.lesson import Finding
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.people.models import Program

PERSON = settings.AUTH_USER_MODEL


class Incident(models.Model):
    """Something happened to a system, or nearly did. Its clocks, times and tasks are told apart."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="incidents")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="incidents")
    number = models.PositiveIntegerField()
    sort = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Sort])
    title = models.CharField(max_length=160)
    component = models.CharField(max_length=20, blank=True, choices=[(c.value, c.value) for c in Component])
    concern = models.CharField(max_length=20, blank=True, choices=[(c.value, c.value) for c in Concern])
    commander = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    scribe = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    declared_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    declared_at = models.DateTimeField()
    closed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="incident_number"),
            models.CheckConstraint(
                condition=models.Q(sort__in=[s.value for s in Sort]), name="incident_sort"
            ),
            models.CheckConstraint(
                condition=models.Q(component__in=["", *(c.value for c in Component)])
                & models.Q(concern__in=["", *(c.value for c in Concern)]),
                name="incident_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(closed_by__isnull=False),
                name="incident_closed_by_somebody",
            ),
        )
        indexes = (models.Index(fields=["program", "closed_at", "-number"], name="incident_open"),)

    def __str__(self) -> str:
        return f"INC-{self.number} {self.title}"


class Moment(models.Model):
    """When a milestone of an incident was; who entered it when is another matter."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="moments")
    milestone = models.CharField(max_length=16, choices=[(m.value, m.words) for m in Milestone])
    at = models.DateTimeField()
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["incident", "milestone"], name="moment_once"),
            models.CheckConstraint(condition=models.Q(at__lte=models.F("entered_at")), name="moment_past"),
        )

    def __str__(self) -> str:
        return f"{self.milestone} at {self.at}"


class TriggerTime(models.Model):
    """When an event happened that starts clocks: one time per event."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="triggers")
    event = models.CharField(max_length=80)
    at = models.DateTimeField()
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["incident", "event"], name="trigger_time_once"),
            models.CheckConstraint(condition=models.Q(at__lte=models.F("entered_at")), name="trigger_past"),
        )

    def __str__(self) -> str:
        return f"{self.event} at {self.at}"


class IncidentTask(models.Model):
    """One thing to do in an incident, as its playbook had it when it was added."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tasks")
    playbook = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    task = models.CharField(max_length=60)
    phase = models.CharField(max_length=16, choices=[(p.value, p.value) for p in Phase])
    title = models.CharField(max_length=300)
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role])
    authority = models.CharField(max_length=20, blank=True, choices=[(r.value, r.value) for r in Role])
    evidence_first = models.JSONField(default=list)
    after = models.JSONField(default=list)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["incident", "playbook", "task"], name="incident_task_once"),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(done_by__isnull=False),
                name="incident_task_done_by_somebody",
            ),
        )
        indexes = (models.Index(fields=["owner", "done_at", "due_at"], name="incident_task_due"),)

    def __str__(self) -> str:
        return self.title


class ClockSubmission(models.Model):
    """Something was done for a stage of a duty: a report sent, people told."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="submissions")
    duty = models.CharField(max_length=40)
    stage = models.CharField(max_length=60)
    at = models.DateTimeField()
    reference = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["incident", "duty", "stage", "at"], name="submission_once"),
            models.CheckConstraint(
                condition=models.Q(at__lte=models.F("entered_at")), name="submission_past"
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty} {self.stage}"


class ClockClosing(models.Model):
    """Somebody decided and signed that nothing is to be done for a stage."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="closings")
    duty = models.CharField(max_length=40)
    stage = models.CharField(max_length=60)
    reason = models.CharField(max_length=1000)
    signer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    of_start = models.DateTimeField(null=True, blank=True)
    holds_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(holds_until=None) | models.Q(holds_until__gt=models.F("signed_at")),
                name="closing_holds",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="closing_has_a_reason"),
        )
        indexes = (models.Index(fields=["incident", "duty", "stage"], name="closing_stage"),)

    def __str__(self) -> str:
        return f"{self.duty} {self.stage} closed"


class IncidentNote(models.Model):
    """What the scribe wrote down: what happened, and when."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    text = models.CharField(max_length=1000)
    written_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(at__lte=models.F("written_at")), name="note_past"),
        )
        indexes = (models.Index(fields=["incident", "at"], name="note_at"),)

    def __str__(self) -> str:
        return self.text[:60]


class IncidentReview(models.Model):
    """What set an incident off, what let it happen, and how the gate had stood to that."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="review")
    trigger = models.CharField(max_length=500)
    root_causes = models.JSONField()
    decision = models.CharField(max_length=20, blank=True)
    snapshot = models.CharField(max_length=64, blank=True)
    criterion = models.CharField(max_length=80, blank=True)
    criterion_title = models.CharField(max_length=160, blank=True)
    finding = models.CharField(max_length=12, choices=[(f.value, f.value) for f in Finding])
    written_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(finding=Finding.NOT_ASKED.value) | ~models.Q(snapshot=""),
                name="review_finding_has_a_snapshot",
            ),
        )

    def __str__(self) -> str:
        return f"review of incident {self.incident_id}"


class Lesson(models.Model):
    """A criterion that a review proposes; accepted, every system that it fits is asked for it."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="lessons")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="lessons")
    rule = models.CharField(max_length=60)
    criterion = models.JSONField()
    proposed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decision = models.CharField(
        max_length=10, blank=True, choices=[("accept", "accept"), ("decline", "decline")]
    )
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "rule"], name="lesson_once"),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None)
                | (models.Q(decision__in=["accept", "decline"]) & models.Q(decided_by__isnull=False)),
                name="lesson_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.rule


class HeldItem(models.Model):
    """A file in the evidence locker of an incident, under its digest. It is never changed."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="items")
    name = models.CharField(max_length=200)
    sentence = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    content = models.FileField(max_length=200)
    retained_until = models.DateField()
    deposited_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["incident", "digest"], name="held_item_once"),)

    def __str__(self) -> str:
        return self.name


class CustodyStep(models.Model):
    """Who put an item in or took it out, when and for what, and whether it was still the same."""

    item = models.ForeignKey(HeldItem, on_delete=models.CASCADE, related_name="custody")
    action = models.CharField(
        max_length=14, choices=[(a, a) for a in ("deposited", "taken out", "found changed")]
    )
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(action__in=["deposited", "taken out", "found changed"]),
                name="custody_action",
            ),
        )
        indexes = (models.Index(fields=["item", "at"], name="custody_at"),)

    def __str__(self) -> str:
        return f"{self.action} {self.at}"


class ClockAnnouncement(models.Model):
    """That a clock became due soon, or overdue, when that was announced; how it stands is derived."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="announcements")
    duty = models.CharField(max_length=40)
    stage = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("due_soon", "overdue")])
    of_start = models.DateTimeField()
    announced_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "duty", "stage", "state", "of_start"], name="clock_announced_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["due_soon", "overdue"]), name="clock_announcement_state"
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty} {self.stage} {self.state}"
