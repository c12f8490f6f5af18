"""plimsoll verify on proofs, checkpoints, receipts and policies: what each says, and when it says nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.cli.main import app
from plimsoll.engines.tlog import merkle
from plimsoll.engines.tlog.keys import KeyType, Verifier
from plimsoll.engines.tlog.receipt import write_receipt
from plimsoll.kernel import clock
from tests.engines.tlog import test_sealing as sealing
from tests.engines.tlog.small_log import (
    ALPHA,
    BETA,
    ENTRIES,
    GAMMA,
    LOG,
    LOG_MLDSA,
    OTHER_LOG,
    SEEN,
    checkpoint,
    cosigned,
    leaves,
    policy,
    proof,
)

Files = Callable[..., str]


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    with clock.frozen_at(datetime.fromtimestamp(SEEN + 60, UTC)):
        yield


@pytest.fixture
def file(tmp_path: Path) -> Files:
    def write(content: bytes | str, name: str = "file") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def given(file: Files) -> dict[str, list[str]]:
    """The options by which a reader says what to believe."""
    return {
        "policy": ["--policy", file(policy(), "policy")],
        "key": ["--key", file(f"{LOG.verifier}\n", "log.key")],
        "entry": ["--entry", file(ENTRIES[4], "entry")],
    }


def verify(*arguments: str, code: int) -> Result:
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def document(*arguments: str, code: int = 0) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(verify(*arguments, "--json", code=code).stdout)
    assert read["form"] == "plimsoll/verified/1"
    return read


# ---------------------------------------------------------------- proofs
def test_a_proof_holds_by_entry_and_policy(file: Files, given: dict[str, list[str]]) -> None:
    name = file(proof(4, ALPHA, BETA).serialised, "4.tlog-proof")
    said = verify(name, *given["entry"], *given["policy"], code=0).stdout
    assert said.startswith("MET\n  the entry is at index 4 of 7 entries\n")
    assert "alpha cosigned 2026-09-21 14:13:20 UTC" in said
    assert "checkpoint of log.example/one at size 7, root " in said
    assert "by the policy with SHA-256 " in said
    read = document(name, *given["entry"], *given["policy"])
    assert (read["kind"], read["verdict"], read["index"]) == ("proof", "met", 4)
    assert read["checkpoint"] == {
        "origin": "log.example/one",
        "size": 7,
        "root": checkpoint().root.hex(),
    }
    assert read["signed_by"] == [str(LOG.verifier)]
    assert [(c["name"], c["cosigned"], c["at"]) for c in read["cosigners"]] == [
        ("alpha", True, "2026-09-21T14:13:20Z"),
        ("beta", True, "2026-09-21T14:13:20Z"),
        ("gamma", False, None),
    ]
    assert read["policy"]["asks_for"] == "2 of alpha, beta"


def test_without_entry_or_without_key_the_command_cannot_tell(
    file: Files, given: dict[str, list[str]]
) -> None:
    name = file(proof(4, ALPHA, BETA).serialised)
    assert "no entry was given" in verify(name, *given["policy"], code=3).stdout
    assert "no key of a log was given" in verify(name, *given["entry"], code=3).stdout
    verify(name, *given["entry"], *given["key"], code=0)


def test_an_entry_that_was_changed_is_refused(file: Files, given: dict[str, list[str]]) -> None:
    name = file(proof(4, ALPHA, BETA).serialised)
    said = verify(name, "--entry", file(b"entry 5", "other"), *given["policy"], code=1).stdout
    assert said.startswith("NOT MET\n  the entry is not at index 4")


def test_extra_bytes_are_said_to_be_unsigned(file: Files, given: dict[str, list[str]]) -> None:
    name = file(proof(4, ALPHA, BETA, extra=b"RSK-14").serialised)
    said = verify(name, *given["entry"], *given["policy"], code=0).stdout
    assert "the proof carries 6 extra bytes, which nobody signed" in said
    assert document(name, *given["entry"], *given["policy"])["unsigned_extra"] == b"RSK-14".hex()


def test_all_given_keys_must_have_signed(file: Files, given: dict[str, list[str]]) -> None:
    name = file(proof(4).serialised)
    both = file(f"{LOG.verifier}\n{LOG_MLDSA.verifier}\n", "both.key")
    assert "not signed by the given key" in verify(name, *given["entry"], "--key", both, code=1).stdout


@pytest.mark.parametrize(
    ("age", "code"), [("61s", 0), ("59s", 1), ("2m", 0), ("1h", 0), ("7d", 0)]
)  # fmt: skip
def test_an_age_can_be_asked_for(file: Files, given: dict[str, list[str]], age: str, code: int) -> None:
    name = file(proof(4, ALPHA, BETA).serialised)
    verify(name, *given["entry"], *given["policy"], "--max-age", age, code=code)


@pytest.mark.parametrize("age", ["", "0s", "5", "h", "1.5h", "1w", "-1d", "1h ", "\u0661h", "99999999d"])
def test_an_age_that_is_none_is_refused(file: Files, age: str) -> None:
    name = file(proof(4).serialised)
    assert "is no age" in verify(name, "--max-age", age, code=2).stderr


# ---------------------------------------------------------------- checkpoints
def test_a_checkpoint_is_judged_by_policy_key_or_neither(file: Files, given: dict[str, list[str]]) -> None:
    name = file(cosigned(ALPHA, BETA))
    assert verify(name, *given["policy"], code=0).stdout.startswith("MET\n  signed by the log")
    assert verify(name, *given["key"], code=0).stdout.startswith("MET\n")
    assert "no key of a log was given" in verify(name, code=3).stdout
    assert document(name, *given["policy"])["kind"] == "checkpoint"
    assert document(name, *given["key"])["policy"] is None
    stranger = file(f"{OTHER_LOG.verifier}", "stranger.key")
    verify(name, *given["policy"], "--key", stranger, code=1)


def test_a_checkpoint_with_too_few_witnesses_names_who_did_not_cosign(
    file: Files, given: dict[str, list[str]]
) -> None:
    said = verify(file(cosigned(BETA, GAMMA)), *given["policy"], code=1).stdout
    assert "alpha did not cosign" in said


def test_a_checkpoint_proves_no_entry(file: Files, given: dict[str, list[str]]) -> None:
    refused = verify(file(cosigned(ALPHA)), *given["entry"], code=2).stderr
    assert "--entry does not go with a checkpoint" in refused


# ---------------------------------------------------------------- receipts
@pytest.fixture
def receipt(file: Files) -> str:
    path = merkle.inclusion_proof(leaves(), 4)
    return file(write_receipt(checkpoint=checkpoint(), index=4, path=path, signer=LOG), "4.cose")


def test_a_receipt_holds_by_entry_and_key(receipt: str, given: dict[str, list[str]]) -> None:
    assert verify(receipt, *given["entry"], *given["key"], code=0).stdout == (
        "MET\n  the entry is at index 4 of 7 under a root that log.example/one signed\n"
    )
    read = document(receipt, *given["entry"], *given["key"])
    assert (read["kind"], read["log"], read["size_is_signed"]) == ("receipt", "log.example/one", True)
    verify(receipt, *given["entry"], code=3)
    verify(receipt, *given["key"], code=3)


@pytest.mark.parametrize("option", ["policy", "max-age"])
def test_a_receipt_carries_no_cosignatures(receipt: str, given: dict[str, list[str]], option: str) -> None:
    asked = given["policy"] if option == "policy" else ["--max-age", "1h"]
    assert f"--{option} does not go with a receipt" in verify(receipt, *asked, code=2).stderr


# ---------------------------------------------------------------- policies
def test_a_policy_says_what_it_asks_for_and_its_digest(file: Files) -> None:
    name = file(b"# ours\n\n" + policy())
    said = verify(name, code=0).stdout
    assert "1 logs, 3 witnesses, and it asks for 2 of alpha, beta" in said
    assert f"witness alpha: alpha.example+{ALPHA.verifier.key_id.hex()}" in said
    read = document(name)
    assert read["kind"] == "policy"
    assert [witness["name"] for witness in read["witnesses"]] == ["alpha", "beta", "gamma"]
    assert read["logs"] == [{"key": str(LOG.verifier), "url": None}]


def test_a_policy_that_nothing_can_meet_is_not_met(file: Files) -> None:
    twin = Verifier(name="twin.example", type=KeyType.ED25519_COSIGNATURE, public=ALPHA.verifier.public)
    name = file(policy(f"witness twin {twin}\ngroup g all alpha twin\nquorum g"))
    said = verify(name, code=1).stdout
    assert "no checkpoint can meet this policy" in said
    assert "never counted: it has the key of alpha" in said


@pytest.mark.parametrize("option", ["key", "policy", "entry", "max-age"])
def test_a_policy_is_not_verified_by_anything(file: Files, given: dict[str, list[str]], option: str) -> None:
    asked = given.get(option, ["--max-age", "1h"])
    assert f"--{option} does not go with a policy" in verify(file(policy()), *asked, code=2).stderr


# ---------------------------------------------------------------- what cannot be read
@pytest.mark.parametrize(
    "content", [b"c2sp.org/tlog-proof@v2\n", b"\xd2\x84", b"log x\n", b"a\n\n\xe2\x80\x94 b\n"]
)
def test_what_begins_like_one_kind_and_is_none_is_refused_with_a_sentence(
    file: Files, content: bytes
) -> None:
    refused = verify(file(content), code=2)
    assert refused.stderr.startswith("plimsoll: ")
    assert json.loads(verify(file(content), "--json", code=2).stdout)["error"]["code"] == "bad_input"


def test_no_part_of_the_server_is_loaded(file: Files, given: dict[str, list[str]]) -> None:
    name = file(proof(4, ALPHA, BETA).serialised)
    script = (
        "import sys\nfrom plimsoll.cli.main import main\nsys.argv[1:] = sys.argv[1:]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "loaded = {m.partition('.')[0] for m in sys.modules} & {'django', 'cbor2', 'sqlite3'}\n"
        "print(code, sorted(loaded))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, "verify", name, *given["entry"], *given["policy"]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.endswith("0 []\n"), ran.stdout + ran.stderr


# ---------------------------------------------------------------- disclosures and events
@pytest.fixture
def sealing_key(file: Files) -> list[str]:
    return ["--key", file(f"{sealing.LOG.verifier}\n", "sealing.key")]


def test_a_disclosure_shows_its_fields_and_is_judged_by_key(file: Files, sealing_key: list[str]) -> None:
    name = file(sealing.ENTRY.document)
    said = verify(name, *sealing_key, code=0).stdout
    assert said.startswith("MET\n  the entry commits to /seal; 1 other field stays hidden\n")
    assert '/seal = {"' in said
    assert "verified" not in verify(name, code=3).stdout
    read = document(name, *sealing_key)
    assert (read["kind"], read["index"], list(read["shown"]), read["hidden"]) == (
        "disclosure",
        3,
        ["/seal"],
        1,
    )


def test_a_disclosure_whose_shown_field_was_changed_is_not_met(file: Files, sealing_key: list[str]) -> None:
    content = sealing.ENTRY.document.replace(b'"events":7', b'"events":8')
    assert content != sealing.ENTRY.document
    assert "does not commit to what is shown" in verify(file(content), *sealing_key, code=1).stdout


def test_the_proof_of_an_event_is_judged_down_to_the_log(file: Files, sealing_key: list[str]) -> None:
    content = sealing.proof_of(2).document
    said = verify(file(content), *sealing_key, code=0).stdout
    assert said.startswith("MET\n  the event is at position 2 of the 7 events sealed")
    assert 'event {"at": ' in said
    assert document(file(content), *sealing_key)["event"] == sealing.EVENTS[2]
    verify(file(content), code=3)
    verify(file(content.replace(b'"position":2', b'"position":3')), *sealing_key, code=1)
    alone = document(file(sealing.proof_of(2, None).document), *sealing_key, code=3)
    assert (alone["kind"], alone["index"]) == ("event-proof", None)


def test_an_entry_beside_what_carries_its_own_is_refused(file: Files, given: dict[str, list[str]]) -> None:
    for content in (sealing.ENTRY.document, sealing.proof_of(2).document):
        assert "--entry does not go with" in verify(file(content), *given["entry"], code=2).stderr


def test_a_document_of_more_lines_or_of_no_form_is_read_as_an_export(file: Files) -> None:
    for content in (sealing.ENTRY.document + b"{}\n", b"{}\n", b"{", b"{}", b"{" + b" " * (17 * 2**20)):
        said = verify(file(content), code=1).stdout
        assert said.startswith("NOT MET\n  read 0 entries")


def test_a_disclosure_without_its_last_newline_is_refused(file: Files) -> None:
    assert "canonical form" in verify(file(sealing.ENTRY.document[:-1]), code=2).stderr
