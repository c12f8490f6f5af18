from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.gates.status import Colour
from plimsoll.kernel.stages import GATED
from plimsoll.people.models import Program

PERSON = settings.AUTH_USER_MODEL


class Gate(models.Model):
    """The point at which a system may enter a stage."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="gates")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="gates")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, choices=[(s.value, s.label) for s in GATED])
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="gate_number"),
            models.UniqueConstraint(fields=["system", "stage"], name="gate_once"),
        )

    def __str__(self) -> str:
        return f"GTE-{self.number} {self.stage}"


class Option(models.Model):
    """One way to go on at a gate, with what it costs; a decision compares at least three."""

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveIntegerField()
    label = models.CharField(max_length=60)
    sentence = models.CharField(max_length=300)
    delay_days = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    cost_source = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["gate", "position"], name="option_position"),)

    def __str__(self) -> str:
        return self.label


class Snapshot(models.Model):
    """The facts of a gate, frozen for signing; never changed."""

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    body = models.JSONField()
    frozen_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["gate", "number"], name="snapshot_number"),)

    def __str__(self) -> str:
        return f"snapshot {self.number} {self.digest[:12]}"


class SignOff(models.Model):
    """A person's signature on a snapshot, in one role, with a stance."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="signatures")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    stance = models.CharField(max_length=22, choices=[(s.value, s.label) for s in Stance])
    reason = models.CharField(max_length=1000, blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["snapshot", "person"], name="sign_off_once"),)

    def __str__(self) -> str:
        return f"{self.stance} as {self.role}"


class Decision(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="decisions")
    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="decisions")
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, related_name="decisions")
    outcome = models.CharField(max_length=20, choices=[(o.value, o.label) for o in Outcome])
    option = models.ForeignKey(Option, on_delete=models.RESTRICT, related_name="+", null=True, blank=True)
    reason = models.CharField(max_length=1000)
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "number"], name="decision_number"),)

    def __str__(self) -> str:
        return f"DEC-{self.number} {self.outcome}"


class Condition(models.Model):
    """Something that must be done after a go with conditions, and what happens if it is not."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="conditions")
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="conditions")
    number = models.PositiveIntegerField()
    criterion = models.CharField(max_length=80)
    sentence = models.CharField(max_length=300)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    effect = models.CharField(max_length=200)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "number"], name="condition_number"),)

    def __str__(self) -> str:
        return f"CND-{self.number} {self.sentence}"


class Waiver(models.Model):
    """A requirement that is not met for a while, knowingly, by two different people's word."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="waivers")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="waivers")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=60)
    reason = models.CharField(max_length=1000)
    compensating = models.CharField(max_length=500)
    exit_plan = models.CharField(max_length=500)
    at_expiry = models.CharField(max_length=200)
    revocation_trigger = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField()
    requested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    recommendation = models.CharField(
        max_length=10, blank=True, choices=[("fix", "fix"), ("accept", "accept")]
    )
    recommended_by = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    recommended_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(
        max_length=10, blank=True, choices=[("accept", "accept"), ("refuse", "refuse")]
    )
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expiry_announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="waiver_number"),
            models.CheckConstraint(
                condition=models.Q(decision="")
                | (
                    ~models.Q(decided_by=models.F("requested_by"))
                    & ~models.Q(decided_by=models.F("recommended_by"))
                ),
                name="waiver_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"WVR-{self.number} {self.rule}"


class GateVerdict(models.Model):
    """How a gate stood when that was announced; how it stands is always computed."""

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="verdicts")
    verdict = models.CharField(max_length=10)
    standing = models.JSONField(default=dict)
    reason = models.CharField(max_length=400)
    announced_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["gate", "-announced_at"], name="gate_verdict_newest"),)

    def __str__(self) -> str:
        return self.verdict


class StatusUpdate(models.Model):
    """A member's word on a system. It may darken the computed status, never lighten it."""

    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="status_updates")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sentence = models.CharField(max_length=300)
    worse = models.CharField(
        max_length=6, blank=True, choices=[(c.value, c.word) for c in (Colour.AMBER, Colour.RED)]
    )
    written_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(worse__in=["", Colour.AMBER.value, Colour.RED.value]),
                name="status_only_worse",
            ),
        )
        indexes = (models.Index(fields=["system", "-written_at"], name="status_newest"),)

    def __str__(self) -> str:
        return self.sentence
