"""Signatures: by whom, on what, and which of them count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from plimsoll.engines.gates.quorum import Stance
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.models import SignOff
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.roles import Role
from plimsoll.people.selectors import actor_of_token
from tests.loop.decide.bridge import ADA, EVE, freeze, quorum, sign, signed
from tests.voyages import DAY, Voyage, attested, gate_at, gate_of, kinds_since, requirement


def test_everybody_who_must_sign_has_signed_what_is_true_now(sound: Voyage) -> None:
    freeze(sound)
    before = entry_count()
    assert [r.text for r in quorum(sound).reasons] == ["approver: 0 of 1 signed", "engineer: 0 of 1 signed"]
    sign(sound, *EVE)
    assert quorum(sound).verdict is Verdict.UNKNOWN
    row = sign(sound, *ADA)
    assert quorum(sound).verdict is Verdict.MET
    assert (row.role, row.stance, row.reason, row.signed_at) == ("approver", "agree", "", DAY)
    assert kinds_since(before) == ["decide:gate:signed", "decide:gate:signed"]
    snapshot = selectors.latest_snapshots([gate_of(sound, Stage.PILOT).id])
    (names,) = selectors.signatures_on([s.id for s in snapshot.values()]).values()
    assert [s.person for s in names] == ["Eve Lund", "Ada Okafor"]


def test_silence_is_never_consent(sound: Voyage) -> None:
    assert quorum(sound).verdict is Verdict.UNKNOWN
    freeze(sound)
    with frozen_at(DAY + timedelta(days=20)):
        assert quorum(sound).verdict is Verdict.UNKNOWN


# ------------------------------------------------------------ on what


def test_a_gate_that_was_never_frozen_cannot_be_signed(sound: Voyage) -> None:
    with pytest.raises(Conflict, match=r"^GTE-2 has no snapshot yet\.$"):
        sign(sound, *ADA)


def test_a_signature_names_the_digest_that_was_read(sound: Voyage) -> None:
    old = freeze(sound).digest
    with frozen_at(DAY + timedelta(days=1)):
        attested(sound, "threat-model")
        freeze(sound)
        with pytest.raises(Conflict, match=r"^GTE-2 was frozen again as snapshot 2\.$") as caught:
            sign(sound, *ADA, digest=old)
    assert caught.value.hint == "Look at it, then sign that one."
    assert SignOff.objects.count() == 0


@pytest.mark.parametrize("digest", ["", "0" * 64, "rubbish"])
def test_a_digest_that_nobody_froze_is_not_signed(sound: Voyage, digest: str) -> None:
    freeze(sound)
    with pytest.raises(Conflict):
        sign(sound, *ADA, digest=digest)


def test_facts_that_changed_since_are_named_instead_of_signed(sound: Voyage) -> None:
    frozen = freeze(sound)
    scope.answer(actor=sound.crew.actor("tess"), system_id=sound.system.pk, question="S1", value="partners")
    with pytest.raises(Conflict) as caught:
        sign(sound, *ADA, digest=frozen.digest)
    assert caught.value.message == (
        "The facts have changed since snapshot 1: "
        "authn/authz review: applies now; abuse rate limits: applies now."
    )
    assert caught.value.hint == "The TPM freezes the gate again; then sign."


def test_a_signature_turns_stale_when_something_it_was_given_for_changes(sound: Voyage) -> None:
    signed(sound)
    assert quorum(sound).verdict is Verdict.MET
    with frozen_at(DAY + timedelta(days=1)):
        attested(sound, "threat-model")
        assert quorum(sound).verdict is Verdict.UNKNOWN
        freeze(sound)
        assert quorum(sound).verdict is Verdict.UNKNOWN
        for name, role in (EVE, ADA):
            sign(sound, name, role)
        assert quorum(sound).verdict is Verdict.MET


def test_time_alone_makes_a_signature_stale_when_evidence_runs_out(sound: Voyage) -> None:
    signed(sound)
    with frozen_at(DAY + timedelta(days=29)):
        assert quorum(sound).verdict is Verdict.MET
    with frozen_at(DAY + timedelta(days=30)):
        assert quorum(sound).verdict is Verdict.UNKNOWN


# ------------------------------------------------------------ by whom


def test_nobody_signs_for_a_control_of_their_own(sound: Voyage) -> None:
    freeze(sound)
    with pytest.raises(NotAllowed) as caught:
        sign(sound, "dev", Role.ENGINEER)
    assert caught.value.message.startswith("You own REQ-")
    assert caught.value.message.endswith("in this gate; nobody signs for a control of their own.")
    with pytest.raises(NotAllowed, match="nobody signs for a control of their own"):
        sign(sound, "dev", Role.ENGINEER, Stance.SUPPORT, reason="It is fine, really.")
    assert SignOff.objects.count() == 0


@pytest.mark.parametrize("stance", [Stance.DISSENT, Stance.RECUSE])
def test_who_owns_a_control_may_still_dissent_or_step_back(sound: Voyage, stance: Stance) -> None:
    freeze(sound)
    sign(sound, "dev", Role.ENGINEER, stance, reason="I built it and would not ship it.")
    assert quorum(sound).reasons[1].text == "engineer: 0 of 1 signed"


def test_one_control_is_enough_to_be_no_judge(sound: Voyage) -> None:
    ref = requirement(sound, "drift-and-abuse-monitors").ref
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[ref],
        owner_id=sound.crew.id("eve"),
    )
    freeze(sound)
    with pytest.raises(NotAllowed, match=rf"^You own {ref} in this gate; nobody signs"):
        sign(sound, *EVE)


def test_who_takes_a_control_over_after_signing_is_no_longer_counted(sound: Voyage) -> None:
    signed(sound)
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[requirement(sound, "threat-model").ref],
        owner_id=sound.crew.id("ada"),
    )
    assert quorum(sound).verdict is Verdict.UNKNOWN
    freeze(sound)
    with pytest.raises(NotAllowed, match="nobody signs for a control of their own"):
        sign(sound, *ADA)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("ada", Role.ENGINEER),
        ("eve", Role.APPROVER),
        ("cal", Role.EXECUTIVE),
        ("tess", Role.ADMIN),
        ("omni", Role.AUDITOR),
        ("omni", Role.ADMIN),
    ],
)
def test_a_person_signs_only_in_a_role_that_they_hold_and_that_signs(
    sound: Voyage, name: str, role: Role
) -> None:
    freeze(sound)
    with pytest.raises(NotAllowed, match=rf"^You cannot sign as {role.label} in this program\.$"):
        sign(sound, name, role)


def test_auditors_strangers_rules_and_tokens_sign_nothing(sound: Voyage) -> None:
    digest = freeze(sound).digest
    with pytest.raises(NotAllowed, match="do not let you sign a gate"):
        sign(sound, "odile", Role.AUDITOR)
    with pytest.raises(NotFound):
        services.sign_gate(
            actor=sound.crew.actor("mallory"),
            gate_id=gate_of(sound, Stage.PILOT).id,
            role=Role.APPROVER,
            stance=Stance.AGREE,
            digest=digest,
        )
    _, secret = people.issue_token(
        actor=sound.crew.actor("eve"),
        program_id=sound.program_id,
        name="robot",
        scopes=["decide"],
        days=3,
    )
    for actor in (Actor.of_rule("wiring"), actor_of_token(secret, now=DAY)[0]):
        with pytest.raises(NotAllowed, match="signed by a person, not by a token or a rule"):
            services.sign_gate(
                actor=actor,
                gate_id=gate_of(sound, Stage.PILOT).id,
                role=Role.ENGINEER,
                stance=Stance.AGREE,
                digest=digest,
            )
    assert SignOff.objects.count() == 0


def test_nobody_signs_twice(sound: Voyage) -> None:
    freeze(sound)
    sign(sound, *ADA)
    with pytest.raises(Conflict, match="You have signed snapshot 1 already"):
        sign(sound, *ADA, Stance.DISSENT, reason="I have thought again.")


def test_the_database_itself_keeps_one_signature_per_person(sound: Voyage) -> None:
    freeze(sound)
    row = sign(sound, *ADA)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_one_person_with_every_role_fills_one_seat(sound: Voyage) -> None:
    freeze(sound)
    sign(sound, "omni", Role.ENGINEER)
    for role in (Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE, Role.TPM):
        with pytest.raises(Conflict, match="You have signed snapshot 1 already"):
            sign(sound, "omni", role)
    assert [r.text for r in quorum(sound).reasons] == ["approver: 0 of 1 signed", "engineer: 1 of 1 signed"]


def test_signatures_of_other_roles_fill_no_seat(sound: Voyage) -> None:
    freeze(sound)
    sign(sound, "cal", Role.COMPLIANCE)
    sign(sound, "xan", Role.EXECUTIVE)
    assert quorum(sound).verdict is Verdict.UNKNOWN


# ------------------------------------------------------------ with which stance


@pytest.mark.parametrize(
    ("stance", "label"),
    [
        (Stance.SUPPORT, "disagree but will support"),
        (Stance.DISSENT, "dissent"),
        (Stance.RECUSE, "recuse"),
    ],
)
def test_everything_but_agreement_needs_a_reason(sound: Voyage, stance: Stance, label: str) -> None:
    freeze(sound)
    with pytest.raises(BadInput) as caught:
        sign(sound, *ADA, stance, reason="  ")
    assert caught.value.message == f"A signature that says “{label}” needs a reason."
    assert caught.value.data == {"field": "reason"}
    assert sign(sound, *ADA, stance, reason=" Retention is open. ").reason == "Retention is open."


def test_disagreeing_but_supporting_fills_the_seat_and_dissent_does_not(sound: Voyage) -> None:
    freeze(sound)
    sign(sound, *EVE, Stance.DISSENT, reason="The drill is missing.")
    sign(sound, *ADA, Stance.SUPPORT, reason="I would wait, but I carry it.")
    assert [r.text for r in quorum(sound).reasons] == ["approver: 1 of 1 signed", "engineer: 0 of 1 signed"]
    sign(sound, "omni", Role.ENGINEER)
    assert quorum(sound).verdict is Verdict.MET


def test_the_gates_of_one_system_are_signed_apart(sound: Voyage) -> None:
    freeze(sound, Stage.PROTOTYPE)
    sign(sound, *ADA, stage=Stage.PROTOTYPE)
    assert quorum(sound, Stage.PROTOTYPE).verdict is Verdict.MET
    assert quorum(sound).verdict is Verdict.UNKNOWN
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET
