from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.question_set import NotApplicable, Policy
from plimsoll.kernel.assets import AssetKind
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.people.models import Program


class System(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="systems")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    sentence = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_systems"
    )
    off_switch_holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    stage = models.CharField(max_length=12, choices=[(s.value, s.label) for s in Stage])
    real_data_since = models.DateField(null=True, blank=True)
    described_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="system_number"),
            models.UniqueConstraint(fields=["program", "name"], name="system_name"),
            models.CheckConstraint(
                condition=models.Q(stage__in=[s.value for s in Stage]), name="system_stage"
            ),
        )

    def __str__(self) -> str:
        return f"SYS-{self.number} {self.name}"


class StagePromise(models.Model):
    """The date by which a system is to enter a stage, and to whom it was promised."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="promises")
    stage = models.CharField(max_length=12)
    committed_on = models.DateField()
    promised_to = models.CharField(max_length=120, blank=True)
    promised_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["system", "stage"], name="promise_once"),
            models.CheckConstraint(
                condition=models.Q(stage__in=[s.value for s in GATED]), name="promise_stage"
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage} by {self.committed_on}"


class Asset(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="assets")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="assets")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=14, choices=[(k.value, k.value) for k in AssetKind])
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    location = models.CharField(max_length=300, blank=True)
    provenance = models.CharField(max_length=300, blank=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="asset_number"),
            models.UniqueConstraint(fields=["system", "name"], name="asset_name"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[k.value for k in AssetKind]), name="asset_kind_known"
            ),
        )
        indexes = (models.Index(fields=["program", "digest"], name="asset_digest"),)

    def __str__(self) -> str:
        return f"AST-{self.number} {self.name}"


class AssetVersion(models.Model):
    """A version that an asset has had, by content."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["asset", "number"], name="asset_version_number"),)

    def __str__(self) -> str:
        return f"version {self.number}"


class Answer(models.Model):
    """The answer in force to one question. No row means unknown."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=6)
    value = models.CharField(max_length=30)
    reason = models.CharField(max_length=30, blank=True, choices=[(r.value, r.value) for r in NotApplicable])
    source = models.CharField(max_length=120)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["system", "question"], name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.question} = {self.value}"


class LawAnswer(models.Model):
    """The answer in force to one fact that law asks for. No row means unknown."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="law_answers")
    fact = models.CharField(max_length=40)
    value = models.JSONField()
    law_version = models.CharField(max_length=120)
    source = models.CharField(max_length=120)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["system", "fact"], name="law_answer_once"),)

    def __str__(self) -> str:
        return f"{self.fact} = {self.value}"


class ScopeVersion(models.Model):
    """The answers as they stood after a change; never changed afterwards."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="scope_versions")
    number = models.PositiveIntegerField()
    catalog_version = models.CharField(max_length=40)
    answers = models.JSONField()
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["system", "number"], name="scope_version_number"),)

    def __str__(self) -> str:
        return f"version {self.number}"


class Assumption(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="assumptions")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="assumptions")
    number = models.PositiveIntegerField()
    question = models.CharField(max_length=6)
    value = models.CharField(max_length=30, blank=True)
    policy = models.CharField(max_length=24, choices=[(p.value, p.value) for p in Policy])
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    find_out = models.CharField(max_length=300, blank=True)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in AssumptionState if s != AssumptionState.EXPIRED],
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    expiry_announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="assumption_number"),
            models.UniqueConstraint(
                fields=["system", "question"],
                condition=models.Q(state=AssumptionState.OPEN.value),
                name="assumption_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"ASM-{self.number} {self.question}"


class FrameworkImport(models.Model):
    """One edition of a framework as a program brought it in; never changed afterwards.

    `document` is the canonical text of plimsoll/framework/1. The log holds its digest, not its text.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="framework_imports")
    number = models.PositiveIntegerField()
    framework = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    edition = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    clauses = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    document = models.TextField()
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="framework_import_number"),
            models.CheckConstraint(condition=models.Q(clauses__gte=1), name="framework_import_clauses"),
        )
        indexes = (models.Index(fields=["program", "framework", "-number"], name="framework_newest"),)

    def __str__(self) -> str:
        return f"{self.framework}@{self.edition}"
