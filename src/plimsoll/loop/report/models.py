from __future__ import annotations

from django.conf import settings
from django.db import models

from plimsoll.people.models import Program

FEED_REACHES = ("mine", "program")


class CalendarFeed(models.Model):
    """An address from which a calendar reads days. The secret in it is shown once; only its hash is kept."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="feeds")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    reach = models.CharField(max_length=10, choices=[(r, r) for r in FEED_REACHES])
    secret_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(reach__in=FEED_REACHES), name="feed_reach_known"),
        )

    def __str__(self) -> str:
        return f"feed {self.pk}: {self.reach}"
