"""What happens in an incident, in one line each."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.engines.clocks.states import RunningClock
from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.models import Incident
from plimsoll.loop.scope import services as scope
from tests.opened import content
from tests.voyages import Voyage

LEAK = IncidentKind(component=Component.DATA, concern=Concern.SECURITY)
GDPR = ("OBL-EU-GDPR-33", "notify")
PEOPLE = ("OBL-EU-GDPR-34", "tell_people")
BREACH = "aware_personal_data_breach"
CONTROLLER = {
    "places": ["EU"],
    "established_in_eu": "yes",
    "personal_data": "ordinary",
    "data_roles": ["controller"],
}


def answer_law(voyage: Voyage, **answers: object) -> None:
    scope.answer_law(
        actor=voyage.crew.actor("cal"), system_id=voyage.system.pk, answers=answers or CONTROLLER
    )


def declared(
    voyage: Voyage, *, by: str = "tess", title: str = "It sent invoices to strangers", **more: Any
) -> Incident:
    return services.declare_incident(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        system_id=voyage.system.pk,
        title=title,
        **more,
    )


def known(voyage: Voyage, row: Incident, *, now: datetime | None = None) -> facts.IncidentClocks:
    tess = voyage.crew.actor("tess")
    incident = selectors.incident_by_id(tess, row.pk)
    return facts.incident_clocks(tess, [incident], now=now or clock.now())[0]


def running(
    voyage: Voyage, row: Incident, key: tuple[str, str] = GDPR, *, now: datetime | None = None
) -> RunningClock:
    found = known(voyage, row, now=now).clock(*key)
    assert found is not None, key
    return found


def last_entry() -> tuple[str, str]:
    """Kind and content, as JSON, of the newest entry of the log."""
    entry = Entry.objects.latest("index")
    return entry.kind, json.dumps(content(entry), separators=(",", ":"), ensure_ascii=False)


def faults() -> tuple[str, ...]:
    """What the log finds wrong with the register."""
    signer = Signer(name="tests.example/log", key=Ed25519PrivateKey.from_private_bytes(b"s" * 32))
    return tuple(reconcile(signer).faults)
