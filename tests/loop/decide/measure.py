"""How a system stands, so that two moments can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from plimsoll.engines.gates.status import Colour
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide.facts import system_status
from plimsoll.loop.scope import selectors as scope_selectors
from tests.voyages import Voyage, dossier_of, gate_at

RANK = {Verdict.NOT_MET: 0, Verdict.UNKNOWN: 1, Verdict.MET: 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands, criterion by criterion and rule by rule."""

    criteria: dict[tuple[Stage, str], Verdict]
    carried: dict[tuple[Stage, str], bool]
    rules: dict[str, Colour]
    colour: Colour
    stage: Stage

    def better_than(self, other: Standing) -> list[str]:
        """What stands better here than there; white is not better than amber, it is less known."""
        found = [
            f"{key}: {other.criteria[key].word} → {verdict.word}"
            for key, verdict in self.criteria.items()
            if RANK[verdict] > RANK[other.criteria.get(key, verdict)]
        ]
        found += [
            f"{key}: carried by a waiver"
            for key, yes in self.carried.items()
            if yes and not other.carried[key]
        ]
        found += [
            f"{rule}: {other.rules[rule].value} → {colour.value}"
            for rule, colour in self.rules.items()
            if colour.rank < other.rules[rule].rank
        ]
        if self.colour.rank < other.colour.rank:
            found.append(f"status: {other.colour.value} → {self.colour.value}")
        if self.stage is not other.stage:
            found.append(f"stage: {other.stage.value} → {self.stage.value}")
        return found


def standing(voyage: Voyage) -> Standing:
    gates = {stage: gate_at(voyage, stage) for stage in (Stage.PROTOTYPE, Stage.PILOT)}
    results = [(stage, c) for stage, gate in gates.items() for c in gate.result.applicable]
    status = system_status(dossier_of(voyage))
    return Standing(
        criteria={(stage, c.spec.id): c.judgement.verdict for stage, c in results},
        carried={(stage, c.spec.id): bool(c.waived_by) for stage, c in results},
        rules={r.rule: r.colour for r in status.rules},
        colour=status.colour,
        stage=scope_selectors.system_by_id(voyage.crew.actor("tess"), voyage.system.pk).label,
    )
