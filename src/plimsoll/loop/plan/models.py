from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.people.models import Program

STANDINGS = ("certain", "assumed", "dropped")
RISK_STATES = ("open", "treating", "accepted", "closed")


class AdoptedRequirement(models.Model):
    """A requirement that a program adopted from an incident of its own; never changed afterwards."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="adopted_requirements")
    rule = models.CharField(max_length=60)
    criterion = models.JSONField()
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "rule"], name="adopted_requirement_once"),
            models.CheckConstraint(
                condition=models.Q(rule__startswith="lesson-"), name="adopted_requirement_is_a_lesson"
            ),
        )

    def __str__(self) -> str:
        return self.rule


class Requirement(models.Model):
    """A requirement of the catalog, or of the program's own, that has become work for one system."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="requirements")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="requirements")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=60)
    adopted = models.ForeignKey(
        AdoptedRequirement, on_delete=models.CASCADE, related_name="work", null=True, blank=True
    )
    title = models.CharField(max_length=120)
    place = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    standing = models.CharField(max_length=10, choices=[(s, s) for s in STANDINGS])
    because = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    due_by_person = models.BooleanField(default=False)
    ticket_url = models.URLField(max_length=300, blank=True)
    derived_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="requirement_number"),
            models.UniqueConstraint(fields=["system", "rule"], name="requirement_once"),
            models.CheckConstraint(condition=models.Q(standing__in=STANDINGS), name="requirement_standing"),
        )
        indexes = (models.Index(fields=["program", "standing", "due_on"], name="requirement_due"),)

    def __str__(self) -> str:
        return f"REQ-{self.number} {self.title}"


class Risk(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="risks")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="risks", null=True)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    cause = models.CharField(max_length=300, blank=True)
    event = models.CharField(max_length=300, blank=True)
    consequence = models.CharField(max_length=300, blank=True)
    asset = models.ForeignKey(
        "scope.Asset", on_delete=models.SET_NULL, related_name="risks", null=True, blank=True
    )
    catalog_id = models.CharField(max_length=20, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s, s) for s in RISK_STATES], default="open")
    due_on = models.DateField(null=True, blank=True)
    probability_low = models.FloatField(null=True, blank=True)
    probability_best = models.FloatField(null=True, blank=True)
    probability_high = models.FloatField(null=True, blank=True)
    loss_low = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    loss_high = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    estimated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    estimated_at = models.DateTimeField(null=True, blank=True)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="risk_number"),
            models.CheckConstraint(
                condition=models.Q(probability_low=None)
                | (
                    models.Q(probability_low__gte=0)
                    & models.Q(probability_low__lte=models.F("probability_best"))
                    & models.Q(probability_best__lte=models.F("probability_high"))
                    & models.Q(probability_high__lte=1)
                ),
                name="risk_probability_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(loss_low=None)
                | (
                    models.Q(loss_low__gte=0)
                    & models.Q(loss_low__lte=models.F("loss_high"))
                    & ~models.Q(currency="")
                ),
                name="risk_loss_ordered",
            ),
        )
        indexes = (
            models.Index(fields=["program", "state", "number"], name="risk_state"),
            models.Index(fields=["program", "due_on"], name="risk_due"),
        )

    def __str__(self) -> str:
        return f"RSK-{self.number} {self.title}"
