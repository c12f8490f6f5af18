from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.people.models import Program

STANDINGS = ("certain", "assumed", "dropped")
RISK_STATES = ("open", "treating", "accepted", "closed")
MATTER_STATES = ("open", "closed")
PARTS = ("responsible", "consulted", "informed", "tester")
TASK_KINDS = ("task", "milestone")
TASK_STATES = ("open", "doing", "done", "dropped")


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


class Task(models.Model):
    """A piece of work under a requirement, a system or the program; a milestone is one without length."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="tasks")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="tasks", null=True)
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="tasks", null=True)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(k, k) for k in TASK_KINDS], default="task")
    title = models.CharField(max_length=160)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s, s) for s in TASK_STATES], default="open")
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField()
    days_low = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    days_best = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    days_high = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    ticket_url = models.URLField(max_length=300, blank=True)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="task_number"),
            models.CheckConstraint(condition=models.Q(state__in=TASK_STATES), name="task_state_known"),
            models.CheckConstraint(
                condition=models.Q(kind="task")
                | models.Q(
                    kind="milestone", starts_on=None, days_best=None, state__in=("open", "done", "dropped")
                ),
                name="task_milestone_has_no_length",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on=None) | models.Q(starts_on__lte=models.F("due_on")),
                name="task_starts_before_due",
            ),
            models.CheckConstraint(
                condition=models.Q(days_low=None, days_best=None, days_high=None)
                | models.Q(
                    days_low__gt=0,
                    days_low__lte=models.F("days_best"),
                    days_best__lte=models.F("days_high"),
                ),
                name="task_days_ordered",
            ),
        )
        indexes = (models.Index(fields=["program", "due_on"], name="task_due"),)

    def __str__(self) -> str:
        return f"TSK-{self.number} {self.title}"


class Predecessor(models.Model):
    """One task must be done before another can be."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="predecessors")
    before = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="successors")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["task", "before"], name="predecessor_once"),
            models.CheckConstraint(
                condition=~models.Q(task=models.F("before")), name="predecessor_is_another"
            ),
        )

    def __str__(self) -> str:
        return f"{self.before_id} before {self.task_id}"


class Assignment(models.Model):
    """One person's part in a requirement. The accountable person is its owner and stands there."""

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=[(p, p) for p in PARTS])

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["requirement", "person", "part"], name="assignment_once"),
            models.CheckConstraint(condition=models.Q(part__in=PARTS), name="assignment_part_known"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.part}"


class Deputy(models.Model):
    """Somebody answers in the place of somebody else for a while."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="deputies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(first_on__lte=models.F("last_on")), name="deputy_days_ordered"
            ),
            models.CheckConstraint(condition=~models.Q(person=models.F("deputy")), name="deputy_is_another"),
        )

    def __str__(self) -> str:
        return f"{self.deputy_id} for {self.person_id}"


class Issue(models.Model):
    """Something that has happened and stands in the way."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="issues")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="issues", null=True)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    note = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s, s) for s in MATTER_STATES], default="open")
    due_on = models.DateField(null=True, blank=True)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="issue_number"),
            models.CheckConstraint(condition=models.Q(state__in=MATTER_STATES), name="issue_state_known"),
        )

    def __str__(self) -> str:
        return f"ISS-{self.number} {self.title}"


class Dependency(models.Model):
    """What is needed from somebody outside, by a day."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="dependencies")
    system = models.ForeignKey(
        "scope.System", on_delete=models.CASCADE, related_name="dependencies", null=True
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    note = models.CharField(max_length=500, blank=True)
    provider = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s, s) for s in MATTER_STATES], default="open")
    due_on = models.DateField()
    confidence = models.FloatField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="dependency_number"),
            models.CheckConstraint(
                condition=models.Q(state__in=MATTER_STATES), name="dependency_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence=None) | models.Q(confidence__gte=0, confidence__lte=1),
                name="dependency_confidence_is_share",
            ),
        )

    def __str__(self) -> str:
        return f"DEP-{self.number} {self.title}"


class Conversion(models.Model):
    """One record became another; both stay."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="conversions")
    source = models.CharField(max_length=20)
    result = models.CharField(max_length=20)
    converted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    converted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "result"], name="conversion_result_once"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("result")), name="conversion_is_another"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} became {self.result}"
