"""The whole log as an export, and the comparison of the register with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import transaction

from plimsoll.engines.tlog.export import ExportEntry, Report, verify_export, write_export
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.note import Signer
from plimsoll.kernel.errors import PlimsollError
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import not_met
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.ledger.records import register_digests

__all__ = ["export_lines", "reconcile"]


def export_lines(signer: Signer) -> Iterator[bytes]:
    """The export of the log as it stands, line by line; signs a checkpoint first.

    Read in one transaction, so entries, register and checkpoint belong together. Conflict if the
    log has a hole.
    """
    checkpoint = make_checkpoint(signer)
    with transaction.atomic():
        yield from write_export(
            verifier=signer.verifier,
            size=checkpoint.size,
            entries=_entries(checkpoint.size),
            marks=dict(Checkpoint.objects.order_by("size").values_list("size", "note")),
            register=register_digests(),
            note=checkpoint.note,
        )


def reconcile(signer: Signer) -> Report:
    """Compares every record with the log and the log with its own signatures.

    The report names each edited entry, each missing entry and each record whose state does not
    follow from the log. It is what an outsider's `plimsoll verify` would say of an export made now.
    """
    try:
        return verify_export(export_lines(signer), key=signer.verifier)
    except PlimsollError as error:
        report = Report()
        report.fault(error.sentence)
        report.parts.append(not_met(error.sentence))
        return report


def _entries(size: int) -> Iterator[ExportEntry]:
    rows = Entry.objects.filter(index__lt=size).order_by("index").select_related("payload")
    for row in rows.iterator(chunk_size=2000):
        payload = getattr(row, "payload", None)
        yield ExportEntry(
            index=row.index,
            leaf=Leaf(
                kind=row.kind,
                at=timestamp(row.at),
                actor=row.actor,
                subject=row.subject,
                commit=Digest(row.commit),
            ),
            leaf_hash=bytes.fromhex(row.leaf_hash),
            salt=bytes.fromhex(payload.salt) if payload else None,
            payload=json.loads(payload.body) if payload else None,
        )
