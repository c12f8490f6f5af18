"""plimsoll key: one private file per user, which only the user can read."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.adapters.keys import load_or_create_key
from plimsoll.cli.main import app


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PLIMSOLL_SIGNING_KEY", "PLIMSOLL_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


def show(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(app, ["key", "show", *arguments], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_first_use_makes_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "config" / "plimsoll" / "signing-key.pem"
    result = show()
    assert result.exit_code == 0
    assert f"made a signing key at {path}" in result.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(result.stdout)) == 32
    again = show()
    assert (again.stdout, again.stderr) == (result.stdout, "")


def test_the_key_is_the_one_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ci.pem"
    public = load_or_create_key(path)[0].public_key().public_bytes_raw()
    expected = base64.b64encode(public).decode()
    assert show("--key", str(path)).stdout.strip() == expected
    assert show(PLIMSOLL_SIGNING_KEY=str(path)).stdout.strip() == expected
    document = json.loads(show("--key", str(path), "--json").stdout)
    assert document["public_key"] == expected
    assert len(document["key_id"]) == 16


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ci.pem"
    load_or_create_key(path)
    path.chmod(mode)
    result = show("--key", str(path))
    assert result.exit_code == 1
    assert result.stderr == f"plimsoll: ci.pem may be read by others. Run: chmod 600 {path}\n"
    assert result.stdout == ""


def test_a_key_under_a_passphrase_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "ci.pem"
    made = show("--key", str(path), PLIMSOLL_KEY_PASSPHRASE="open sesame")
    assert b"ENCRYPTED" in path.read_bytes()
    assert show("--key", str(path), PLIMSOLL_KEY_PASSPHRASE="open sesame").stdout == made.stdout
    for wrong in ("", "closed"):
        result = show("--key", str(path), PLIMSOLL_KEY_PASSPHRASE=wrong)
        assert result.exit_code == 2
        assert "check the passphrase" in result.stderr


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ci.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    result = show("--key", str(path))
    assert result.exit_code == 2
    assert "ci.pem cannot be read as a private key." in result.stderr


@pytest.mark.parametrize("path", ["/dev/null/key.pem", "x" * 300, "/proc/key.pem"])
def test_a_place_where_no_key_can_be_made_gets_a_sentence(path: str) -> None:
    result = show("--key", path)
    assert result.exit_code == 2
    assert result.stderr.startswith("plimsoll: ")
