"""What a witness keeps: it forgets nothing, and stops where it cannot remember."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.adapters import witness_files, witness_folder
from plimsoll.adapters.witness_folder import WitnessFolder, make_witness, origin_hash, trust_log
from plimsoll.engines.tlog.keys import KeyType, parse_verifiers
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode, NotFound, PlimsollError, Untrusted
from tests.logbook import ORIGIN, Logbook

NOW = 1_800_000_000
NAME = "witness.example.org"


@pytest.fixture
def log() -> Logbook:
    return Logbook.of(12)


@pytest.fixture
def folder(tmp_path: Path, log: Logbook) -> Path:
    made = tmp_path / "witness"
    make_witness(made, NAME)
    for key in log.verifiers:
        assert trust_log(made, key)
    return made


def memory(folder: Path) -> Path:
    return folder / "cosigned" / origin_hash(ORIGIN)


def test_a_new_witness_has_two_keys_that_only_its_owner_can_read(tmp_path: Path) -> None:
    made = make_witness(tmp_path / "w", NAME)
    assert [key.type for key in made] == [KeyType.ED25519_COSIGNATURE, KeyType.MLDSA44]
    assert {key.name for key in made} == {NAME}
    assert parse_verifiers((tmp_path / "w" / "verifiers").read_bytes()) == made
    assert (tmp_path / "w").stat().st_mode & 0o777 == 0o700
    for name in ("ed25519.pem", "ml-dsa-44.pem"):
        assert (tmp_path / "w" / name).stat().st_mode & 0o777 == 0o600
    assert WitnessFolder.open(tmp_path / "w").verifiers == made


def test_a_passphrase_encrypts_both_keys(tmp_path: Path) -> None:
    made = make_witness(tmp_path / "w", NAME, passphrase="open sesame")
    assert b"ENCRYPTED" in (tmp_path / "w" / "ed25519.pem").read_bytes()
    assert b"ENCRYPTED" in (tmp_path / "w" / "ml-dsa-44.pem").read_bytes()
    assert WitnessFolder.open(tmp_path / "w", passphrase="open sesame").verifiers == made
    with pytest.raises(BadInput, match="cannot be read as a private key"):
        WitnessFolder.open(tmp_path / "w")


def test_keys_are_never_replaced(folder: Path) -> None:
    before = (folder / "verifiers").read_bytes()
    with pytest.raises(Conflict, match="holds a witness already"):
        make_witness(folder, "another.example")
    assert (folder / "verifiers").read_bytes() == before


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t", "n" * 256])
def test_a_name_that_no_reader_would_take_makes_no_witness(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        make_witness(tmp_path / "w", name)
    assert not (tmp_path / "w").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be made in"):
        make_witness(tmp_path / "file" / "w", NAME)


def test_trust_is_added_once(folder: Path, log: Logbook) -> None:
    assert not trust_log(folder, log.verifiers[0])
    assert WitnessFolder.open(folder).logs == {ORIGIN: log.verifiers}


def test_a_key_that_cosigns_or_a_name_that_cannot_be_cosigned_is_no_log(folder: Path, log: Logbook) -> None:
    for key in (
        replace(log.verifiers[0], type=KeyType.ED25519_COSIGNATURE),
        replace(log.verifiers[0], name="n" * 256),
    ):
        with pytest.raises(BadInput):
            trust_log(folder, key)


def test_a_folder_without_a_witness_is_named(tmp_path: Path, log: Logbook) -> None:
    with pytest.raises(NotFound, match="There is no witness in"):
        WitnessFolder.open(tmp_path)
    with pytest.raises(NotFound, match="There is no witness in"):
        trust_log(tmp_path / "nowhere", log.verifiers[0])


def test_what_was_cosigned_is_on_the_disk_and_survives(folder: Path, log: Logbook) -> None:
    opened = WitnessFolder.open(folder)
    assert opened.checkpoint(origin_hash(ORIGIN)) is None
    answer = opened.answer(log.request(0, 7), now=NOW)
    assert answer.status == 200
    assert answer.state is not None
    assert memory(folder).read_bytes() == answer.state.note
    again = WitnessFolder.open(folder)
    assert again.checkpoint(origin_hash(ORIGIN)) == answer.state.note
    assert again.checkpoint(origin_hash("other")) is None
    assert again.answer(log.request(0), now=NOW).body == b"7\n"
    assert again.answer(log.request(7), now=NOW).status == 200


def test_the_old_size_is_checked_and_the_new_one_kept_as_one_step(folder: Path) -> None:
    log = Logbook.of(40)
    opened = WitnessFolder.open(folder)
    assert opened.answer(log.request(0, 5), now=NOW).status == 200
    requests = {size: log.request(5, size) for size in range(6, 41)}
    answers: dict[int, int] = {}
    start = threading.Barrier(len(requests))

    def ask(size: int) -> None:
        start.wait()
        answers[size] = opened.answer(requests[size], now=NOW).status

    threads = [threading.Thread(target=ask, args=(size,)) for size in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [size for size, status in answers.items() if status == 200]
    assert {status for size, status in answers.items() if size != winner} == {409}
    assert WitnessFolder.open(folder).cosigned[ORIGIN].checkpoint.size == winner


def test_a_log_that_is_trusted_while_the_witness_runs_is_known_with_the_next_request(folder: Path) -> None:
    opened = WitnessFolder.open(folder)
    other = Logbook(entries=[b"one"], origin="other.example/log")
    assert opened.answer(other.request(0), now=NOW).status == 404
    trust_log(folder, other.verifiers[0])
    assert opened.answer(other.request(0), now=NOW).status == 200


def test_only_one_process_serves_a_folder(folder: Path) -> None:
    with (
        WitnessFolder.open(folder).serving(),
        pytest.raises(Conflict, match="Another process is serving"),
        WitnessFolder.open(folder).serving(),
    ):
        pass
    with WitnessFolder.open(folder).serving():
        pass


def test_checkpoints_that_do_not_fit_are_kept_up_to_a_number(
    folder: Path, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_folder, "MOST_DOUBTS", 2)
    opened = WitnessFolder.open(folder)
    opened.answer(log.request(0), now=NOW)
    for number in range(4):
        log.entries[3] = b"rewritten %d" % number
        assert opened.answer(log.request(12), now=NOW).status == 422
    log.entries.append(b"one more")
    assert opened.answer(log.request(12), now=NOW).status == 422
    assert [each.kind for each in opened.doubts(ORIGIN)] == ["fork", "fork", "unproven"]
    assert all(ORIGIN.encode() in each.path.read_bytes() for each in opened.doubts(ORIGIN))


# ---------------------------------------------------------------- what stops it


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: memory(f).unlink(), "What was cosigned for .* is gone"),
        (lambda f: memory(f).write_bytes(b""), "does not hold what this witness cosigned"),
        (lambda f: memory(f).write_bytes(memory(f).read_bytes()[:-1]), "does not hold what this witness"),
        (
            lambda f: memory(f).write_bytes(memory(f).read_bytes().replace(b"\n12\n", b"\n11\n")),
            "does not hold what this witness cosigned",
        ),
        (lambda f: (f / "logs").unlink(), "The list of trusted logs, .* is gone"),
        (lambda f: (f / "logs").write_bytes(b"nonsense\n"), "Line 1 of .*logs is not a verifier key"),
        (lambda f: (f / "logs").write_bytes((f / "logs").read_bytes()[:-1]), "breaks off in the middle"),
        (lambda f: (f / "verifiers").write_bytes(b""), "holds no key"),
        (lambda f: (f / "ml-dsa-44.pem").unlink(), "key .*ml-dsa-44.pem is gone"),
        (lambda f: (f / "ed25519.pem").chmod(0o644), "may be read by others"),
        (
            lambda f: (f / "verifiers").write_bytes((f / "verifiers").read_bytes().split(b"\n")[1] + b"\n"),
            "are not those that its verifiers file names",
        ),
    ],
)
def test_what_is_missing_or_changed_stops_the_witness(
    folder: Path, log: Logbook, spoil: object, message: str
) -> None:
    WitnessFolder.open(folder).answer(log.request(0), now=NOW)
    assert callable(spoil)
    spoil(folder)
    with pytest.raises(Untrusted, match=message):
        WitnessFolder.open(folder)


def test_the_memory_of_one_log_does_not_pass_for_another(folder: Path, log: Logbook) -> None:
    other = Logbook(entries=[b"one"], origin="other.example/log")
    trust_log(folder, other.verifiers[0])
    opened = WitnessFolder.open(folder)
    opened.answer(log.request(0), now=NOW)
    (folder / "cosigned" / origin_hash(other.origin)).write_bytes(memory(folder).read_bytes())
    with pytest.raises(Untrusted, match="belongs to the log"):
        WitnessFolder.open(folder)


def test_files_that_are_too_long_or_no_files_are_refused(folder: Path) -> None:
    (folder / "logs").write_bytes(b"x" * (witness_files.LARGEST_FILE + 1))
    with pytest.raises(BadInput, match="is longer than"):
        WitnessFolder.open(folder)
    (folder / "logs").unlink()
    (folder / "logs").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        WitnessFolder.open(folder)


def test_a_disk_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "stat", fail)
    with pytest.raises(BadInput, match="cannot be used: Input/output error"):
        WitnessFolder.open(folder)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_after_a_failed_write_nothing_is_cosigned_any_more(
    folder: Path, log: Logbook, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    opened = WitnessFolder.open(folder)
    assert opened.answer(log.request(0, 5), now=NOW).status == 200

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os if failing == "fsync" else Path, failing, fail)
        with pytest.raises(PlimsollError, match="No space left") as caught:
            opened.answer(log.request(5, 7), now=NOW)
    assert caught.value.code is ErrorCode.UNAVAILABLE
    with pytest.raises(PlimsollError, match="cosigns nothing any more"):
        opened.answer(log.request(5, 7), now=NOW)
    assert opened.cosigned[ORIGIN].checkpoint.size == 5
    assert sorted(path.name for path in (folder / "cosigned").iterdir()) == [origin_hash(ORIGIN)]
    assert WitnessFolder.open(folder).answer(log.request(5, 7), now=NOW).status == 200
