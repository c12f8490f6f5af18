"""Frozen gate facts: the bytes that people sign, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plimsoll.engines.gates.evaluate import GateResult
from plimsoll.engines.gates.facts import GateFacts
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.stages import Level, Stage

__all__ = ["snapshot_body", "snapshot_digest", "what_changed"]


_OF_THE_SYSTEM = {
    "sentence": "what the system does for whom changed",
    "owner": "the system has another owner",
    "off_switch_holder": "somebody else holds the off switch",
}


def snapshot_body(facts: GateFacts, result: GateResult) -> dict[str, Any]:
    """What is frozen: gate, system with its people, stage, table version, and every criterion.

    Per criterion: its verdict, the requirements with standing, proof and owner, the digests of the
    statements and the waivers that carry it; where a plan is enough, the day it is planned for. Free
    of the day it is made on and of the wording of reasons, so it changes exactly when something that
    was decided on changes; the titles of the criteria are in, since people sign what they read.
    """
    return {
        "form": "plimsoll/gate-snapshot/1",
        "gate": facts.gate,
        "system": facts.system,
        "sentence": facts.sentence,
        "owner": facts.owner_id,
        "off_switch_holder": facts.off_switch_holder_id,
        "stage": facts.stage.value,
        "table": facts.table_version,
        "verdict": result.judgement.verdict.value,
        "criteria": [
            {
                "id": criterion.spec.id,
                "title": criterion.spec.title,
                "level": criterion.spec.level.value,
                "applies": criterion.applies,
                "verdict": criterion.judgement.verdict.value,
                "waived_by": list(criterion.waived_by),
                "evidence": list(criterion.evidence),
                "requirements": [
                    _requirement(facts, rule, criterion.spec.level) for rule in criterion.spec.requirements
                ],
            }
            for criterion in result.criteria
        ],
    }


def _requirement(facts: GateFacts, rule: str, level: Level) -> dict[str, Any]:
    fact = facts.requirement(rule)
    return {
        "rule": rule,
        "standing": fact.standing.value,
        "verdict": fact.proof.judgement.verdict.value if fact.proof else "unknown",
        "owner": fact.owner_id,
        "planned_for": fact.due_on.isoformat() if fact.due_on and level is Level.PLAN else None,
    }


def snapshot_digest(body: Mapping[str, Any]) -> Digest:
    """SHA-256 of the canonical form: what a signature binds to."""
    return digest_value(dict(body))


def what_changed(frozen: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[str, ...]:
    """Phrases that name each criterion that differs between two bodies; empty if they are equal."""
    if frozen == current:
        return ()
    before = {c["id"]: c for c in frozen["criteria"]}
    after = {c["id"]: c for c in current["criteria"]}
    changes = []
    for criterion_id, criterion in {**before, **after}.items():
        title = criterion["title"]
        if criterion_id not in before:
            changes.append(f"{title}: added")
        elif criterion_id not in after:
            changes.append(f"{title}: no longer asked")
        elif before[criterion_id] != after[criterion_id]:
            changes.append(f"{title}: {_difference(before[criterion_id], after[criterion_id])}")
    if frozen["table"] != current["table"]:
        changes.append(f"the stage table is now version {current['table']}")
    if frozen["stage"] != current["stage"]:
        changes.append(f"the gate now opens {Stage(current['stage']).label}")
    changes += [phrase for key, phrase in _OF_THE_SYSTEM.items() if frozen[key] != current[key]]
    if not changes and frozen["verdict"] != current["verdict"]:
        changes.append(f"the gate's verdict {_was_and_is(frozen, current, 'verdict')}")
    return tuple(changes) or ("the gate is another one, or its facts are kept in another form",)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if before["applies"] != after["applies"]:
        return "applies now" if after["applies"] else "no longer applies"
    for key in ("verdict", "level"):
        if before[key] != after[key]:
            return f"{key} {_was_and_is(before, after, key)}"
    if before["waived_by"] != after["waived_by"]:
        return f"waived by {', '.join(after['waived_by']) or 'nothing'} now"
    if before["evidence"] != after["evidence"]:
        return "rests on other evidence now"
    if before["requirements"] != after["requirements"]:
        return _other_requirements(before["requirements"], after["requirements"])
    return "its wording changed"


def _other_requirements(before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]) -> str:
    if [r["rule"] for r in before] != [r["rule"] for r in after]:
        return "it is about other requirements now"
    phrases = []
    for was, now in zip(before, after, strict=True):
        phrases += [
            f"{now['rule']} {_was_and_is(was, now, key)}"
            for key in ("standing", "verdict")
            if was[key] != now[key]
        ]
        if was["owner"] != now["owner"]:
            phrases.append(f"{now['rule']} has another owner")
        if was["planned_for"] != now["planned_for"]:
            phrases.append(f"{now['rule']} is planned for another day")
    return ", ".join(phrases)


def _was_and_is(before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> str:
    was, now = (str(body[key]).replace("_", " ") for body in (before, after))
    return f"was {was}, is {now}"
