import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from plimsoll.engines.gates.evaluate import evaluate
from plimsoll.engines.gates.facts import GateFacts, Standing
from plimsoll.engines.gates.proof import Proof
from plimsoll.engines.gates.snapshot import snapshot_body, snapshot_digest, what_changed
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.stages import Level, Stage
from plimsoll.kernel.verdict import met
from tests.engines.gates.samples import (
    PROVEN,
    REFUTED,
    TODAY,
    UNPROVEN,
    evidence,
    facts,
    requirement,
    spec,
    waiver,
)
from tests.engines.gates.test_evaluate import gates

A = requirement("a", Proof(judgement=met("seen"), used=(evidence(),)))
FACTS = facts(A, requirement("b"))


def body(given: GateFacts) -> dict[str, Any]:
    return snapshot_body(given, evaluate(given))


def changed(**changes: Any) -> GateFacts:
    """FACTS with a changed requirement “a”."""
    return replace(FACTS, requirements=(replace(A, **changes), *FACTS.requirements[1:]))


def test_the_same_facts_have_the_same_digest_also_after_storage() -> None:
    stored = json.loads(canonical_bytes(body(FACTS)))
    assert stored == body(FACTS)
    assert snapshot_digest(stored) == snapshot_digest(body(FACTS))
    assert what_changed(stored, body(FACTS)) == ()


@pytest.mark.parametrize(
    "same",
    [
        replace(FACTS, today=TODAY + timedelta(days=1)),
        replace(FACTS, owner="Renamed", off_switch_holder="Renamed", asset_count=9),
        changed(title="Renamed", because="another reason", due_on=TODAY, owner="Ines Renamed"),
        changed(proof=replace(A.proof, judgement=met("worded otherwise"))),
    ],
)
def test_dates_and_the_wording_of_reasons_do_not_make_a_signature_stale(same: GateFacts) -> None:
    assert snapshot_digest(body(same)) == snapshot_digest(body(FACTS))


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (changed(proof=UNPROVEN), "criterion a: verdict was met, is unknown"),
        (changed(proof=REFUTED), "criterion a: verdict was met, is not met"),
        (changed(proof=None), "criterion a: verdict was met, is unknown"),
        (changed(standing=Standing.OUT), "criterion a: no longer applies"),
        (changed(proof=UNPROVEN, waiver=waiver()), "criterion a: verdict was met, is unknown"),
        (changed(proof=Proof(judgement=met("seen"), used=(evidence(ref="EVD-9"),))),
         "criterion a: rests on other evidence now"),
        (changed(proof=Proof(judgement=met("seen"))), "criterion a: rests on other evidence now"),
        (changed(standing=Standing.ASSUMED), "criterion a: a was certain, is assumed"),
        (changed(owner_id=6), "criterion a: a has another owner"),
        (changed(owner_id=None), "criterion a: a has another owner"),
        (replace(FACTS, sentence="Said otherwise."), "what the system does for whom changed"),
        (replace(FACTS, owner_id=3), "the system has another owner"),
        (replace(FACTS, off_switch_holder_id=None), "somebody else holds the off switch"),
        (replace(FACTS, table_version="2"), "the stage table is now version 2"),
        (replace(FACTS, stage=Stage.GA), "the gate now opens general availability"),
        (replace(FACTS, criteria=FACTS.criteria[1:]), "criterion a: no longer asked"),
        (replace(FACTS, criteria=(*FACTS.criteria, spec("a", id="more", title="more of a"))),
         "more of a: added"),
        (replace(FACTS, criteria=(spec("a", level=Level.PLAN), FACTS.criteria[1])),
         "criterion a: level was required, is plan"),
        (replace(FACTS, criteria=(spec("a", title="said otherwise"), FACTS.criteria[1])),
         "said otherwise: its wording changed"),
        (replace(FACTS, criteria=(spec("a", "b", id="a", title="criterion a"), FACTS.criteria[1])),
         "criterion a: it is about other requirements now"),
    ],
)  # fmt: skip
def test_a_change_of_what_was_decided_on_changes_the_digest_and_is_named(
    now: GateFacts, sentence: str
) -> None:
    assert snapshot_digest(body(now)) != snapshot_digest(body(FACTS))
    assert what_changed(body(FACTS), body(now)) == (sentence,)
    assert what_changed(body(now), body(FACTS))


def test_a_requirement_that_changes_behind_an_unchanged_verdict_is_named() -> None:
    weak = facts(requirement("a", REFUTED), requirement("b", UNPROVEN), criteria=(spec("a", "b", id="ab"),))
    worse = replace(weak, requirements=(weak.requirements[0], requirement("b", REFUTED)))
    (sentence,) = what_changed(body(weak), body(worse))
    assert sentence == "criterion a b: b was unknown, is not met"


def test_a_planned_day_is_part_of_what_was_signed_only_where_a_plan_is_enough() -> None:
    planned = facts(requirement("a"), criteria=(spec("a", level=Level.PLAN),))
    later = replace(planned, requirements=(requirement("a", due_on=TODAY + timedelta(days=400)),))
    assert what_changed(body(planned), body(later)) == ("criterion a: a is planned for another day",)


def test_waivers_that_come_and_go_are_named() -> None:
    held = facts(requirement("a", REFUTED, waiver=waiver()))
    without = facts(requirement("a", REFUTED))
    expired = replace(held, today=TODAY + timedelta(days=1))
    assert what_changed(body(held), body(without)) == ("criterion a: waived by nothing now",)
    assert what_changed(body(without), body(held)) == ("criterion a: waived by WVR-1 now",)
    assert snapshot_digest(body(expired)) == snapshot_digest(body(without))


def test_a_criterion_that_stops_applying_is_named() -> None:
    lost = facts(requirement("a", UNPROVEN))
    out = facts(requirement("a", UNPROVEN, standing=Standing.OUT))
    (sentence,) = what_changed(body(lost), body(out))
    assert sentence == "criterion a: no longer applies"
    assert what_changed(body(out), body(lost)) == ("criterion a: applies now",)


def test_a_change_of_the_verdict_alone_is_named() -> None:
    assert what_changed(body(FACTS), {**body(FACTS), "verdict": "not_met"}) == (
        "the gate's verdict was met, is not met",
    )
    assert what_changed(body(FACTS), {**body(FACTS), "system": "SYS-2"}) == (
        "the gate is another one, or its facts are kept in another form",
    )


@given(gates(), gates())
def test_something_is_named_exactly_when_the_digest_differs(before: GateFacts, after: GateFacts) -> None:
    one, other = body(before), body(after)
    same = snapshot_digest(one) == snapshot_digest(other)
    assert (what_changed(one, other) == ()) == same
    assert all(sentence and not sentence.endswith(".") for sentence in what_changed(one, other))


@given(gates())
def test_every_gate_has_canonical_bytes_and_does_not_differ_from_itself(given: GateFacts) -> None:
    assert snapshot_digest(json.loads(canonical_bytes(body(given)))) == snapshot_digest(body(given))
    assert what_changed(body(given), body(given)) == ()


def test_the_proof_of_a_requirement_is_in_the_body() -> None:
    made = body(facts(requirement("a", PROVEN, ref="", waiver=None)))
    (criterion,) = made["criteria"]
    assert criterion["requirements"] == [
        {"rule": "a", "standing": "certain", "verdict": "met", "owner": 5, "planned_for": None}
    ]
    assert made["form"] == "plimsoll/gate-snapshot/1"
