"""A database administrator who changes rows behind the application's back.

Each statement drops the triggers, changes rows by SQL, and puts the triggers back, so nothing shows from
outside. Both the comparison inside (`reconcile`) and an outsider's look at an export must name it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from plimsoll.engines.tlog.export import verify_export
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import triggers
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import services as scope
from plimsoll.people import services
from tests.voyages import KEY, Voyage

SIGNER = Signer(name="log.test", key=KEY)


@dataclass(frozen=True, slots=True)
class Log:
    """A signed log: 18 entries of the crew and system, a mark, then answers, a risk and a comment."""

    voyage: Voyage
    mark: int
    """Size at the earlier checkpoint."""
    size: int
    """Size at the latest."""
    risk: int


def signed_log(sloop: Voyage) -> Log:
    """The log as it is before anybody tampers with it."""
    tess = sloop.crew.actor("tess")
    mark = make_checkpoint(SIGNER).size
    scope.answer(actor=tess, system_id=sloop.system.pk, question="K1", value="language")
    (risk,) = plan.raise_risks(
        actor=tess, program_id=sloop.program_id, risks=[plan.NewRisk(title="A reply leaks an order")]
    )
    services.write_comment(actor=tess, program_id=sloop.program_id, ref="RSK-1", text="Who saw it?")
    size = make_checkpoint(SIGNER).size
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET
    return Log(voyage=sloop, mark=mark, size=size, risk=risk.pk)


def sql(statement: str, *parameters: object) -> None:
    """One statement, as a database administrator runs it: without triggers in the way."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0, "the tampering hit nothing"
    triggers.create(connection)


def faults() -> list[str]:
    """What is named, inside and outside alike."""
    inside = reconcile(SIGNER)
    outside = verify_export(export_lines(SIGNER), key=SIGNER.verifier)
    assert inside == outside
    assert (inside.judgement.verdict is Verdict.NOT_MET) == bool(inside.faults)
    return inside.faults


def named(index: int) -> str:
    """How faults name an entry."""
    entry = Entry.objects.get(index=index)
    return f"Entry {index} ({entry.kind}, {entry.subject})"


def row_id(index: int) -> int:
    """The id of the row at a position: the key of its payload."""
    return int(Entry.objects.get(index=index).pk)


def lose_entry(index: int) -> None:
    sql("DELETE FROM ledger_box WHERE entry_id = %s", row_id(index))
    sql("DELETE FROM ledger_entry WHERE index = %s".replace("index", '"index"'), index)
