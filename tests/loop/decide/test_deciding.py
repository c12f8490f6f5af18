"""Decisions: what the facts and signatures leave open, by whom, and what has to be done afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.models import Condition, Decision
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.roles import Role
from plimsoll.people.selectors import actor_of_token
from tests.loop.decide.bridge import ADA, condition, decide, freeze, quorum, sign, signed, unmet
from tests.voyages import DAY, Voyage, attested, gate_at, gate_of, kinds_since, requirement

GO, CONDITIONS, NO_GO, DEFER = Outcome.GO, Outcome.CONDITIONS, Outcome.NO_GO, Outcome.DEFER


def stage_of(voyage: Voyage) -> Stage:
    return scope_selectors.system_by_id(voyage.crew.actor("tess"), voyage.system.pk).label


@pytest.fixture
def doubtful(sound: Voyage) -> Voyage:
    """The sound skiff as a service for partners: one required review is not shown yet."""
    scope.answer(actor=sound.crew.actor("tess"), system_id=sound.system.pk, question="S1", value="partners")
    assert unmet(sound) == ["requirement:authn-authz-review"]
    signed(sound)
    return sound


# ------------------------------------------------------------ go


def test_a_go_needs_everything_met_and_everybody_s_signature_and_the_stage_is_entered(
    sound: Voyage,
) -> None:
    signed(sound)
    before = entry_count()
    row = decide(sound)
    assert (f"DEC-{row.number}", row.outcome, row.decided_at) == ("DEC-1", "go", DAY)
    assert stage_of(sound) is Stage.PILOT
    assert kinds_since(before)[:2] == ["decide:gate:decided", "scope:system:changed"]
    assert Entry.objects.get(index=before + 1).actor == "rule:wiring"
    (listed,) = selectors.decisions_of(sound.crew.actor("odile"), sound.program_id)
    assert (listed.ref, listed.gate_ref, listed.stage) == ("DEC-1", "GTE-2", Stage.PILOT)
    assert (listed.decided_by, listed.snapshot_digest) == ("Ada Okafor", row.snapshot.digest)


def test_an_unknown_blocks_a_go(doubtful: Voyage) -> None:
    with pytest.raises(Conflict) as caught:
        decide(doubtful)
    assert caught.value.message == "“go” is not open: 1 criterion is not met or not known."
    assert (Decision.objects.count(), stage_of(doubtful)) == (0, Stage.PROTOTYPE)


def test_a_missing_signature_blocks_a_go(sound: Voyage) -> None:
    freeze(sound)
    sign(sound, *ADA)
    with pytest.raises(Conflict) as caught:
        decide(sound)
    assert caught.value.message == ("“go” is not open: the quorum is not complete (engineer: 0 of 1 signed).")


def test_a_waiver_blocks_a_go_and_leaves_a_go_with_conditions(doubtful: Voyage) -> None:
    grant(doubtful, "authn-authz-review")
    signed(doubtful)
    assert gate_at(doubtful, Stage.PILOT).result.judgement.verdict is Verdict.MET
    with pytest.raises(Conflict, match="“go” is not open: 1 criterion is not met or not known"):
        decide(doubtful)
    row = decide(doubtful, CONDITIONS)
    assert row.conditions.count() == 0
    assert stage_of(doubtful) is Stage.PILOT


def grant(voyage: Voyage, rule: str) -> None:
    waiver = services.request_waiver(
        actor=voyage.crew.actor("dev"),
        program_id=voyage.program_id,
        requirement_ref=requirement(voyage, rule).ref,
        reason="The review takes three weeks.",
        compensating="only two partners, by name",
        exit_plan="The review is booked.",
        at_expiry="The gate says so.",
        expires_on=date(2027, 2, 8),
    )
    services.recommend_waiver(
        actor=voyage.crew.actor("cal"),
        program_id=voyage.program_id,
        waiver_id=waiver.pk,
        recommendation="fix",
    )
    services.decide_waiver(
        actor=voyage.crew.actor("xan"),
        program_id=voyage.program_id,
        waiver_id=waiver.pk,
        decision="accept",
    )


def test_facts_that_moved_after_the_signatures_block_a_go(sound: Voyage) -> None:
    signed(sound)
    with frozen_at(DAY + timedelta(days=1)):
        attested(sound, "threat-model")
        with pytest.raises(Conflict, match="the quorum is not complete"):
            decide(sound)


def test_an_evidence_that_ran_out_overnight_blocks_a_go(sound: Voyage) -> None:
    signed(sound)
    with frozen_at(DAY + timedelta(days=30)), pytest.raises(Conflict, match="“go” is not open"):
        decide(sound)


# ------------------------------------------------------------ go with conditions


def test_conditions_cover_every_open_criterion(doubtful: Voyage) -> None:
    with pytest.raises(BadInput) as caught:
        decide(doubtful, CONDITIONS)
    assert caught.value.message == "No condition covers: authn/authz review."
    assert caught.value.hint == "Say for each who does what by when, or have it waived."
    row = decide(doubtful, CONDITIONS, conditions=[condition(doubtful, "requirement:authn-authz-review")])
    (made,) = row.conditions.all()
    assert (f"CND-{made.number}", made.due_on, made.met_at) == ("CND-1", date(2027, 2, 20), None)
    assert stage_of(doubtful) is Stage.PILOT


def test_a_go_with_conditions_needs_the_quorum_too(doubtful: Voyage) -> None:
    with frozen_at(DAY + timedelta(days=1)):
        attested(doubtful, "threat-model")
        with pytest.raises(Conflict, match="“go with conditions” is not open: the quorum is not complete"):
            decide(
                doubtful,
                CONDITIONS,
                conditions=[condition(doubtful, "requirement:authn-authz-review")],
            )


def test_what_is_refuted_cannot_be_made_a_condition(doubtful: Voyage) -> None:
    with frozen_at(DAY + timedelta(days=1)):
        attested(doubtful, "threat-model", meets=False)
        signed(doubtful)
        with pytest.raises(Conflict) as caught:
            decide(doubtful, CONDITIONS, conditions=[condition(doubtful, c) for c in unmet(doubtful)])
    assert caught.value.message == "“go with conditions” is not open: 1 criterion is not met and not waived."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"criterion": "no-such-row"}, "The gate has no criterion “no-such-row”."),
        ({"sentence": "do"}, "A condition says in a sentence what must be done"),
        ({"effect": ""}, "A condition says in a sentence what must be done"),
        ({"effect": "e" * 201}, "A condition says in a sentence what must be done"),
        ({"due_on": date(2027, 1, 11)}, "A condition is due in the future, not on 2027-01-11."),
        ({"owner": "mallory"}, "The owner of a condition must be a member of the program."),
    ],
)
def test_a_condition_says_what_by_whom_until_when(
    doubtful: Voyage, changes: dict[str, object], sentence: str
) -> None:
    good = condition(doubtful, "requirement:authn-authz-review")
    bad = condition(doubtful, **{"criterion": "tools", **changes})  # type: ignore[arg-type]
    with pytest.raises(BadInput) as caught:
        decide(doubtful, CONDITIONS, conditions=[good, bad])
    assert caught.value.message.startswith(sentence)
    assert (Decision.objects.count(), Condition.objects.count()) == (0, 0)


def test_a_go_with_conditions_without_any_is_a_go_and_must_say_so(sound: Voyage) -> None:
    signed(sound)
    with pytest.raises(BadInput, match="A go with conditions names at least one"):
        decide(sound, CONDITIONS)


@pytest.mark.parametrize("outcome", [GO, NO_GO, DEFER])
def test_other_outcomes_carry_no_conditions(sound: Voyage, outcome: Outcome) -> None:
    signed(sound)
    with pytest.raises(BadInput, match=f"“{outcome.label}” carries no conditions"):
        decide(sound, outcome, conditions=[condition(sound, "threat-model")])


# ------------------------------------------------------------ no-go and defer


@pytest.mark.parametrize("outcome", [NO_GO, DEFER])
def test_stopping_and_waiting_are_always_open_and_enter_no_stage(bosun: Voyage, outcome: Outcome) -> None:
    with pytest.raises(Conflict, match="GTE-1 has no snapshot yet"):
        decide(bosun, outcome)
    freeze(bosun)
    decide(bosun, outcome)
    decide(bosun, outcome)
    assert stage_of(bosun) is Stage.PROTOTYPE
    assert Decision.objects.count() == 2


def test_a_decision_for_an_earlier_stage_moves_nothing_back(sound: Voyage) -> None:
    signed(sound)
    decide(sound)
    freeze(sound, Stage.PROTOTYPE)
    sign(sound, *ADA, stage=Stage.PROTOTYPE)
    decide(sound, stage=Stage.PROTOTYPE)
    assert stage_of(sound) is Stage.PILOT


# ------------------------------------------------------------ by whom


def test_who_owns_a_control_in_the_gate_does_not_decide(sound: Voyage) -> None:
    ref = requirement(sound, "incident-playbook").ref
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[ref],
        owner_id=sound.crew.id("ada"),
    )
    freeze(sound)
    for outcome in (GO, DEFER):
        with pytest.raises(NotAllowed, match=rf"^You own {ref} in this gate; somebody else must decide\.$"):
            decide(sound, outcome)


def test_an_executive_does_not_decide_on_a_pilot(sound: Voyage) -> None:
    signed(sound)
    with pytest.raises(NotAllowed, match=r"^Your roles do not decide on pilot\.$") as caught:
        decide(sound, by="xan")
    assert caught.value.hint == "It takes one of: approver."


@pytest.mark.parametrize("name", ["tess", "dev", "eve", "cal", "odile"])
def test_who_does_not_decide_gates_is_refused(sound: Voyage, name: str) -> None:
    signed(sound)
    with pytest.raises(NotAllowed, match="do not let you decide a gate"):
        decide(sound, by=name)


def test_strangers_rules_and_tokens_decide_nothing(sound: Voyage) -> None:
    signed(sound)
    gate = gate_of(sound, Stage.PILOT)
    with pytest.raises(NotFound):
        services.decide_gate(
            actor=sound.crew.actor("mallory"), gate_id=gate.id, outcome=DEFER, reason="Because I say so."
        )
    _, secret = people.issue_token(
        actor=sound.crew.actor("omni"),
        program_id=sound.program_id,
        name="robot",
        scopes=["decide"],
        days=3,
    )
    for actor in (Actor.of_rule("wiring"), actor_of_token(secret, now=DAY)[0]):
        with pytest.raises(NotAllowed, match="made by a person, not by a token or a rule"):
            services.decide_gate(actor=actor, gate_id=gate.id, outcome=GO, reason="Because I say so.")
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("reason", ["", "too short", " " * 40, "x" * 1001])
def test_a_decision_has_a_reason(sound: Voyage, reason: str) -> None:
    signed(sound)
    with pytest.raises(BadInput, match="Give the reason for the decision in 10 to 1000 characters"):
        decide(sound, reason=reason)


# ------------------------------------------------------------ and who did not agree


def test_dissent_is_kept_beside_the_decision_that_was_made_against_it(sound: Voyage) -> None:
    signed(sound)
    sign(sound, "xan", Role.EXECUTIVE, Stance.DISSENT, reason="I would have to explain it.")
    assert quorum(sound).verdict is Verdict.MET
    row = decide(sound)
    found = selectors.signatures_on([row.snapshot_id])[row.snapshot_id]
    assert [(s.person, s.stance) for s in found][-1] == ("Xan Almeida", Stance.DISSENT)
