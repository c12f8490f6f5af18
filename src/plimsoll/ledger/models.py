"""Entries, their content, and signed checkpoints. Insert-only, by database trigger (`triggers`).

An entry is written in the transaction of the change that it speaks of, and waits there without a
position: the table is the outbox of the log. After the commit `sequencing` gives it one, once.
"""

from __future__ import annotations

from django.db import models

__all__ = ["Box", "Checkpoint", "Cosignature", "Entry", "Payload", "SubjectKey", "WitnessAnswer"]


class Entry(models.Model):
    """One entry of the log: a leaf of the tree, without personal data.

    `id` is the order in which entries were written, `index` the position in the log; NULL while it
    waits for one.
    """

    id = models.BigAutoField(primary_key=True)
    index = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    program_id = models.BigIntegerField(null=True)
    commit = models.CharField(max_length=64)
    leaf_hash = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        """Indexes for the log's pages: by program, record and kind, newest first; and for what waits."""

        indexes = (
            models.Index(fields=["program_id", "-id"], name="entry_program"),
            models.Index(fields=["program_id", "subject", "-id"], name="entry_subject"),
            models.Index(fields=["program_id", "kind", "-id"], name="entry_kind"),
            models.Index(fields=["id"], name="entry_pending", condition=models.Q(index__isnull=True)),
        )

    def __str__(self) -> str:
        """Index and kind."""
        return f"{'waiting' if self.index is None else self.index} {self.kind}"


class Payload(models.Model):
    """What an entry of version 1 committed to, as a whole; written by releases before the vault.

    Erased, salt and body are empty and `erased_by` is the entry that says so.
    """

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="payload")
    salt = models.CharField(max_length=64)
    body = models.TextField()
    erased_by = models.ForeignKey(
        Entry, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        """Which entry it belongs to."""
        return f"payload of {self.entry}"


class SubjectKey(models.Model):
    """The key that opens all boxes about one subject, wrapped by a key from the secret folder."""

    subject = models.CharField(primary_key=True, max_length=81)
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        """Whose key it is."""
        return f"key of {self.subject}"


class Box(models.Model):
    """The fields of one entry about one subject, sealed.

    `digests` are those of the fields, 32 bytes each, ascending. Erased, `box` is NULL, `erased_by` is
    the entry that says so, and the digests stay.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="boxes", db_index=False)
    subject = models.CharField(max_length=81)
    digests = models.BinaryField()
    box = models.BinaryField(null=True)
    erased_by = models.ForeignKey(
        Entry, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        """One box per entry and subject; its index also finds the boxes of an entry."""

        constraints = (models.UniqueConstraint(fields=["entry", "subject"], name="box_once"),)

    def __str__(self) -> str:
        """Which entry it belongs to, and whom it is about."""
        return f"box of {self.entry} about {self.subject}"


class Checkpoint(models.Model):
    """The signed state of the log at one size, with the frontier to go on from."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    root = models.CharField(max_length=64)
    frontier = models.JSONField()
    note = models.TextField()

    def __str__(self) -> str:
        """Size and the beginning of the root."""
        return f"{self.size} {self.root[:12]}"


class Cosignature(models.Model):
    """A witness's word that a checkpoint continues everything it had seen of this log."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=255)
    key_id = models.CharField(max_length=8)
    at = models.DateTimeField()
    line = models.TextField()

    class Meta:
        """One line per key and checkpoint."""

        constraints = (
            models.UniqueConstraint(fields=["checkpoint", "witness", "key_id"], name="cosignature_once"),
        )

    def __str__(self) -> str:
        """Who cosigned what."""
        return f"{self.witness} over {self.checkpoint_id}"


class WitnessAnswer(models.Model):
    """What a witness said when it was asked last. Overwritten each time; no part of the log."""

    witness = models.CharField(primary_key=True, max_length=255)
    standing = models.CharField(max_length=20)
    words = models.TextField()
    asked_at = models.DateTimeField()
    size = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        """Who, and how it stands."""
        return f"{self.witness} {self.standing}"
