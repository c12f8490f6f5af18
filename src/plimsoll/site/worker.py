"""What happens by itself: expiries are announced, asset files looked at, gates reassessed, the log signed.

Nothing becomes true here. Expiry, staleness and verdicts are derived from the time wherever they are
read; the tick only makes their turning part of the record.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections

from plimsoll.adapters.asset_files import AssetFiles
from plimsoll.adapters.lessons import written_criterion
from plimsoll.kernel.errors import PlimsollError
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.loop.decide import selectors as gate_rows
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import selectors as work
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove import selectors as prove_rows
from plimsoll.loop.prove import services as prove
from plimsoll.loop.respond import selectors as respond
from plimsoll.loop.respond import services as responding
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.scope import services as scoping
from plimsoll.loop.watch import services as watch
from plimsoll.loop.watch.services import log_signers
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import all_program_ids
from plimsoll.site.monitoring import run_due_monitors

__all__ = ["Worker"]

_log = logging.getLogger(__name__)
RULE = Actor.of_rule("time")


class Worker:
    """Keeps between ticks only what makes them cheaper."""

    def __init__(self) -> None:
        self.files = AssetFiles(settings.PLIMSOLL_ASSETS)

    def tick(self, *, now: datetime) -> dict[str, int]:
        """Does everything that is due at `now`; returns how much of each was done.

        Each part is tried even if another fails; what failed is reported and tried again next time.
        """
        parts = {
            "assumptions expired": lambda: scoping.announce_expired(actor=RULE, now=now),
            "evidence expired": lambda: prove.announce_expired(actor=RULE, now=now),
            "waivers expired": lambda: decide.announce_expired(actor=RULE, now=now),
            "clocks announced": lambda: responding.announce_clocks(actor=RULE, now=now),
            "lessons adopted": self._adopt_lessons,
            "assets changed": self._look_at_files,
            "monitors looked": lambda: run_due_monitors(actor=RULE, assets=settings.PLIMSOLL_ASSETS, now=now),
            "signals raised": lambda: self._raise_signals(now),
            "gates opened": self._open_gates,
            "gates turned": lambda: self._reassess(now),
            "log entries signed": self._sign,
        }
        done = {}
        for name, part in parts.items():
            try:
                done[name] = part()
            except PlimsollError as error:
                _log.error("%s: %s", name, error.sentence)
                done[name] = 0
            except Exception:  # noqa: BLE001 - the boundary between one part and the next
                _log.exception("%s failed", name)
                done[name] = 0
        close_old_connections()
        return done

    def _look_at_files(self) -> int:
        changed = 0
        for asset_id, location, digest in scope.watched_assets():
            found = self.files.digest(location)
            if found is not None and found != digest:
                changed += scoping.note_content(actor=RULE, asset_id=asset_id, digest=found) is not None
        return changed

    def _raise_signals(self, now: datetime) -> int:
        """Raises the signals of evidence whose process ended before the wiring heard of it."""
        since = now - timedelta(days=2)
        raised = 0
        for program_id, ref in prove_rows.failed_since(prove.contradicting_checks(), since=since):
            made = watch.raise_signal(actor=RULE, program_id=program_id, evidence_ref=ref, now=now)
            raised += made is not None
        return raised

    def _adopt_lessons(self) -> int:
        """Adopts lessons whose process ended after they were accepted, before the wiring heard of them."""
        adopted = 0
        for program_id in all_program_ids():
            there = {row.rule for row in work.adopted_requirements(RULE, program_id)}
            for lesson in respond.accepted_lessons(RULE, program_id):
                if lesson.criterion.id not in there:
                    criterion = written_criterion(lesson.criterion)
                    adopted += plan.adopt_requirement(actor=RULE, program_id=program_id, criterion=criterion)
        return adopted

    def _open_gates(self) -> int:
        """Opens the gates of promises whose process ended before the wiring heard of them."""
        opened = 0
        for system in _systems():
            gates = gate_rows.gates_of(RULE, system.program_id)
            there = {gate.stage for gate in gates if gate.system_id == system.id}
            for promise in system.promises:
                if promise.stage not in there:
                    decide.open_gate(actor=RULE, system_id=system.id, stage=promise.stage)
                    opened += 1
        return opened

    def _reassess(self, now: datetime) -> int:
        return sum(decide.reassess(actor=RULE, system_id=system.id, now=now) for system in _systems())

    def _sign(self) -> int:
        return make_checkpoint(*log_signers()).size


def _systems() -> list[scope.SystemRow]:
    return [row for program_id in all_program_ids() for row in scope.systems_of(RULE, program_id)]
