"""What contradicts evidence opens it again: it counts no more until somebody looks, or newer comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import Conflict, NotAllowed
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.models import Evidence, Reopening
from plimsoll.people.actors import Actor
from tests.loop.prove.papers import push
from tests.pages import Pages
from tests.voyages import DAY, Voyage, criterion, dossier_of, gate_at, kinds_since, model_bytes

RULE = Actor.of_rule("wiring")
LATER = DAY + timedelta(hours=1)
DRIFT = "SIG-1 found that the inputs are others"


def reopen(voyage: Voyage, *, source: str = "SIG-1", at: int = 1, **what: object) -> int:
    now = DAY + timedelta(hours=at)
    with frozen_at(now):
        return services.reopen_evidence(
            actor=RULE,
            program_id=voyage.program_id,
            source=source,
            reason=DRIFT,
            now=now,
            **what,  # type: ignore[arg-type]
        )


def review(voyage: Voyage, ref: str, *, hours: int = 2) -> None:
    with frozen_at(DAY + timedelta(hours=hours)):
        services.review_evidence(
            actor=voyage.crew.actor("eve"),
            program_id=voyage.program_id,
            evidence_ref=ref,
            meets_intent=True,
        )


def scan() -> Evidence:
    return Evidence.objects.get(check_id="model-file")


def threat_model() -> str:
    return f"EVD-{Evidence.objects.get(requirement='threat-model').number}"


def test_evidence_about_a_digest_is_opened_once_and_its_gate_turns(sound: Voyage) -> None:
    before = entry_count()
    digest = digest_bytes(model_bytes())
    assert reopen(sound, digests=[digest], checks=["model-file"]) == 1
    assert kinds_since(before)[:2] == ["prove:evidence:reopened", "decide:gate:turned"]
    gate = gate_at(sound, Stage.PILOT, now=LATER)
    assert gate.result.judgement.verdict is Verdict.UNKNOWN
    assert criterion(gate, "model-file").judgement.deciding[0].text == (
        f"model-file passed Sorter, but since then {DRIFT}"
    )
    assert reopen(sound, digests=[digest], checks=["model-file"]) == 0
    assert gate_at(sound, Stage.PILOT, now=DAY).result.judgement.verdict is Verdict.MET


def test_evidence_for_a_requirement_is_opened_whether_attested_or_checked(sound: Voyage) -> None:
    assert reopen(sound, rules=["threat-model", "model-artefact-scan"]) == 2
    proofs = dossier_of(sound, now=LATER).proofs.proofs
    assert proofs["threat-model"].judgement.deciding[0].text == f"it was attested, but since then {DRIFT}"
    assert proofs["model-artefact-scan"].judgement.verdict is Verdict.UNKNOWN


def test_it_counts_again_when_somebody_independent_confirms_it(sound: Voyage) -> None:
    reopen(sound, digests=[digest_bytes(model_bytes())], checks=["model-file"])
    review(sound, f"EVD-{scan().number}")
    after = DAY + timedelta(hours=3)
    assert gate_at(sound, Stage.PILOT, now=after).result.judgement.verdict is Verdict.MET


def test_who_reviewed_before_looks_again_once_for_each_contradiction(sound: Voyage) -> None:
    with pytest.raises(Conflict, match="reviewed EVD-"):
        review(sound, threat_model())
    reopen(sound, rules=["threat-model"])
    review(sound, threat_model())
    with pytest.raises(Conflict, match="reviewed EVD-"):
        review(sound, threat_model(), hours=3)
    reopen(sound, source="SIG-2", at=4, rules=["threat-model"])
    review(sound, threat_model(), hours=5)


def test_the_same_statement_pushed_again_answers_nothing(sound: Voyage, clean_model: bytes) -> None:
    reopen(sound, digests=[digest_bytes(model_bytes())], checks=["model-file"])
    assert not push(sound, clean_model)[0].new
    assert gate_at(sound, Stage.PILOT, now=LATER).result.judgement.verdict is Verdict.UNKNOWN


def test_what_fails_or_has_expired_or_is_another_systems_stays_as_it_is(sound: Voyage) -> None:
    digest = digest_bytes(model_bytes())
    assert reopen(sound, digests=[digest], checks=["model-file"], system_id=sound.system.pk + 1) == 0
    Evidence.objects.filter(check_id="model-file").update(outcome="fail")
    assert reopen(sound, digests=[digest], checks=["model-file"]) == 0
    Evidence.objects.filter(check_id="model-file").update(outcome="pass", valid_until=LATER)
    assert reopen(sound, digests=[digest], checks=["model-file"]) == 0
    assert reopen(sound) == 0


def test_only_rules_open_evidence_again(sound: Voyage) -> None:
    with pytest.raises(NotAllowed, match="by the product itself"):
        services.reopen_evidence(
            actor=sound.crew.actor("tess"),
            program_id=sound.program_id,
            source="me",
            reason="because",
            now=LATER,
            rules=["threat-model"],
        )
    assert not Reopening.objects.exists()


def test_the_page_says_what_contradicts_it_and_asks_for_a_review(sound: Voyage, client: Client) -> None:
    reopen(sound, rules=["threat-model"])
    ref, eve = threat_model(), sound.crew.actor("eve")
    assert ref in {row.ref for row in selectors.waiting_for_review(eve, sound.program_id, now=LATER)}
    client.force_login(sound.crew.users["eve"])
    path = f"/{sound.crew.program.slug}/evidence/{ref}/"
    page = Pages(client).get(path)
    assert "Opened again It counts again once somebody independent" in page.main
    assert f"{DRIFT} SIG-1" in page.main
    assert f"{path}review/" in page.text
    review(sound, ref)
    assert f"{path}review/" not in Pages(client).get(path).text
    assert ref not in {row.ref for row in selectors.waiting_for_review(eve, sound.program_id, now=LATER)}
