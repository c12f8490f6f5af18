"""A sample program goes as a whole; the log keeps that it was there, and nothing else is touched."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.ledger.records import record_key, recorded
from plimsoll.loop.decide import services as decide
from plimsoll.loop.decide.models import Decision
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove.models import Document
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import IdempotentReply, Program, RefCounter, SavedView, User
from plimsoll.people.roles import TOKEN_SCOPES, Role
from tests import personas
from tests.opened import content
from tests.voyages import KEY, Voyage, gate_of

SIGNER = Signer(name="log.test", key=KEY)


def sample(crew: personas.Crew) -> personas.Crew:
    """Another program of the crew, marked as the worked sample."""
    program = services.open_program(actor=crew.actor("tess"), name="Sample", sample=True)
    for name in ("dev", "odile"):
        services.set_roles(
            actor=crew.actor("tess"),
            program_id=program.pk,
            email=crew.users[name].email,
            roles=personas.CAST[name][1],
        )
    return personas.Crew(program=program, users=crew.users)


def remove(crew: personas.Crew, who: str = "tess") -> None:
    services.remove_program(actor=crew.actor(who), program_id=crew.program.pk)


# ------------------------------------------------------------ what may be removed, and by whom


def test_a_real_program_is_a_record_that_others_rely_on(ship: personas.Crew) -> None:
    before = Entry.objects.count()
    with pytest.raises(Conflict) as refused:
        remove(ship)
    assert refused.value.message == "Halyard is not a sample."
    assert refused.value.hint == "Only the worked sample can be removed as a whole."
    assert Program.objects.filter(pk=ship.program.pk).exists()
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("who", "error"), [("dev", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound), ("ada", NotFound)]
)
def test_only_its_tpm_or_admin_removes_a_sample(
    ship: personas.Crew, who: str, error: type[Exception]
) -> None:
    there = sample(ship)
    with pytest.raises(error):
        remove(there, who)
    assert Program.objects.filter(pk=there.program.pk).exists()


def test_neither_a_token_nor_a_rule_removes_a_sample(ship: personas.Crew) -> None:
    there = sample(ship)
    _, secret = services.issue_token(
        actor=there.actor("tess"), program_id=there.program.pk, name="ci", scopes=TOKEN_SCOPES, days=1
    )
    token, _ = selectors.actor_of_token(secret, now=clock.now())
    for actor in (token, Actor.of_rule("time")):
        with pytest.raises(NotAllowed):
            services.remove_program(actor=actor, program_id=there.program.pk)
    assert Program.objects.filter(pk=there.program.pk).exists()


# ------------------------------------------------------------ what is gone, and what stays


def test_an_empty_sample_goes_with_its_memberships_and_leaves_one_entry(ship: personas.Crew) -> None:
    there = sample(ship)
    before = Entry.objects.count()
    members = {record_key(row) for row in there.program.memberships.all()}
    program_key = record_key(there.program)
    pk = there.program.pk
    remove(there)
    entry = Entry.objects.select_related("payload").order_by("-index")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.kind, entry.subject, entry.program_id) == ("people:program:removed", "sample", pk)
    body = content(entry)
    assert body["name"] == "Sample"
    assert set(body["records"]) == {program_key, *members}
    assert set(body["records"].values()) == {None}
    assert body["records_removed"] == len(members) + 1
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


def test_people_stay_and_their_other_programs_are_untouched(ship: personas.Crew) -> None:
    there = sample(ship)
    users, halyard = User.objects.count(), ship.program.memberships.count()
    remove(there)
    assert User.objects.count() == users
    assert ship.program.memberships.count() == halyard
    assert not ship.actor("dev").sees(there.program.pk or 0)


def test_the_address_of_a_removed_sample_is_free_again_and_its_past_is_not_taken_over(
    ship: personas.Crew,
) -> None:
    there = sample(ship)
    old = there.program.pk
    remove(there)
    again = services.open_program(actor=ship.actor("tess"), name="Sample", sample=True)
    assert again.slug == "sample"
    assert again.pk != old
    assert Entry.objects.filter(program_id=again.pk).count() == 1


def everything(voyage: Voyage) -> None:
    """Leaves no kind of record of the program without a row."""
    crew, program = voyage.crew, voyage.program_id
    tess, dev, ada = crew.actor("tess"), crew.actor("dev"), crew.actor("ada")
    (risk,) = plan.raise_risks(
        actor=tess, program_id=program, risks=[plan.NewRisk(title="It leaks", system_id=voyage.system.pk)]
    )
    services.write_comment(actor=dev, program_id=program, ref=f"RSK-{risk.number}", text="Who saw it?")
    services.save_view(actor=dev, program_id=program, page="risks", name="Mine", query="", shared=True)
    token, _ = services.issue_token(actor=dev, program_id=program, name="ci", scopes=["read"], days=9)
    services.keep_reply(token.pk, "a", "1" * 64, status=201, body="{}")
    gate = gate_of(voyage, Stage.PILOT)
    snapshot = decide.freeze_gate(actor=tess, gate_id=gate.id)
    decide.sign_gate(
        actor=ada, gate_id=gate.id, role=Role.APPROVER, stance=Stance.AGREE, digest=snapshot.digest
    )
    decide.decide_gate(
        actor=ada, gate_id=gate.id, outcome=Outcome.DEFER, reason="After the trial in the first harbour."
    )
    decide.request_waiver(
        actor=tess,
        program_id=program,
        requirement_ref="REQ-1",
        reason="The supplier delivers in March.",
        compensating="A person reads every answer.",
        exit_plan="The supplier's delivery of March.",
        at_expiry="The pilot stops.",
        expires_on=date(2027, 3, 1),
    )
    decide.update_status(actor=dev, system_id=voyage.system.pk, sentence="All hands on the mail.")


def test_a_sample_with_documents_decisions_and_all_goes_without_a_trace_but_the_log(sound: Voyage) -> None:
    everything(sound)
    # Who loads the sample marks it when opening it; this one is marked behind the log's back.
    Program.objects.filter(pk=sound.program_id).update(sample=True)
    mine = f"Record people.Program:{sound.program_id} is not in the state that its last entry says."
    assert reconcile(SIGNER).faults == [mine]
    assert Document.objects.exists()
    assert Decision.objects.exists()
    users, entries = User.objects.count(), Entry.objects.count()

    remove(sound.crew)

    left = {model._meta.label for model in recorded() if model._default_manager.exists()}
    assert left == {"people.User"}
    for model in (SavedView, RefCounter, IdempotentReply):
        assert not model._default_manager.exists()
    assert (User.objects.count(), Entry.objects.count()) == (users, entries + 1)
    report = reconcile(SIGNER)
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert report.records == users


def test_removing_a_sample_takes_as_many_queries_for_many_risks_as_for_few(ship: personas.Crew) -> None:
    counts = []
    for size in (10, 400):
        there = sample(ship)
        plan.raise_risks(
            actor=there.actor("tess"),
            program_id=there.program.pk,
            risks=[plan.NewRisk(title=f"Risk {n}") for n in range(size)],
        )
        with CaptureQueriesContext(connection) as queries:
            remove(there)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 4
