"""Monitors that look at production data again and again, and the signals that they raise."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.people.models import Program

PERSON = settings.AUTH_USER_MODEL


class Monitor(models.Model):
    """A standing question: do the current rows still look like the reference?"""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="monitors")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="monitors")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    reference = models.CharField(max_length=300)
    current = models.CharField(max_length=300)
    model = models.ForeignKey(
        "scope.Asset", on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    columns = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    every_hours = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    paused = models.BooleanField(default=False)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="monitor_number"),
            models.UniqueConstraint(fields=["system", "name"], name="monitor_name"),
            models.CheckConstraint(
                condition=models.Q(every_hours__gte=1, every_hours__lte=744), name="monitor_interval"
            ),
        )

    def __str__(self) -> str:
        return f"MON-{self.number} {self.name}"


class MonitorRun(models.Model):
    """One look of a monitor: the evidence that it made, or why it could not look."""

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="runs")
    ran_at = models.DateTimeField()
    outcome = models.CharField(max_length=14)
    answer = models.CharField(max_length=40)
    evidence = models.CharField(max_length=20, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=["monitor", "-ran_at"], name="monitor_run_newest"),)

    def __str__(self) -> str:
        return f"run of monitor {self.monitor_id} at {self.ran_at}"


class Signal(models.Model):
    """What was seen that contradicts something shown before."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="signals")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="signals")
    number = models.PositiveIntegerField()
    evidence = models.CharField(max_length=20)
    check_id = models.CharField(max_length=40)
    reasons = models.JSONField()
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    settled_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="signal_number"),
            models.UniqueConstraint(fields=["system", "evidence"], name="signal_once"),
        )

    def __str__(self) -> str:
        return f"SIG-{self.number}"
