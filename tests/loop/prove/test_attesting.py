"""What no check can see: somebody shows a document, and somebody independent looks at it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import override_settings

from plimsoll.adapters.keys import load_key
from plimsoll.engines.gates.proof import Proof
from plimsoll.engines.statements.envelope import key_id, open_envelope
from plimsoll.engines.statements.statement import ATTESTATION, Statement
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import (
    BadInput,
    Conflict,
    ErrorCode,
    NotAllowed,
    NotFound,
    PlimsollError,
    Untrusted,
)
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.models import Document, Evidence, Review
from plimsoll.loop.prove.services.attestations import LARGEST_DOCUMENT
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import actor_of_token
from tests.voyages import DAY, SAYS, Voyage, attested, dossier_of, kinds_since, requirement

RULE = "threat-model"


def show(
    voyage: Voyage,
    *,
    by: str = "dev",
    rule: str = RULE,
    name: str = "threats.md",
    content: bytes = b"# Threats\n",
    sentence: str = SAYS,
) -> Evidence:
    return services.attest(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        requirement_ref=requirement(voyage, rule).ref,
        file_name=name,
        content=content,
        sentence=sentence,
    )


def review(
    voyage: Voyage,
    ref: str = "EVD-1",
    *,
    by: str = "eve",
    meets: bool = True,
    remark: str = "",
    period: tuple[date, date] | None = None,
) -> Review:
    start, end = period or (None, None)
    return services.review_evidence(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        evidence_ref=ref,
        meets_intent=meets,
        sample="two pages of nine",
        period_from=start,
        period_to=end,
        remark=remark,
    )


def proof(voyage: Voyage, rule: str = RULE, *, days: int = 0) -> Proof:
    return dossier_of(voyage, now=DAY + timedelta(days=days)).proofs.proofs[rule]


def test_an_attestation_is_a_signed_statement_bound_to_the_document(skiff: Voyage, home: Path) -> None:
    row = show(skiff)
    key = load_key(home / "plimsoll_keys" / "attestations.pem").public_key()
    opened = open_envelope(row.envelope.encode(), {key_id(key): key})
    statement = Statement.from_bytes(opened.body)
    assert statement.predicate_type == ATTESTATION
    assert statement.subjects == (("threats.md", digest_bytes(b"# Threats\n")),)
    assert statement.predicate["requirement"] == RULE
    assert statement.predicate["system"] == "SYS-1"
    assert statement.predicate["attested_by"] == f"person:{skiff.crew.id('dev')}"
    assert statement.predicate["sentence"] == SAYS
    assert (statement.produced_at, statement.valid_until) == (DAY, DAY + timedelta(days=180))
    assert (row.outcome, row.answer, row.key_id) == ("inconclusive", "attested", key_id(key))


def test_what_somebody_attests_counts_only_when_somebody_independent_agrees(skiff: Voyage) -> None:
    before = entry_count()
    show(skiff)
    found = proof(skiff)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.judgement.deciding[0].text == "attested; nobody independent has reviewed it yet"
    review(skiff)
    assert proof(skiff).judgement.verdict is Verdict.MET
    assert not proof(skiff).single_source
    assert [k for k in kinds_since(before) if k.startswith("prove")] == [
        "prove:evidence:stored",
        "prove:evidence:reviewed",
    ]


def test_the_author_cannot_review_their_own_evidence(skiff: Voyage) -> None:
    show(skiff, by="omni")
    with pytest.raises(NotAllowed, match="You submitted EVD-1 yourself"):
        review(skiff, by="omni")
    assert proof(skiff).judgement.verdict is Verdict.UNKNOWN


def test_the_owner_of_the_requirement_cannot_review_evidence_for_it(skiff: Voyage) -> None:
    show(skiff, by="eve")
    ref = requirement(skiff, RULE).ref
    with pytest.raises(NotAllowed, match=f"You own {ref}, which this evidence is for"):
        review(skiff, by="dev")


def test_a_reviewer_who_takes_the_requirement_over_is_no_longer_independent(skiff: Voyage) -> None:
    show(skiff)
    review(skiff, by="eve")
    plan.change_requirements(
        actor=skiff.crew.actor("tess"),
        program_id=skiff.program_id,
        refs=[requirement(skiff, RULE).ref],
        owner_id=skiff.crew.id("eve"),
    )
    assert proof(skiff).judgement.verdict is Verdict.UNKNOWN


def test_nobody_reviews_the_same_evidence_twice(skiff: Voyage) -> None:
    show(skiff)
    review(skiff)
    with pytest.raises(Conflict, match="You have reviewed EVD-1 already"):
        review(skiff, meets=False, remark="On second thoughts no.")
    assert Review.objects.count() == 1


def test_a_negative_review_says_what_is_missing_and_refutes_the_document(skiff: Voyage) -> None:
    show(skiff)
    with pytest.raises(BadInput, match="Say what is missing") as caught:
        review(skiff, meets=False, remark="   ")
    assert caught.value.data == {"field": "remark"}
    review(skiff, meets=False, remark="There is no date on it.")
    found = proof(skiff)
    assert found.judgement.verdict is Verdict.NOT_MET
    assert found.judgement.deciding[0].text == "a reviewer found that it does not show what is required"


def test_one_doubt_outweighs_any_number_of_agreements(skiff: Voyage) -> None:
    show(skiff)
    for name in ("eve", "ada", "tess"):
        review(skiff, by=name)
    review(skiff, by="cal", meets=False, remark="It is last year's.")
    assert proof(skiff).judgement.verdict is Verdict.NOT_MET


def test_a_newer_document_replaces_the_older_and_needs_its_own_review(skiff: Voyage) -> None:
    show(skiff)
    review(skiff)
    with frozen_at(DAY + timedelta(days=1)):
        show(skiff, content=b"# Threats, second edition\n")
    assert proof(skiff, days=1).judgement.verdict is Verdict.UNKNOWN


def test_an_attestation_expires_by_itself(skiff: Voyage) -> None:
    show(skiff, rule="secrets-and-dependency-scan")
    review(skiff)
    assert proof(skiff, "secrets-and-dependency-scan", days=29).judgement.verdict is Verdict.MET
    found = proof(skiff, "secrets-and-dependency-scan", days=30)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.judgement.deciding[0].text == "the attested document expired on 10 Feb 2027"
    assert found.stale


def test_a_document_speaks_only_for_its_requirement_and_system(skiff: Voyage) -> None:
    show(skiff)
    review(skiff)
    assert proof(skiff, "trace-logging").judgement.verdict is Verdict.UNKNOWN


def test_a_requirement_that_a_check_proves_takes_no_document(skiff: Voyage) -> None:
    ref = requirement(skiff, "model-artefact-scan").ref
    with pytest.raises(Conflict) as caught:
        show(skiff, rule="model-artefact-scan")
    assert caught.value.message == f"{ref} is proven by model-file, not by a document."
    assert caught.value.hint == "Run: plimsoll check run model-file SUBJECT --push"


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"content": b""}, "The document is empty.", "document"),
        ({"name": ""}, "The document needs a plain file name.", "document"),
        ({"name": "../threats.md"}, "The document needs a plain file name.", "document"),
        ({"name": "c:\\threats.md"}, "The document needs a plain file name.", "document"),
        ({"name": "t" * 201}, "The document needs a plain file name.", "document"),
        ({"sentence": "ok"}, "Say in 10 to 500 characters what the document shows.", "sentence"),
        ({"sentence": " " * 30}, "Say in 10 to 500 characters what the document shows.", "sentence"),
        ({"sentence": "x" * 501}, "Say in 10 to 500 characters what the document shows.", "sentence"),
    ],
)
def test_a_document_without_content_name_or_meaning_is_refused(
    skiff: Voyage, changes: dict[str, object], sentence: str, field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        show(skiff, **changes)  # type: ignore[arg-type]
    assert (caught.value.message, caught.value.data) == (sentence, {"field": field})
    assert (Evidence.objects.count(), Document.objects.count()) == (0, 0)


def test_a_document_may_have_twenty_megabytes_and_no_more(skiff: Voyage) -> None:
    with pytest.raises(BadInput, match="The document has 20,971,521 bytes") as caught:
        show(skiff, content=b"x" * (LARGEST_DOCUMENT + 1))
    assert caught.value.code is ErrorCode.TOO_LARGE
    show(skiff, content=b"x" * LARGEST_DOCUMENT)


@pytest.mark.parametrize("name", ["ada", "xan", "odile"])
def test_who_submits_no_evidence_attests_nothing(skiff: Voyage, name: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you submit"):
        show(skiff, by=name)


def test_strangers_and_rules_attest_and_review_nothing(skiff: Voyage) -> None:
    ref = requirement(skiff, RULE).ref
    with pytest.raises(NotFound, match="There is no such program"):
        show(skiff, by="mallory")
    with pytest.raises(NotAllowed, match="A document is attested by a person"):
        services.attest(
            actor=Actor.of_rule("time"), program_id=skiff.program_id, requirement_ref=ref,
            file_name="a.md", content=b"a", sentence=SAYS,
        )  # fmt: skip
    show(skiff)
    with pytest.raises(NotFound, match="There is no such program"):
        review(skiff, by="mallory")
    with pytest.raises(NotAllowed, match="by a person, not by a token"):
        services.review_evidence(
            actor=Actor.of_rule("time"),
            program_id=skiff.program_id,
            evidence_ref="EVD-1",
            meets_intent=True,
        )


@pytest.mark.parametrize("name", ["xan", "odile"])
def test_who_reviews_no_evidence_is_refused(skiff: Voyage, name: str) -> None:
    show(skiff)
    with pytest.raises(NotAllowed, match="do not let you review"):
        review(skiff, by=name)
    assert Review.objects.count() == 0


def test_a_token_reviews_nothing(skiff: Voyage) -> None:
    show(skiff)
    _, secret = people.issue_token(
        actor=skiff.crew.actor("eve"), program_id=skiff.program_id, name="CI", scopes=["prove"], days=3
    )
    with pytest.raises(NotAllowed, match="by a person, not by a token"):
        services.review_evidence(
            actor=actor_of_token(secret, now=DAY)[0],
            program_id=skiff.program_id,
            evidence_ref="EVD-1",
            meets_intent=True,
        )


@pytest.mark.parametrize("ref", ["EVD-2", "EVD-0", "REQ-1", "EVD-٣", "EVD-99999999999", ""])
def test_evidence_that_is_not_there_is_not_reviewed(skiff: Voyage, ref: str) -> None:
    show(skiff)
    with pytest.raises(NotFound):
        review(skiff, ref)


def test_evidence_of_another_program_is_not_there(skiff: Voyage) -> None:
    show(skiff)
    elsewhere = people.open_program(actor=skiff.crew.actor("eve"), name="Compass")
    with pytest.raises(NotFound, match="There is no evidence EVD-1 in this program"):
        services.review_evidence(
            actor=skiff.crew.actor("eve"),
            program_id=elsewhere.pk,
            evidence_ref="EVD-1",
            meets_intent=True,
        )


def test_a_review_keeps_what_was_looked_at_and_over_which_time(skiff: Voyage) -> None:
    show(skiff)
    with pytest.raises(BadInput, match="The period ends before it begins"):
        review(skiff, period=(date(2027, 1, 9), date(2027, 1, 8)))
    review(skiff, remark="  Well done.  ", period=(date(2027, 1, 1), date(2027, 1, 9)))
    (row,) = selectors.evidence_by_ref(skiff.crew.actor("odile"), skiff.program_id, "EVD-1").reviews
    assert (row.reviewer, row.meets_intent, row.sample) == ("Eve Lund", True, "two pages of nine")
    assert (row.period_from, row.period_to) == (date(2027, 1, 1), date(2027, 1, 9))
    assert (row.remark, row.reviewed_at) == ("Well done.", DAY)


def test_evidence_made_and_judged_by_the_owner_alone_is_marked_single_source(skiff: Voyage) -> None:
    show(skiff, by="dev")
    assert proof(skiff).single_source
    show(skiff, by="tess", rule="trace-logging")
    assert not proof(skiff, "trace-logging").single_source


# ------------------------------------------------------------ documents


def test_a_document_is_kept_once_under_its_digest(skiff: Voyage) -> None:
    content = b"# The same scan for two requirements\n"
    show(skiff, content=content)
    show(skiff, rule="trace-logging", name="again.md", content=content)
    document = Document.objects.get()
    digest = digest_bytes(content)
    assert document.content.name == f"{skiff.program_id}/{digest[:2]}/{digest}"
    assert (document.name, document.size) == ("threats.md", len(content))
    with default_storage.open(document.content.name) as kept:
        assert kept.read() == content
    detail = selectors.evidence_by_ref(skiff.crew.actor("odile"), skiff.program_id, "EVD-2")
    assert detail.document == ("threats.md", digest, len(content))
    assert detail.row.subject_name == "again.md"


def test_the_document_is_handed_out_only_as_it_was_attested(skiff: Voyage, tmp_path: Path) -> None:
    odile = skiff.crew.actor("odile")
    with override_settings(STORAGES=_storages(tmp_path)):
        show(skiff, content=b"# As it was\n")
        assert selectors.document_of(odile, skiff.program_id, "EVD-1") == ("threats.md", b"# As it was\n")
        kept = Path(default_storage.path(Document.objects.get().content.name))
        kept.write_bytes(b"# As it should have been\n")
        with pytest.raises(Untrusted, match="The stored document of EVD-1 is not the one that was attested"):
            selectors.document_of(odile, skiff.program_id, "EVD-1")
        kept.unlink()
        with pytest.raises(NotFound, match="The document of EVD-1 is not where it was stored"):
            selectors.document_of(odile, skiff.program_id, "EVD-1")


def _storages(folder: Path) -> dict[str, object]:
    backend = "django.core.files.storage.FileSystemStorage"
    return {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": {"location": str(folder)}}}


def test_evidence_of_a_check_has_no_document(skiff: Voyage, clean_model: bytes) -> None:
    services.accept_statement(
        actor=skiff.crew.actor("dev"), program_id=skiff.program_id, envelope=clean_model
    )
    for ref in ("EVD-1", "EVD-2"):
        with pytest.raises(NotFound, match=f"There is no document with {ref}"):
            selectors.document_of(skiff.crew.actor("odile"), skiff.program_id, ref)
    with pytest.raises(NotFound, match="There is no such program"):
        selectors.document_of(skiff.crew.actor("mallory"), skiff.program_id, "EVD-1")


def test_a_refused_attestation_keeps_nothing_of_the_document(skiff: Voyage) -> None:
    content = b"# never to be kept\n"
    with pytest.raises(PlimsollError):
        show(skiff, content=content, sentence="no")
    digest = digest_bytes(content)
    assert not default_storage.exists(f"{skiff.program_id}/{digest[:2]}/{digest}")


def test_the_name_of_a_document_may_be_in_any_script(skiff: Voyage) -> None:
    show(skiff, name="Bedrohungen – Übersicht (Κύριο).md")
    assert Evidence.objects.get().subject_name == "Bedrohungen – Übersicht (Κύριο).md"
    assert json.loads(Evidence.objects.get().envelope)["payloadType"] == "application/vnd.in-toto+json"


def test_the_same_document_by_the_same_person_is_evidence_each_time_it_is_shown(skiff: Voyage) -> None:
    attested(skiff, RULE, reviewer="")
    with frozen_at(DAY + timedelta(days=1)):
        attested(skiff, RULE, reviewer="")
    assert Evidence.objects.count() == 2
    assert Document.objects.count() == 1


def test_a_form_that_is_sent_twice_in_one_moment_attests_once(skiff: Voyage) -> None:
    show(skiff)
    with pytest.raises(Conflict, match=r"at this very moment already\.$"):
        show(skiff)
    show(skiff, by="tess")
    assert Evidence.objects.count() == 2
