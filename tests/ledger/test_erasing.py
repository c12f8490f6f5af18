"""Erasing a person: their words go everywhere, and nothing else does."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from plimsoll.engines.tlog.export import verify_export
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.report import Report
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, PlimsollError
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.content import content_of
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Box, Entry, Payload, SubjectKey
from plimsoll.ledger.records import record_state
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import ApiToken, Comment, Membership, SavedView, User
from plimsoll.people.roles import Role
from plimsoll.people.services import Erased, erase_person
from tests import personas
from tests.ledger.older import older_entry
from tests.voyages import KEY

SIGNER = Signer(name="log.test", key=KEY)
BASIS = "gdpr-17-1-b"


@pytest.fixture
def crew(ship: personas.Crew) -> personas.Crew:
    """Ada and Dev have spoken, and Ada has all that an account can have."""
    services.set_roles(
        actor=ship.actor("tess"),
        program_id=ship.program.pk,
        email="ada@halyard.example",
        roles=[Role.APPROVER, Role.ENGINEER],
    )
    ada, dev, at = ship.actor("ada"), ship.actor("dev"), ship.program.pk
    services.write_comment(actor=ada, program_id=at, ref="RSK-1", text="My words, says Ada.")
    services.write_comment(actor=dev, program_id=at, ref="RSK-1", text="Dev speaks.")
    services.issue_token(actor=ada, program_id=at, name="Ada's laptop", scopes=["read"], days=9)
    services.save_view(actor=ada, program_id=at, page="risks", name="Ada's", query="", shared=False)
    session = SessionStore()
    session["_auth_user_id"] = str(ship.id("ada"))
    session.save()
    return ship


def erase(crew: personas.Crew, name: str = "ada", *, by: str = "tess", apply: bool = True) -> Erased:
    return erase_person(by=crew.actor(by), email=f"{name}@halyard.example", basis=BASIS, apply=apply)


def whole() -> Report:
    return verify_export(export_lines(SIGNER), key=SIGNER.verifier)


def of_program(crew: personas.Crew) -> Report:
    return verify_export(export_lines(SIGNER, program_id=crew.program.pk), key=SIGNER.verifier)


# ------------------------------------------------------------ what goes


def test_without_apply_nothing_changes_and_it_says_what_would(crew: personas.Crew) -> None:
    before = (Entry.objects.count(), list(User.objects.values()), list(Comment.objects.values()))
    found = erase(crew, apply=False)
    assert found == Erased(
        pseudonym=f"person:{crew.id('ada')}",
        entries=3,
        comments=1,
        programs=("halyard",),
        mentions=(),
    )
    assert before == (Entry.objects.count(), list(User.objects.values()), list(Comment.objects.values()))
    assert erase(crew) == found


def test_the_account_stays_as_a_number_without_name_and_nobody_signs_in_with_it(crew: personas.Crew) -> None:
    pk = crew.id("ada")
    erase(crew)
    user = User.objects.get(pk=pk)
    assert user.name == f"Erased person {pk}"
    assert (user.email, user.handle) == (f"{pk}@erased.invalid", f"erased-{pk}")
    assert not user.is_active
    assert not user.has_usable_password()
    assert not Membership.objects.filter(user=user).exists()
    assert not ApiToken.objects.filter(user=user).exists()
    assert not SavedView.objects.filter(owner=user).exists()
    assert not Session.objects.exists()
    assert [comment.text for comment in Comment.objects.order_by("pk")] == [
        "Erased on 11 Jan 2027.",
        "Dev speaks.",
    ]


def test_the_session_of_somebody_else_goes_on(crew: personas.Crew, client: Client) -> None:
    client.force_login(crew.users["tess"])
    erase(crew)
    assert client.get("/halyard/").status_code == 200


def test_nothing_that_can_be_opened_holds_name_address_or_words(crew: personas.Crew) -> None:
    erase(crew)
    lines = b"".join(export_lines(SIGNER))
    for words in ("Ada", "ada@", '"ada"', "laptop"):
        assert words.encode() not in lines
        assert not any(words in str(content_of(entry).payload) for entry in Entry.objects.all())
    assert b"Dev speaks." in lines
    assert b"Dev Rao" in lines


def test_the_key_is_another_one_and_every_box_about_the_person_from_before_is_empty(
    crew: personas.Crew,
) -> None:
    subject = f"person:{crew.id('ada')}"
    key = bytes(SubjectKey.objects.get(subject=subject).wrapped)
    before = list(Box.objects.filter(subject=subject).values_list("pk", flat=True))
    others = list(Box.objects.exclude(subject=subject).order_by("pk").values("pk", "box", "digests"))
    erase(crew)
    assert not Box.objects.filter(pk__in=before, box__isnull=False).exists()
    assert bytes(SubjectKey.objects.get(subject=subject).wrapped) != key
    kept = Box.objects.filter(pk__in=[row["pk"] for row in others])
    assert list(kept.order_by("pk").values("pk", "box", "digests")) == others


# ------------------------------------------------------------ what is said


def test_the_whole_export_is_met_and_says_what_was_erased_when(crew: personas.Crew) -> None:
    erase(crew)
    report = whole()
    assert (report.judgement.verdict, report.faults) == (Verdict.MET, [])
    assert report.erased == 3
    assert all("erased on 2027-01-11" in said for said in report.erasures)
    assert all(f"({BASIS}, asked for by person:{crew.id('tess')})" in said for said in report.erasures)
    assert len(report.erasures) == 2  # one for the program, one for what belongs to none
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


def test_the_export_of_one_program_accounts_for_what_is_missing_in_it(crew: personas.Crew) -> None:
    """And shows nothing of another program in which the person spoke, too."""
    other = services.open_program(actor=crew.actor("tess"), name="Compass")
    services.set_roles(
        actor=crew.actor("tess"), program_id=other.pk, email="ada@halyard.example", roles=[Role.APPROVER]
    )
    services.write_comment(actor=crew.actor("ada"), program_id=other.pk, ref="RSK-1", text="Elsewhere")
    erase(crew)
    report = of_program(crew)
    assert (report.judgement.verdict, report.faults, len(report.erasures)) == (Verdict.MET, [], 1)
    lines = b"".join(export_lines(SIGNER, program_id=crew.program.pk))
    assert b"compass" not in lines
    assert whole().judgement.verdict is Verdict.MET


def test_an_entry_that_lost_content_is_still_proven_and_its_page_says_so(
    crew: personas.Crew, client: Client
) -> None:
    entry = Entry.objects.filter(kind="people:comment:written").earliest("index")
    erase(crew)
    make_checkpoint(SIGNER)
    found = content_of(entry)
    assert found.payload is not None
    assert "text" not in next(iter(found.payload["records"].values()))
    said = Entry.objects.get(index=found.erased_by)
    assert (found.erased, said.kind, found.erased_at) == (1, "people:content:erased", said.at)
    client.force_login(crew.users["tess"])
    page = client.get(f"/halyard/log/{entry.index}/").content.decode()
    assert f"1 field of it was erased on 11 Jan 2027 by entry {said.index}; the entry still stands." in page
    assert "My words" not in page


def test_a_person_can_be_there_again_and_be_erased_again(crew: personas.Crew) -> None:
    erase(crew)
    again = services.join(email="ada@halyard.example", name="Ada Okafor", password=None)
    services.set_roles(
        actor=crew.actor("tess"), program_id=crew.program.pk, email=again.email, roles=[Role.APPROVER]
    )
    services.write_comment(
        actor=selectors.actor_of(again), program_id=crew.program.pk, ref="RSK-1", text="Back"
    )
    assert erase(crew).pseudonym == f"person:{again.pk}"
    assert whole().judgement.verdict is Verdict.MET


def test_records_of_the_program_that_name_the_person_are_listed_and_stay(crew: personas.Crew) -> None:
    remark = services.write_comment(
        actor=crew.actor("dev"), program_id=crew.program.pk, ref="RSK-1", text="ada okafor said so"
    )
    assert erase(crew).mentions == (f"people.Comment:{remark.pk}",)
    remark.refresh_from_db()
    assert remark.text == "ada okafor said so"


# ------------------------------------------------------------ entries of the release before


def test_an_entry_of_version_1_goes_as_a_whole_and_its_records_are_stated_anew(crew: personas.Crew) -> None:
    ada, dev = crew.users["ada"], crew.users["dev"]
    both = {f"people.User:{user.pk}": record_state(user) for user in (ada, dev)}
    for number in range(2):
        older_entry(
            kind="people:person:joined",
            actor="person:1",
            subject="log",
            payload={"n": number, "records": both},
        )
    kept = older_entry(kind="people:person:joined", actor="person:1", subject="log", payload={"n": 2})
    older_entry(kind="people:person:joined", actor="person:1", subject="log", payload={"records": both})
    assert whole().faults == []
    assert erase(crew).entries == 6
    report = whole()
    assert (report.judgement.verdict, report.faults, report.erased) == (Verdict.MET, [], 6)
    assert list(Payload.objects.exclude(body="").values_list("pk", flat=True)) == [kept.pk]
    gone = Payload.objects.filter(body="").select_related("entry").first()
    assert gone is not None
    found = content_of(gone.entry)
    assert (found.payload, found.erased) == (None, 1)
    assert found.erased_at is not None
    assert b"Dev Rao" in b"".join(export_lines(SIGNER))


# ------------------------------------------------------------ what is refused


def refused(error: type[PlimsollError], by: Actor, email: str, basis: str = BASIS) -> str:
    before = Entry.objects.count()
    with pytest.raises(error) as caught:
        erase_person(by=by, email=email, basis=basis, apply=True)
    assert Entry.objects.count() == before
    return caught.value.message


def test_the_last_tpm_or_admin_of_a_program_is_not_erased(crew: personas.Crew) -> None:
    services.set_roles(
        actor=crew.actor("tess"),
        program_id=crew.program.pk,
        email="omni@halyard.example",
        roles=[Role.AUDITOR],
    )
    assert (
        refused(Conflict, crew.actor("tess"), "tess@halyard.example")
        == "The program halyard would be left without a TPM or admin."
    )


def test_the_only_person_is_not_erased(db: None) -> None:
    alone = services.join(email="alone@halyard.example", name="Alone", password=None)
    message = refused(Conflict, selectors.actor_of(alone), alone.email)
    assert message == "Nobody with an account would be left here."


def test_only_oneself_or_an_administrator_of_all_programs_erases(crew: personas.Crew) -> None:
    assert (
        refused(NotAllowed, crew.actor("dev"), "ada@halyard.example")
        == "Dev Rao is no administrator of halyard."
    )
    assert (
        refused(NotAllowed, crew.actor("dev"), "mallory@halyard.example")
        == "A person is erased by themselves or by an administrator."
    )
    assert erase(crew, "mallory").programs == ()
    assert erase(crew, by="ada").pseudonym == f"person:{crew.id('ada')}"


def test_who_is_not_there_and_who_was_erased_is_not_found(crew: personas.Crew) -> None:
    erase(crew)
    for email in ("ada@halyard.example", f"{crew.id('ada')}@erased.invalid", "nobody@halyard.example"):
        assert (
            refused(NotFound, crew.actor("tess"), email) == f"There is nobody with the address {email} here."
        )


def test_a_basis_that_is_not_known_is_refused_and_the_known_ones_are_named(crew: personas.Crew) -> None:
    with pytest.raises(BadInput, match="no legal basis that is known") as caught:
        erase_person(by=crew.actor("tess"), email="ada@halyard.example", basis="because", apply=False)
    assert "gdpr-17-1-a" in caught.value.hint


def test_while_an_entry_about_the_person_waits_nothing_is_erased(
    crew: personas.Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.people.services.erasing.sequence", lambda: 0)
    box = Box.objects.filter(subject=f"person:{crew.id('ada')}").latest("pk")
    row = Entry.objects.create(kind="x", at=box.entry.at, actor="x", subject="x", commit="", leaf_hash="")
    Box.objects.create(entry=row, subject=box.subject, digests=b"", box=b"x")
    assert "waits for its place" in refused(Conflict, crew.actor("tess"), "ada@halyard.example")
