"""plimsoll verify: anybody checks an export offline, and whatever was done to it is named."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker
from typer.testing import CliRunner

from plimsoll.cli.main import app
from plimsoll.engines.tlog.checkpoint import completed
from plimsoll.engines.tlog.keys import KeyType, Signer
from plimsoll.kernel import clock
from plimsoll.ledger.exporting import export_lines
from tests import personas
from tests.lading import NOW, committed
from tests.voyages import KEY

LOG = Signer(name="log.test", key=KEY)


@dataclass(frozen=True, slots=True)
class Exported:
    """An export of a small log, and the one of a single program within it."""

    whole: bytes
    program: bytes


@pytest.fixture(scope="module")
def exported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Exported]:
    with committed(django_db_blocker), clock.frozen_at(NOW):
        crew = personas.board()
        yield Exported(
            whole=b"".join(export_lines(LOG)),
            program=b"".join(export_lines(LOG, program_id=crew.program.pk)),
        )


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "log.key"
    path.write_text(f"{LOG.verifier}\n")
    return path


def verify(*arguments: str) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def verified(folder: Path, content: bytes, *arguments: str) -> Result:
    path = folder / "log.jsonl"
    path.write_bytes(content)
    return verify(str(path), *arguments)


@pytest.mark.django_db
def test_a_whole_export_with_the_key_of_its_log_holds(tmp_path: Path, exported: Exported, key: Path) -> None:
    result = verified(tmp_path, exported.whole, "--key", str(key))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("MET\n")
    document = json.loads(verified(tmp_path, exported.whole, "--key", str(key), "--json").stdout)
    assert document["form"] == "plimsoll/verification/1"
    assert document["verdict"] == "met"
    assert document["faults"] == []
    assert document["entries"] == exported.whole.count(b'"kind"') > 10
    assert document["checkpoint"]["origin"] == "log.test"


@pytest.mark.django_db
def test_without_a_key_it_cannot_tell_who_signed(tmp_path: Path, exported: Exported) -> None:
    result = verified(tmp_path, exported.whole)
    assert result.exit_code == 3
    assert result.stdout.startswith("UNKNOWN\n")


@pytest.mark.django_db
def test_an_export_of_one_program_holds_and_withholds_the_rest(
    tmp_path: Path, exported: Exported, key: Path
) -> None:
    result = verified(tmp_path, exported.program, "--key", str(key), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["withheld"] == len(personas.CAST)
    assert b"tess@halyard.example" not in exported.program


@pytest.mark.django_db
def test_every_line_of_the_key_file_must_have_signed(tmp_path: Path, exported: Exported, key: Path) -> None:
    second = Signer(name="log.test", type=KeyType.MLDSA44, key=MLDSA44PrivateKey.from_seed_bytes(b"6" * 32))
    key.write_text(f"{LOG.verifier}\r\n\r\n{second.verifier}\r\n")
    result = verified(tmp_path, exported.whole, "--key", str(key))
    assert result.exit_code == 1
    assert f"is not signed by log.test+{second.verifier.key_id.hex()}" in result.stdout
    lines = exported.whole.splitlines(keepends=True)
    closing = json.loads(lines[-1])
    closing["checkpoint"] = completed(closing["checkpoint"], LOG, second)
    signed = b"".join([*lines[:-1], json.dumps(closing).encode() + b"\n"])
    assert verified(tmp_path, signed, "--key", str(key)).exit_code == 0


@pytest.mark.django_db
def test_another_key_is_named(tmp_path: Path, exported: Exported) -> None:
    other = tmp_path / "other.key"
    other.write_text(
        str(Signer(name="log.test", key=Ed25519PrivateKey.from_private_bytes(b"o" * 32)).verifier)
    )
    result = verified(tmp_path, exported.whole, "--key", str(other))
    assert result.exit_code == 1
    assert result.stdout.startswith("NOT MET\n")
    assert "sign" in result.stdout


@pytest.mark.django_db
def test_every_truncation_is_found(tmp_path: Path, exported: Exported, key: Path) -> None:
    lines = exported.whole.splitlines(keepends=True)
    cuts = {0, 1, 2, len(lines) // 2, len(lines) - 2, len(lines) - 1}
    for cut in (b"".join(lines[:n]) for n in cuts):
        result = verified(tmp_path, cut, "--key", str(key))
        assert result.exit_code in (1, 2), result.output
        assert len(result.output.splitlines()) > 0
    half = exported.whole[: -len(lines[-1]) // 2]
    assert verified(tmp_path, half, "--key", str(key)).exit_code == 1


@pytest.mark.django_db
def test_an_edited_entry_is_named(tmp_path: Path, exported: Exported, key: Path) -> None:
    assert exported.whole.count(b"Ada Okafor") == 1
    result = verified(tmp_path, exported.whole.replace(b"Ada Okafor", b"Ada Okafar"), "--key", str(key))
    assert result.exit_code == 1
    assert "entry 3" in result.stdout.lower()


@pytest.mark.django_db
def test_a_missing_and_a_doubled_and_two_swapped_lines_are_found(
    tmp_path: Path, exported: Exported, key: Path
) -> None:
    lines = exported.whole.splitlines(keepends=True)
    for changed in (
        [*lines[:5], *lines[6:]],
        [*lines[:5], lines[5], *lines[5:]],
        [*lines[:5], lines[6], lines[5], *lines[7:]],
    ):
        result = verified(tmp_path, b"".join(changed), "--key", str(key))
        assert result.exit_code == 1, result.output


@pytest.mark.django_db
def test_no_change_of_a_byte_goes_unnoticed(tmp_path: Path, exported: Exported, key: Path) -> None:
    """After the first line, which only says what the export is and is not signed."""
    whole = exported.whole
    begin = whole.index(b"\n") + 1

    @settings(max_examples=40)
    @given(st.integers(min_value=begin, max_value=len(whole) - 1), st.integers(min_value=1, max_value=255))
    def changed(at: int, by: int) -> None:
        altered = whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :]
        result = verified(tmp_path, altered, "--key", str(key))
        assert result.exit_code in (1, 2), (at, by, result.output)

    changed()


# ---------------------------------------------------------------- what cannot be read
@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"hello\n", b"[]\n", b"{}\n", b"7\n", b"\xff\xfe\n", b"{" * 3000, b"null\n" * 3,
     b'{"form": "plimsoll/log/9"}\n', b"\x00" * 100],
)  # fmt: skip
def test_what_is_no_export_is_refused_with_a_sentence(tmp_path: Path, key: Path, content: bytes) -> None:
    for arguments in ((), ("--key", str(key))):
        result = verified(tmp_path, content, *arguments)
        assert result.exit_code in (1, 2)
        assert result.output.strip()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing", Path("/dev/null")):
        result = verify(str(path))
        assert result.exit_code == 2
        assert "There is no file" in result.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "key"), (b"no key", "key"), (b"\xff\xfe", "is not a verifier key"),
     (b"x" * 70000, "is longer than 65,536 bytes"), (b"log.test+00000000+AAAA", "key")],
)  # fmt: skip
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "log.key"
    path.write_bytes(content)
    result = verified(tmp_path, b"{}\n", "--key", str(path))
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    result = verified(tmp_path, b"{}\n", "--key", str(tmp_path / "nothing"))
    assert result.exit_code == 2
    assert "There is no file" in result.stderr


def test_a_line_of_two_gigabytes_is_refused_within_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    tracemalloc.start()
    try:
        result = verify(str(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.exit_code in (1, 2)
    assert result.output.strip()
    assert peak < 80 * 2**20
