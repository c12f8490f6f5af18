"""Evidence speaks for bytes: another version, another day or a looser limit, and it no longer counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from plimsoll.adapters.evidence import run_check
from plimsoll.engines.gates.proof import Proof
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import Asset
from tests.loop.prove.papers import fairness, push
from tests.voyages import DAY, KEY, Voyage, criterion, dossier_of, gate_at, model_bytes, put_model

Counting = Callable[[int], AbstractContextManager[object]]


def proof(voyage: Voyage, rule: str, *, days: int = 0) -> Proof:
    return dossier_of(voyage, now=DAY + timedelta(days=days)).proofs.proofs[rule]


def said(found: Proof) -> str:
    return found.judgement.deciding[0].text


def replace_model(voyage: Voyage, content: bytes) -> None:
    asset = Asset.objects.get(name="Sorter")
    scope.replace_asset(actor=voyage.crew.actor("dev"), asset_id=asset.pk, digest=digest_bytes(content))


def checked(home: Path, content: bytes, *, days: int = 0) -> bytes:
    path = put_model(home, content)
    return run_check("model-file", path, {}, key=KEY, now=DAY + timedelta(days=days)).envelope


def test_one_changed_byte_leaves_the_model_without_evidence_and_its_gate_unknown(sound: Voyage) -> None:
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET
    changed = model_bytes(last=1)
    replace_model(sound, changed)
    gate = gate_at(sound, Stage.PILOT)
    assert gate.result.judgement.verdict is Verdict.UNKNOWN
    why = (
        f"Sorter ({digest_bytes(changed)[:12]}…) has no model-file evidence; "
        "what there is speaks of another version"
    )
    assert [r.text for r in gate.result.judgement.deciding] == [
        f"model file scan, safe format, signature: {why}"
    ]
    found = criterion(gate, "model-file")
    assert (found.judgement.verdict, found.judgement.deciding[0].text) == (Verdict.UNKNOWN, why)
    assert found.evidence == ()
    odile = sound.crew.actor("odile")
    assert selectors.evidence_for_digest(odile, sound.program_id, digest_bytes(changed)) == []
    assert selectors.evidence_for_digest(odile, sound.program_id, digest_bytes(model_bytes()))
    assert proof(sound, "model-artefact-scan").stale


def test_the_former_content_brings_its_evidence_back(sound: Voyage) -> None:
    replace_model(sound, model_bytes(last=1))
    replace_model(sound, model_bytes())
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_a_check_of_the_new_version_proves_it_again(sound: Voyage, home: Path) -> None:
    replace_model(sound, model_bytes(last=1))
    push(sound, checked(home, model_bytes(last=1)))
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_every_model_needs_evidence_of_its_own(sound: Voyage, home: Path) -> None:
    scope.register_asset(
        actor=sound.crew.actor("dev"),
        system_id=sound.system.pk,
        kind="model",
        name="Second sorter",
        digest=digest_bytes(model_bytes(last=2)),
    )
    found = proof(sound, "model-artefact-scan")
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert said(found).startswith("Second sorter (")
    assert not found.stale
    push(sound, checked(home, model_bytes(last=2)))
    assert proof(sound, "model-artefact-scan").judgement.verdict is Verdict.MET


def test_a_model_without_digest_cannot_be_proven(sound: Voyage) -> None:
    """A model whose bytes nobody registered is not proven by evidence about its neighbour."""
    scope.register_asset(actor=sound.crew.actor("dev"), system_id=sound.system.pk, kind="model", name="Ghost")
    assert proof(sound, "model-artefact-scan").judgement.verdict is Verdict.UNKNOWN


def test_a_newer_fail_outweighs_an_older_pass(sound: Voyage, home: Path) -> None:
    """The same bytes, looked at again with one import that picklescan calls dangerous."""
    trapped = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00echo\x85R."
    replace_model(sound, trapped)
    with frozen_at(DAY + timedelta(days=1)):
        (accepted,) = push(sound, checked(home, trapped, days=1))
    assert (accepted.outcome, accepted.answer) == ("fail", "flagged")
    gate = gate_at(sound, Stage.PILOT, now=DAY + timedelta(days=1))
    assert gate.result.judgement.verdict is Verdict.NOT_MET
    assert criterion(gate, "model-file").judgement.deciding[0].text == (
        "model-file answers “flagged” for Sorter"
    )


def test_evidence_ends_by_itself_at_its_instant(sound: Voyage) -> None:
    end = DAY + timedelta(days=90)
    before = gate_at(sound, Stage.PILOT, now=end - timedelta(seconds=1))
    assert criterion(before, "model-file").judgement.verdict is Verdict.MET
    after = gate_at(sound, Stage.PILOT, now=end)
    assert criterion(after, "model-file").judgement.verdict is Verdict.UNKNOWN
    assert criterion(after, "model-file").judgement.deciding[0].text == (
        "model-file evidence for Sorter expired on 11 Apr 2027"
    )
    assert proof(sound, "model-artefact-scan", days=90).stale


def test_the_past_can_be_asked_and_knows_nothing_of_what_came_later(sound: Voyage) -> None:
    before = proof(sound, "model-artefact-scan", days=-1)
    assert before.judgement.verdict is Verdict.UNKNOWN
    assert proof(sound, "threat-model", days=-1).judgement.verdict is Verdict.UNKNOWN


# ------------------------------------------------------------ how strictly it was judged


@pytest.fixture
def deciding(skiff: Voyage) -> Voyage:
    """The skiff decides about people, so that fairness is required."""
    scope.answer(actor=skiff.crew.actor("tess"), system_id=skiff.system.pk, question="S3", value="yes")
    return skiff


def model_of(home: Path) -> Path:
    return home / "plimsoll_assets" / "skiff" / "model.safetensors"


def test_fairness_within_the_agreed_limits_proves_the_requirement(deciding: Voyage, home: Path) -> None:
    push(deciding, fairness(home, model_of(home)))
    found = proof(deciding, "fairness-evidence")
    assert (found.judgement.verdict, said(found)) == (
        Verdict.MET,
        "fairness answers “within limits” for Sorter",
    )


@pytest.mark.parametrize(
    ("parameter", "value", "sentence"),
    [
        ("max_difference", 0.5, "it was judged with max_difference 0.5; at most 0.1 counts"),
        (
            "max_equalized_odds_difference",
            0.11,
            "it was judged with max_equalized_odds_difference 0.11; at most 0.1 counts",
        ),
        ("max_missing_share", 0.9, "it was judged with max_missing_share 0.9; at most 0.05 counts"),
        ("min_ratio", 0.5, "it was judged with min_ratio 0.5; at least 0.8 counts"),
    ],
)
def test_loosened_parameters_do_not_count(
    deciding: Voyage, home: Path, parameter: str, value: float, sentence: str
) -> None:
    (accepted,) = push(deciding, fairness(home, model_of(home), **{parameter: value}))
    assert accepted.outcome == "pass"
    found = proof(deciding, "fairness-evidence")
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert said(found) == f"fairness passed Sorter, but {sentence}"


def test_limits_that_let_the_unfair_pass_prove_nothing(deciding: Voyage, home: Path) -> None:
    (accepted,) = push(
        deciding,
        fairness(
            home,
            model_of(home),
            even=False,
            max_difference=1.0,
            max_equalized_odds_difference=1.0,
            min_ratio=0.0,
        ),
    )
    assert accepted.outcome == "pass"
    assert proof(deciding, "fairness-evidence").judgement.verdict is Verdict.UNKNOWN


def test_stricter_parameters_count(deciding: Voyage, home: Path) -> None:
    push(deciding, fairness(home, model_of(home), max_difference=0.09, min_ratio=0.85))
    assert proof(deciding, "fairness-evidence").judgement.verdict is Verdict.MET


def test_a_fail_counts_however_loosely_it_was_judged(deciding: Voyage, home: Path) -> None:
    push(deciding, fairness(home, model_of(home), even=False, max_missing_share=0.9))
    assert proof(deciding, "fairness-evidence").judgement.verdict is Verdict.NOT_MET


def test_fairness_of_predictions_alone_says_nothing_about_the_model(deciding: Voyage, home: Path) -> None:
    """Only with the model's digest beside it is it clear which version made the predictions."""
    from tests.loop.prove.papers import predictions

    path = predictions(home)
    scope.register_asset(
        actor=deciding.crew.actor("dev"),
        system_id=deciding.system.pk,
        kind="dataset",
        name="Held-out predictions",
        digest=digest_bytes(path.read_bytes()),
    )
    asked = {"label": "y", "prediction": "p", "attribute": "sex"}
    push(deciding, run_check("fairness", path, asked, key=KEY, now=DAY).envelope)
    found = proof(deciding, "fairness-evidence")
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert said(found).endswith("has no fairness evidence")
    assert not found.stale


# ------------------------------------------------------------ reading it all


def test_proofs_take_six_queries_however_many_systems_there_are(
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
    with django_assert_num_queries(6):
        sheets = selectors.proof_sheets(tess, sound.program_id, systems, now=DAY)
    assert set(sheets) == {system.id for system in systems}


def test_no_systems_have_no_proofs(sound: Voyage) -> None:
    assert selectors.proof_sheets(sound.crew.actor("tess"), sound.program_id, [], now=DAY) == {}


def test_the_oldest_document_that_waits_for_review_is_known_by_its_age(skiff: Voyage) -> None:
    from tests.voyages import attested

    assert dossier_of(skiff).proofs.oldest_review_days is None
    attested(skiff, "threat-model", reviewer="")
    with frozen_at(DAY + timedelta(days=3)):
        ref = attested(skiff, "trace-logging", reviewer="")
    at = DAY + timedelta(days=5, hours=1)
    assert dossier_of(skiff, now=at).proofs.oldest_review_days == 5
    assert [row.ref for row in selectors.waiting_for_review(
        skiff.crew.actor("eve"), skiff.program_id, now=at
    )] == ["EVD-1", ref]  # fmt: skip
    assert dossier_of(skiff, now=DAY + timedelta(days=200)).proofs.oldest_review_days is None


def test_a_requirement_that_left_the_catalog_is_proven_by_nothing() -> None:
    rule = selectors.proof_rule("a-requirement-of-last-year", None)
    assert rule.checks == ()
    assert rule.attestation == "it is no longer in the catalog"


# ------------------------------------------------------------ whose word it is


def test_what_a_revoked_key_signed_stays_readable_and_counts_no_more(sound: Voyage) -> None:
    (key,) = selectors.keys_of(sound.crew.actor("tess"), sound.program_id)
    with frozen_at(DAY + timedelta(days=1)):
        services.revoke_key(actor=sound.crew.actor("tess"), program_id=sound.program_id, key_row_id=key.id)
    found = proof(sound, "model-artefact-scan", days=1)
    assert (found.judgement.verdict, said(found)) == (
        Verdict.UNKNOWN,
        "model-file evidence for Sorter was signed with a key that is no longer trusted",
    )
    assert found.stale
    # What people attested was signed by the installation, whose key nobody revoked.
    assert proof(sound, "threat-model", days=1).judgement.verdict is Verdict.MET
    assert proof(sound, "model-artefact-scan").judgement.verdict is Verdict.MET
