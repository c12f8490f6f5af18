"""From a file to signed evidence, and from evidence back to the same verdict, without server or Django."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.adapters.evidence import COLLECTORS, rejudge, run_check
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.registry import CHECKS, check_by_id
from plimsoll.engines.statements.envelope import key_id, seal
from plimsoll.engines.statements.statement import CHECK
from plimsoll.kernel.canonical import canonical_bytes, digest_bytes
from plimsoll.kernel.errors import BadInput, NotFound, Untrusted

KEY = Ed25519PrivateKey.from_private_bytes(b"e" * 32)
TRUSTED = {key_id(KEY.public_key()): KEY.public_key()}
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
HEADER = b'{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}   '
MODEL = len(HEADER).to_bytes(8, "little") + HEADER + b"\x01\x02\x03\x04"
PREDICTIONS = "y,p,sex\n" + "1,1,F\n0,0,F\n1,1,M\n0,0,M\n" * 100


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "in a folder" / "model.safetensors"
    path.parent.mkdir()
    path.write_bytes(MODEL)
    return path


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "predictions.csv"
    path.write_text(PREDICTIONS)
    return path


def fairness(model: Path) -> dict[str, object]:
    return {"label": "y", "prediction": "p", "attribute": "sex", "model": str(model)}


def opened(envelope: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return found


def test_every_check_has_a_collector_and_every_collector_a_check() -> None:
    assert set(COLLECTORS) == {check.card.id for check in CHECKS}


def test_a_check_leaves_a_statement_about_the_bytes_that_it_saw(model: Path) -> None:
    ran = run_check("model-file", model, {}, key=KEY, now=NOW)
    statement = opened(ran.envelope)
    assert statement["predicateType"] == CHECK
    assert statement["subject"] == [{"name": "model.safetensors", "digest": {"sha256": digest_bytes(MODEL)}}]
    predicate = statement["predicate"]
    assert predicate["check"] == {"id": "model-file", "version": "1"}
    assert predicate["produced_at"] == "2027-01-11T09:00:00Z"
    assert predicate["valid_until"] == "2027-04-11T09:00:00Z"
    assert predicate["result"] == ran.result.to_json()
    assert predicate["recording"] == ran.recording.to_json()
    assert predicate["recording"]["tools"]["picklescan"]


def test_no_folder_of_the_machine_stands_in_the_evidence(model: Path, predictions: Path) -> None:
    ran = run_check("fairness", predictions, fairness(model), key=KEY, now=NOW)
    assert ran.parameters["model"] == "model.safetensors"
    assert str(model.parent) not in json.dumps(opened(ran.envelope))
    assert [s.name for s in ran.recording.subjects] == ["predictions.csv", "model.safetensors"]


@pytest.mark.parametrize("check", [check.card.id for check in CHECKS])
def test_anybody_with_the_public_key_comes_to_the_same_verdict(
    check: str, model: Path, predictions: Path
) -> None:
    subject, asked = {
        "model-file": (model, {}),
        "fairness": (predictions, fairness(model)),
        "drift": (predictions, {"reference": str(predictions), "model": str(model)}),
    }[check]
    ran = run_check(check, subject, asked, key=KEY, now=NOW)
    judged = rejudge(ran.envelope, TRUSTED, now=NOW + timedelta(days=1))
    assert judged.result == ran.result
    assert judged.check is check_by_id(check)
    assert dict(judged.parameters) == dict(ran.parameters)
    assert judged.opened.key_id == key_id(KEY.public_key())
    assert judged.statement.subjects == ran.statement.subjects


def test_the_same_input_at_the_same_time_gives_the_same_bytes(model: Path) -> None:
    first = run_check("model-file", model, {}, key=KEY, now=NOW)
    second = run_check("model-file", model, {}, key=KEY, now=NOW)
    assert first.envelope == second.envelope


def test_lists_of_words_survive_the_way_through_json(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x02cshop\nTill\n.")
    asked = {"accept_globals": "shop.Till, shop.Counter"}
    ran = run_check("model-file", path, asked, key=KEY, now=NOW)
    assert opened(ran.envelope)["predicate"]["parameters"]["accept_globals"] == [
        "shop.Till",
        "shop.Counter",
    ]
    judged = rejudge(ran.envelope, TRUSTED, now=NOW)
    assert judged.parameters["accept_globals"] == ("shop.Till", "shop.Counter")
    assert judged.result == ran.result


def test_an_unknown_check_is_named_with_those_there_are(model: Path) -> None:
    with pytest.raises(NotFound, match="There is no check “horoscope”") as caught:
        run_check("horoscope", model, {}, key=KEY, now=NOW)
    assert caught.value.hint == "Checks: model-file, fairness, drift."


def test_a_wrong_parameter_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="model-file has no parameter “mercy”"):
        run_check("model-file", tmp_path / "missing", {"mercy": "1"}, key=KEY, now=NOW)


def test_a_missing_subject_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run_check("model-file", tmp_path / "missing", {}, key=KEY, now=NOW)


def test_a_stranger_s_evidence_is_not_judged_at_all(model: Path) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    ran = run_check("model-file", model, {}, key=stranger, now=NOW)
    with pytest.raises(Untrusted, match="not signed by a key that is trusted here"):
        rejudge(ran.envelope, TRUSTED, now=NOW)


def test_evidence_expires_at_its_instant_and_not_before(model: Path) -> None:
    ran = run_check("model-file", model, {}, key=KEY, now=NOW)
    rejudge(ran.envelope, TRUSTED, now=NOW + timedelta(days=90) - timedelta(microseconds=1))
    with pytest.raises(BadInput, match="The statement expired at 2027-04-11T09:00:00Z"):
        rejudge(ran.envelope, TRUSTED, now=NOW + timedelta(days=90))


@pytest.mark.parametrize(
    "recording",
    [None, [], {}, {"check": "model-file"}, "text", {"check": 1, "version": 1, "subjects": 1, "seen": 1}],
)
def test_a_recording_that_is_none_is_refused(model: Path, recording: object) -> None:
    statement = opened(run_check("model-file", model, {}, key=KEY, now=NOW).envelope)
    statement["predicate"]["recording"] = recording
    with pytest.raises(BadInput):
        rejudge(seal(canonical_bytes(statement), KEY), TRUSTED, now=NOW)


def test_a_recording_of_another_version_is_refused(model: Path) -> None:
    statement = opened(run_check("model-file", model, {}, key=KEY, now=NOW).envelope)
    statement["predicate"]["recording"]["version"] = "0"
    with pytest.raises(BadInput, match="The recording belongs to another check than the statement names"):
        rejudge(seal(canonical_bytes(statement), KEY), TRUSTED, now=NOW)


def test_the_recording_alone_decides_and_can_be_judged_offline(model: Path) -> None:
    ran = run_check("model-file", model, {}, key=KEY, now=NOW)
    again = Recording.from_json(opened(ran.envelope)["predicate"]["recording"])
    assert check_by_id("model-file").judge(again, ran.parameters) == ran.result
