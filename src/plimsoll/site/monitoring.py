"""Runs the monitors that are due: the check looks, the evidence is stored, the run is noted.

Watch may not call what prove writes; the two meet here, as they do in the wiring.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from plimsoll.adapters.evidence import run_check
from plimsoll.kernel.errors import PlimsollError
from plimsoll.loop.prove import services as prove
from plimsoll.loop.watch import selectors as watched
from plimsoll.loop.watch import services as watch
from plimsoll.people.actors import Actor

__all__ = ["run_due_monitors"]

_log = logging.getLogger(__name__)
CHECK = "drift"


def run_due_monitors(*, actor: Actor, assets: Path, now: datetime) -> int:
    """Runs each due monitor once; returns how many looked. What cannot look is noted with the reason."""
    looked = 0
    for monitor in watched.due_monitors(now=now):
        try:
            accepted = _look(actor, monitor, assets, now)
        except PlimsollError as error:
            watch.note_run(
                actor=actor,
                monitor_id=monitor.id,
                at=now,
                outcome="",
                answer="",
                trouble=error.sentence,
            )
            continue
        watch.note_run(
            actor=actor,
            monitor_id=monitor.id,
            at=now,
            outcome=accepted.outcome,
            answer=accepted.answer,
            evidence=accepted.ref,
        )
        looked += 1
    return looked


def _look(actor: Actor, monitor: watched.MonitorRow, assets: Path, now: datetime) -> prove.Accepted:
    given: dict[str, object] = {"reference": str(_within(assets, monitor.reference)), "monitor": monitor.name}
    if monitor.columns:
        given["columns"] = ",".join(monitor.columns)
    if monitor.categories:
        given["categories"] = ",".join(monitor.categories)
    if monitor.model_location:
        given["model"] = str(_within(assets, monitor.model_location))
    ran = run_check(CHECK, _within(assets, monitor.current), given, key=prove.own_key(), now=now)
    return prove.accept_own_statement(
        actor=actor,
        program_id=monitor.program_id,
        system_id=monitor.system_id,
        author_id=monitor.owner_id,
        envelope=ran.envelope,
    )


def _within(assets: Path, location: str) -> Path:
    """The file within the asset folder; a link that leads out of it is refused."""
    path = (assets / location).resolve()
    if not path.is_relative_to(assets.resolve()):
        raise PlimsollError(f"{location} leads out of the asset folder.")
    return path
