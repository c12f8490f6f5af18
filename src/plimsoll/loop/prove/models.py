from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.people.models import Program

OUTCOMES = ("pass", "fail", "inconclusive", "error")


class TrustedKey(models.Model):
    """A public key whose statements are accepted in a program."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="trusted_keys")
    name = models.CharField(max_length=80)
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "key_id"], name="trusted_key_once"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"


class Document(models.Model):
    """A file shown as evidence, kept once per program under its digest."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="documents")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content = models.FileField(max_length=200)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "digest"], name="document_once"),)

    def __str__(self) -> str:
        return self.name


class Evidence(models.Model):
    """A signed statement that was accepted: what was seen, of which digest, until when it holds."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="evidence")
    system = models.ForeignKey("scope.System", on_delete=models.CASCADE, related_name="evidence")
    number = models.PositiveIntegerField()
    check_id = models.CharField(max_length=60)
    check_version = models.CharField(max_length=20, blank=True)
    requirement = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=14, choices=[(o, o) for o in OUTCOMES])
    answer = models.CharField(max_length=60)
    subject_name = models.CharField(max_length=300)
    subject_digest = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    statement_digest = models.CharField(max_length=64)
    envelope = models.TextField()
    key_id = models.CharField(max_length=16)
    document = models.ForeignKey(Document, on_delete=models.RESTRICT, related_name="+", null=True, blank=True)
    produced_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    received_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expiry_announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "number"], name="evidence_number"),
            models.UniqueConstraint(fields=["system", "statement_digest"], name="evidence_statement_once"),
            models.CheckConstraint(condition=models.Q(outcome__in=OUTCOMES), name="evidence_outcome_known"),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("produced_at")), name="evidence_holds"
            ),
        )
        indexes = (
            models.Index(fields=["program", "-number"], name="evidence_newest"),
            models.Index(fields=["system", "check_id", "-produced_at"], name="evidence_check"),
            models.Index(fields=["valid_until"], name="evidence_expiry"),
        )

    def __str__(self) -> str:
        return f"EVD-{self.number} {self.check_id}"


class EvidenceSubject(models.Model):
    """A digest that a piece of evidence is bound to."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="subjects")
    name = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["evidence", "digest"], name="evidence_subject_once"),)
        indexes = (models.Index(fields=["digest"], name="evidence_subject_digest"),)

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"


class Review(models.Model):
    """One person's judgement: does this evidence show what the requirement means?"""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    meets_intent = models.BooleanField()
    sample = models.CharField(max_length=300, blank=True)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    remark = models.CharField(max_length=1000, blank=True)
    round = models.PositiveSmallIntegerField(default=0)
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["evidence", "reviewer", "round"], name="review_once"),)

    def __str__(self) -> str:
        return f"review of evidence {self.evidence_id}"


class Reopening(models.Model):
    """What contradicts a piece of evidence since it was made; it counts no more until somebody looks."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="reopenings")
    source = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    reopened_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["evidence", "source"], name="reopening_once"),)

    def __str__(self) -> str:
        return f"evidence {self.evidence_id} reopened by {self.source}"
