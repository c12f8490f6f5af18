"""Gates: what they ask at each stage, how they stand, and how their facts are frozen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.gates.snapshot import snapshot_digest
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import GATED, Level, Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import facts, selectors, services
from plimsoll.loop.decide.models import Gate, GateVerdict, Snapshot
from plimsoll.loop.decide.services.gates import policy_of
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.people.actors import Actor
from tests.loop.decide.bridge import freeze
from tests.voyages import DAY, Voyage, attested, criterion, gate_at, gate_of, kinds_since

RULE = Actor.of_rule("test")
Counting = Callable[[int], AbstractContextManager[object]]


def opened(voyage: Voyage, stage: Stage, *, by: str = "tess") -> Gate:
    return services.open_gate(actor=voyage.crew.actor(by), system_id=voyage.system.pk, stage=stage)


# ------------------------------------------------------------ what is asked


@pytest.mark.parametrize("stage", GATED)
def test_a_gate_asks_the_rows_of_its_stage_and_every_further_requirement(skiff: Voyage, stage: Stage) -> None:
    opened(skiff, stage)
    catalog = load_catalog()
    rows = [r for r in catalog.stage_rows if r.levels.get(stage, Level.NOT_YET) is not Level.NOT_YET]
    in_a_row = {rule for row in catalog.stage_rows for rule in row.requirements}
    further = [
        f"requirement:{entry.id}"
        for entry in (*catalog.requirements.values(), *catalog.baseline.values())
        if entry.stages.get(stage, Level.NOT_YET) is not Level.NOT_YET and entry.id not in in_a_row
    ]
    criteria = gate_at(skiff, stage).result.criteria
    assert [c.spec.id for c in criteria] == [*(row.id for row in rows), *further]
    assert all(c.spec.why and c.spec.guidance for c in criteria)
    assert all(c.judgement.reasons for c in criteria)


@pytest.mark.parametrize("stage", GATED)
def test_no_requirement_that_a_stage_asks_for_falls_between_the_criteria(stage: Stage) -> None:
    """Whoever owns something that is asked is found by the independence rule, and the snapshot names it."""
    catalog = load_catalog()
    for row in catalog.stage_rows:
        for rule in row.requirements:
            assert catalog.requirement(rule).stages[stage] is row.levels[stage], (row.id, rule)


def test_only_a_prototype_must_not_be_on_the_internet(skiff: Voyage) -> None:
    opened(skiff, Stage.GA)
    asked = {
        stage: {c.spec.id for c in gate_at(skiff, stage).result.criteria}
        for stage in (Stage.PROTOTYPE, Stage.PILOT, Stage.GA)
    }
    assert "not-on-the-internet" in asked[Stage.PROTOTYPE]
    assert "not-on-the-internet" not in asked[Stage.PILOT] | asked[Stage.GA]
    assert "penetration-test" in asked[Stage.GA] - asked[Stage.PILOT]


@pytest.mark.parametrize("stage", GATED)
def test_every_gated_stage_says_who_signs_and_who_decides(stage: Stage) -> None:
    seats, deciders = policy_of(stage)
    assert seats
    assert all(count > 0 for _, count in seats)
    assert deciders


def test_the_stage_after_the_last_has_no_policy() -> None:
    with pytest.raises(NotFound, match="No policy says who signs for retired"):
        policy_of(Stage.RETIRED)


# ------------------------------------------------------------ how it stands


def test_day_zero_says_of_each_criterion_what_is_missing(bosun: Voyage) -> None:
    gate = gate_at(bosun, Stage.PILOT)
    assert gate.result.judgement.verdict is Verdict.NOT_MET
    said = {
        c.spec.id: (c.judgement.verdict.value, c.judgement.deciding[0].text) for c in gate.result.applicable
    }
    assert said["owner-and-off-switch-holder"] == ("met", "owner: Dev Rao")
    assert said["inventory-entry"] == (
        "not_met",
        "no asset (model, dataset, prompt, vendor …) is registered",
    )
    assert said["scope-answers"] == ("not_met", "A1 is unknown and nobody owns finding out")
    assert said["tools"] == ("unknown", "tool allow-list + least privilege: depends on A1")
    assert said["monitors"] == ("met", "drift and abuse monitors: planned, Dev Rao by 25 May 2027")
    outside = {c.spec.id for c in gate.result.criteria if not c.applies}
    assert {"model-file", "requirement:safety-case"} <= outside


def test_everything_shown_makes_both_gates_met(sound: Voyage) -> None:
    for stage in (Stage.PROTOTYPE, Stage.PILOT):
        result = gate_at(sound, stage).result
        assert result.judgement.verdict is Verdict.MET
        assert {c.judgement.verdict for c in result.applicable} == {Verdict.MET}
        assert result.waived == ()


def test_a_requirement_that_only_an_assumption_brings_in_is_asked_too(bosun: Voyage) -> None:
    tess = bosun.crew.actor("tess")
    scope.answer(actor=tess, system_id=bosun.system.pk, question="A1", value="unknown")
    found = criterion(gate_at(bosun, Stage.PILOT), "tools")
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.judgement.deciding[0].text.startswith("no evidence yet")


def test_the_off_switch_needs_a_holder(bosun: Voyage) -> None:
    system = scope.describe_system(
        actor=bosun.crew.actor("tess"),
        program_id=bosun.program_id,
        name="Raft",
        sentence="Floats",
        owner_id=bosun.crew.id("dev"),
    )
    raft = Voyage(crew=bosun.crew, system=system)
    opened(raft, Stage.PROTOTYPE)
    found = criterion(gate_at(raft, Stage.PROTOTYPE), "owner-and-off-switch-holder")
    assert found.judgement.verdict is Verdict.NOT_MET
    assert found.judgement.deciding[0].text == "no off-switch holder is named"


def test_the_facts_of_any_number_of_systems_take_thirteen_queries(
    sound: Voyage, django_assert_num_queries: Counting
) -> None:
    tess = sound.crew.actor("tess")
    for number in range(3):
        scope.describe_system(
            actor=tess,
            program_id=sound.program_id,
            name=f"Boat {number}",
            sentence="One of many",
            owner_id=sound.crew.id("eve"),
        )
    systems = scope_selectors.systems_of(tess, sound.program_id)
    with django_assert_num_queries(13):
        found = facts.dossiers(tess, sound.program_id, systems, now=DAY)
    gate = gate_of(sound, Stage.PILOT)
    with django_assert_num_queries(0):
        facts.evaluate_gate(gate, found[sound.system.pk])
        facts.system_status(found[sound.system.pk])
    assert len(found) == 4


# ------------------------------------------------------------ opening


def test_a_gate_is_opened_once_per_stage(skiff: Voyage) -> None:
    before = entry_count()
    first, again = opened(skiff, Stage.LIMITED), opened(skiff, Stage.LIMITED)
    assert first.pk == again.pk
    assert [k for k in kinds_since(before) if k == "decide:gate:opened"] == ["decide:gate:opened"]


def test_a_stage_that_is_not_entered_has_no_gate(skiff: Voyage) -> None:
    with pytest.raises(BadInput, match="retired has no gate"):
        opened(skiff, Stage.RETIRED)


def test_only_the_tpm_opens_and_freezes(skiff: Voyage) -> None:
    for name in ("dev", "ada", "cal", "xan", "odile"):
        with pytest.raises(NotAllowed, match="do not let you freeze a gate"):
            opened(skiff, Stage.GA, by=name)
        with pytest.raises(NotAllowed, match="do not let you freeze a gate"):
            freeze(skiff, by=name)
    with pytest.raises(NotFound):
        opened(skiff, Stage.GA, by="mallory")
    with pytest.raises(NotAllowed, match="A gate is frozen by a person"):
        services.freeze_gate(actor=RULE, gate_id=gate_of(skiff, Stage.PILOT).id)
    assert Snapshot.objects.count() == 0


@pytest.mark.parametrize("ref", ["GTE-9", "GTE-0", "SYS-1", "GTE-٣", ""])
def test_a_gate_that_is_not_there_is_not_found(skiff: Voyage, ref: str) -> None:
    with pytest.raises(NotFound):
        selectors.gate_by_ref(skiff.crew.actor("tess"), skiff.program_id, ref)


def test_strangers_see_no_gate(skiff: Voyage) -> None:
    mallory = skiff.crew.actor("mallory")
    gate = gate_of(skiff, Stage.PILOT)
    with pytest.raises(NotFound):
        selectors.gates_of(mallory, skiff.program_id)
    with pytest.raises(NotFound):
        selectors.gate_by_ref(mallory, skiff.program_id, "GTE-1")
    for gate_id in (gate.id, gate.id + 100):
        with pytest.raises(NotFound, match="There is no such gate"):
            selectors.gate_by_id(mallory, gate_id)


# ------------------------------------------------------------ freezing


def test_a_frozen_gate_keeps_what_was_true_under_its_digest(sound: Voyage) -> None:
    before = entry_count()
    snapshot = freeze(sound)
    assert (snapshot.number, snapshot.frozen_at) == (1, DAY)
    assert snapshot.digest == snapshot_digest(snapshot.body) == gate_at(sound, Stage.PILOT).digest
    assert snapshot.body["verdict"] == "met"
    assert kinds_since(before) == ["decide:gate:frozen"]


def test_freezing_again_without_change_is_refused_however_much_time_has_passed(sound: Voyage) -> None:
    freeze(sound)
    for days in (0, 1, 20):
        with (
            frozen_at(DAY + timedelta(days=days)),
            pytest.raises(Conflict, match=r"^Nothing has changed since snapshot 1 of GTE-2\.$") as caught,
        ):
            freeze(sound)
        assert caught.value.hint == "Sign that one."


def test_a_changed_gate_is_frozen_anew(sound: Voyage) -> None:
    freeze(sound)
    with frozen_at(DAY + timedelta(days=1)):
        attested(sound, "threat-model")
        again = freeze(sound)
    assert again.number == 2
    first = Snapshot.objects.get(number=1)
    assert first.digest != again.digest
    assert selectors.latest_snapshots([again.gate_id])[again.gate_id].number == 2


def test_two_gates_are_frozen_apart(sound: Voyage) -> None:
    pilot, prototype = freeze(sound), freeze(sound, Stage.PROTOTYPE)
    assert (pilot.number, prototype.number) == (1, 1)
    assert pilot.digest != prototype.digest


# ------------------------------------------------------------ announcing


def test_a_turn_is_announced_once_and_says_what_turned(skiff: Voyage) -> None:
    system_id = skiff.system.pk
    before = entry_count()
    assert services.reassess(actor=RULE, system_id=system_id, now=DAY) == 0
    assert entry_count() == before
    attested(skiff, "named-owner-and-inventory")
    gate = gate_of(skiff, Stage.PROTOTYPE)
    verdict, standing = selectors.last_verdicts([gate.id])[gate.id]
    assert verdict is Verdict.UNKNOWN
    assert standing["requirement:named-owner-and-inventory"] == "met"
    at, _, reason = selectors.verdict_history(gate.id)[0]
    assert at == DAY
    assert reason == "owner, off-switch holder, inventory entry: unknown → met"
    assert services.reassess(actor=RULE, system_id=system_id, now=DAY) == 0


def test_the_announced_verdict_is_the_one_that_everybody_computes(sound: Voyage) -> None:
    for stage in (Stage.PROTOTYPE, Stage.PILOT):
        gate = gate_of(sound, stage)
        verdict, standing = selectors.last_verdicts([gate.id])[gate.id]
        result = gate_at(sound, stage).result
        assert verdict is result.judgement.verdict is Verdict.MET
        assert standing == {c.spec.id: c.judgement.verdict.value for c in result.applicable}


def test_a_new_gate_is_announced_as_first_looked_at(skiff: Voyage) -> None:
    gate = gate_of(skiff, Stage.PILOT)
    first = GateVerdict.objects.filter(gate_id=gate.id).order_by("pk").first()
    assert first is not None
    assert first.reason == "first looked at"


def test_a_system_without_gates_has_nothing_to_announce(skiff: Voyage) -> None:
    system = scope.describe_system(
        actor=skiff.crew.actor("tess"),
        program_id=skiff.program_id,
        name="Raft",
        sentence="Floats",
        owner_id=skiff.crew.id("dev"),
    )
    assert services.reassess(actor=RULE, system_id=system.pk, now=DAY) == 0


def test_only_the_product_itself_announces_turns(sound: Voyage) -> None:
    """A person could otherwise have a verdict of another day entered as today's."""
    before = entry_count()
    for name in ("omni", "tess", "odile"):
        with pytest.raises(NotAllowed, match="announced by the product itself"):
            services.reassess(
                actor=sound.crew.actor(name),
                system_id=sound.system.pk,
                now=DAY + timedelta(days=400),
            )
    with pytest.raises(NotFound):
        services.reassess(actor=sound.crew.actor("mallory"), system_id=sound.system.pk, now=DAY)
    assert entry_count() == before
