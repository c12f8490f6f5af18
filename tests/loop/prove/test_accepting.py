"""Evidence that arrives: what a check wrote is taken, and everything else is refused in one sentence."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from plimsoll.adapters.evidence import rejudge, run_check
from plimsoll.engines.statements.envelope import key_id
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger import subscriptions
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.models import Evidence, EvidenceSubject
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import actor_of_token
from tests.loop.prove.papers import fairness, push, rewritten, statement_in, stored
from tests.voyages import DAY, KEY, Voyage, kinds_since, model_bytes


def test_what_a_check_writes_becomes_evidence_of_the_system_that_has_the_file(
    skiff: Voyage, clean_model: bytes
) -> None:
    before = entry_count()
    (accepted,) = push(skiff, clean_model)
    assert (accepted.ref, accepted.system_ref, accepted.new) == ("EVD-1", "SYS-1", True)
    assert (accepted.outcome, accepted.answer) == ("pass", "clean")
    assert accepted.valid_until == DAY + timedelta(days=90)
    row = Evidence.objects.get()
    assert (row.check_id, row.check_version, row.requirement) == ("model-file", "1", "")
    assert row.subject_name == "model.safetensors"
    assert row.submitted_by_id == skiff.crew.id("dev")
    assert row.envelope.encode() == clean_model
    assert row.result["answer"] == "clean"
    assert [s.digest for s in EvidenceSubject.objects.all()] == [row.subject_digest]
    # the prototype's gate asks only for a plan of it, so that one does not turn
    assert kinds_since(before) == ["prove:evidence:stored", "decide:gate:turned"]


def test_a_fairness_statement_binds_to_the_predictions_and_to_the_model(skiff: Voyage, home: Path) -> None:
    model = home / "plimsoll_assets" / "skiff" / "model.safetensors"
    (accepted,) = push(skiff, fairness(home, model))
    assert (accepted.outcome, accepted.answer) == ("pass", "within limits")
    detail = selectors.evidence_by_ref(skiff.crew.actor("dev"), skiff.program_id, accepted.ref)
    assert [name for name, _ in detail.subjects] == ["predictions-even.csv", "model.safetensors"]
    assert detail.parameters["model"] == "model.safetensors"
    assert [r.ref for r in selectors.evidence_for_digest(
        skiff.crew.actor("odile"), skiff.program_id, detail.subjects[1][1]
    )] == [accepted.ref]  # fmt: skip


def test_a_check_that_fails_is_evidence_too(skiff: Voyage, home: Path) -> None:
    model = home / "plimsoll_assets" / "skiff" / "model.safetensors"
    (accepted,) = push(skiff, fairness(home, model, even=False))
    assert (accepted.outcome, accepted.answer) == ("fail", "outside limits")


def test_pushing_the_same_statement_again_gives_the_same_refs_and_writes_nothing(
    skiff: Voyage, clean_model: bytes
) -> None:
    (first,) = push(skiff, clean_model)
    before = entry_count()
    (again,) = push(skiff, clean_model, by="cal")
    assert (again.ref, again.new) == (first.ref, False)
    assert entry_count() == before
    assert stored() == 1


def test_the_same_statement_in_another_wrapping_is_still_the_same_statement(
    skiff: Voyage, clean_model: bytes
) -> None:
    """Only the payload is signed; blanks, key hints and further fields around it are anybody's."""
    (first,) = push(skiff, clean_model)
    wrapped = json.loads(clean_model)
    wrapped["signatures"][0].pop("keyid")
    for other in (json.dumps(json.loads(clean_model), indent=2), json.dumps({**wrapped, "note": "x"})):
        (again,) = push(skiff, other.encode())
        assert (again.ref, again.new) == (first.ref, False)
    assert stored() == 1


def test_one_statement_is_evidence_of_every_system_that_uses_the_file(
    skiff: Voyage, clean_model: bytes
) -> None:
    other = _second_system(skiff, shares_the_model=True)
    found = push(skiff, clean_model)
    assert [(a.ref, a.system_ref) for a in found] == [("EVD-1", "SYS-1"), ("EVD-2", other)]
    (only,) = push(skiff, clean_model, system=other)
    assert (only.ref, only.new) == ("EVD-2", False)


def test_with_a_system_named_only_that_system_gets_the_evidence(skiff: Voyage, clean_model: bytes) -> None:
    other = _second_system(skiff, shares_the_model=True)
    (only,) = push(skiff, clean_model, system=other)
    assert (only.ref, only.system_ref, stored()) == ("EVD-1", other, 1)


def test_a_named_system_without_the_file_is_refused(skiff: Voyage, clean_model: bytes) -> None:
    other = _second_system(skiff, shares_the_model=False)
    with pytest.raises(BadInput, match=rf"^No asset in {other} has the digest of model\.safetensors \("):
        push(skiff, clean_model, system=other)
    with pytest.raises(NotFound, match="There is no system SYS-9"):
        push(skiff, clean_model, system="SYS-9")
    assert stored() == 0


def _second_system(voyage: Voyage, *, shares_the_model: bool) -> str:
    system = scope.describe_system(
        actor=voyage.crew.actor("tess"),
        program_id=voyage.program_id,
        name="Tender",
        sentence="Rows between ship and shore",
        owner_id=voyage.crew.id("eve"),
    )
    if shares_the_model:
        scope.register_asset(
            actor=voyage.crew.actor("eve"),
            system_id=system.pk,
            kind="model",
            name="Sorter",
            digest=digest_bytes(model_bytes()),
        )
    return f"SYS-{system.number}"


def test_a_file_that_nobody_registered_is_refused_with_its_digest(skiff: Voyage, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(model_bytes(last=9))
    ran = run_check("model-file", path, {}, key=KEY, now=DAY)
    digest = ran.recording.subjects[0].digest
    with pytest.raises(BadInput) as caught:
        push(skiff, ran.envelope)
    assert caught.value.message == (
        f"No asset in this program has the digest of other.safetensors ({digest[:12]}…)."
    )
    assert caught.value.hint.startswith("Register the file as an asset")
    assert caught.value.data == {"digest": digest}


# ------------------------------------------------------------ who sends it


def test_a_stranger_is_told_that_there_is_no_such_program(skiff: Voyage, clean_model: bytes) -> None:
    with pytest.raises(NotFound, match="There is no such program"):
        push(skiff, clean_model, by="mallory")


@pytest.mark.parametrize("name", ["odile", "ada", "xan"])
def test_roles_that_do_not_submit_evidence_are_refused(skiff: Voyage, clean_model: bytes, name: str) -> None:
    with pytest.raises(NotAllowed, match=r"^Your roles in this program do not let you submit"):
        push(skiff, clean_model, by=name)
    assert stored() == 0


def test_a_rule_submits_no_evidence(skiff: Voyage, clean_model: bytes) -> None:
    with pytest.raises(NotAllowed, match="by a person or on a person's token"):
        services.accept_statement(
            actor=Actor.of_rule("time"), program_id=skiff.program_id, envelope=clean_model
        )


def test_a_token_submits_for_its_owner_if_its_scope_allows(skiff: Voyage, clean_model: bytes) -> None:
    def token(*scopes: str) -> Actor:
        _, secret = people.issue_token(
            actor=skiff.crew.actor("dev"), program_id=skiff.program_id, name="CI", scopes=scopes, days=9
        )
        return actor_of_token(secret, now=clock.now())[0]

    with pytest.raises(NotAllowed, match=r"^This token may not submit"):
        services.accept_statement(actor=token("read"), program_id=skiff.program_id, envelope=clean_model)
    (accepted,) = services.accept_statement(
        actor=token("prove"), program_id=skiff.program_id, envelope=clean_model
    )
    assert accepted.new
    assert Evidence.objects.get().submitted_by_id == skiff.crew.id("dev")


# ------------------------------------------------------------ what is kept of it


def test_what_is_stored_is_our_own_judgement_of_the_recording(skiff: Voyage, clean_model: bytes) -> None:
    """A forger may write any measure beside the right answer; nobody will ever see it."""
    forged = rewritten(
        clean_model,
        lambda s: s["predicate"]["result"].update(measures=[], read=["Everything was wonderful."]),
    )
    (accepted,) = push(skiff, forged)
    row = Evidence.objects.get()
    assert row.result["measures"]
    assert row.result["read"] == statement_in(clean_model)["predicate"]["result"]["read"]
    assert accepted.answer == "clean"


def test_every_stored_verdict_can_be_recomputed_from_what_is_stored(
    skiff: Voyage, clean_model: bytes, home: Path
) -> None:
    model = home / "plimsoll_assets" / "skiff" / "model.safetensors"
    push(skiff, clean_model)
    push(skiff, fairness(home, model))
    push(skiff, fairness(home, model, even=False))
    trusted = {key_id(KEY.public_key()): KEY.public_key()}
    for row in Evidence.objects.all():
        again = rejudge(row.envelope.encode(), trusted, now=DAY)
        assert again.result.to_json() == row.result
    assert stored() == 3


def test_two_programs_keep_their_own_evidence_and_keys(skiff: Voyage, clean_model: bytes) -> None:
    dev = skiff.crew.actor("dev")
    program = people.open_program(actor=dev, name="Compass")
    dev = skiff.crew.actor("dev")
    system = scope.describe_system(
        actor=dev,
        program_id=program.pk,
        name="Needle",
        sentence="Points north",
        owner_id=skiff.crew.id("dev"),
    )
    scope.register_asset(
        actor=dev, system_id=system.pk, kind="model", name="N", digest=digest_bytes(model_bytes())
    )
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    services.trust_key(actor=dev, program_id=program.pk, name="CI", public_key=public)
    services.accept_statement(actor=dev, program_id=program.pk, envelope=clean_model)
    assert [e.program_id for e in Evidence.objects.all()] == [program.pk]
    with pytest.raises(NotFound):
        selectors.evidence_by_ref(skiff.crew.actor("tess"), program.pk, "EVD-1")


# ------------------------------------------------------------ its end


def test_the_end_of_evidence_is_announced_once_by_the_product_itself(
    skiff: Voyage, clean_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when two workers look at once."""
    push(skiff, clean_model)
    hour = {"produced_at": "2027-01-11T08:00:00Z", "valid_until": "2027-04-11T08:00:00Z"}
    push(skiff, rewritten(clean_model, lambda s: s["predicate"].update(hour)))
    rule, end = Actor.of_rule("time"), DAY + timedelta(days=90)
    assert services.announce_expired(actor=rule, now=end - timedelta(hours=1, seconds=1)) == 0
    second: list[int] = []

    def look(event: Event) -> None:
        if not second:
            second.append(-1)
            second.append(services.announce_expired(actor=rule, now=end))

    monkeypatch.setitem(subscriptions._subscribers, EventKind.EVIDENCE_EXPIRED, [look])
    before = entry_count()
    assert services.announce_expired(actor=rule, now=end) == 1
    assert second == [-1, 1]
    assert services.announce_expired(actor=rule, now=end) == 0
    assert kinds_since(before) == [EventKind.EVIDENCE_EXPIRED] * 2
    with pytest.raises(NotAllowed, match="announced by the product itself"):
        services.announce_expired(actor=skiff.crew.actor("omni"), now=end)
