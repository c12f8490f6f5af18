"""Whether the file of an asset still is what was registered."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import NoReturn

import pytest

from plimsoll.adapters.asset_files import AssetFiles


@pytest.fixture
def files(tmp_path: Path) -> AssetFiles:
    root = tmp_path / "assets"
    (root / "keel").mkdir(parents=True)
    (root / "keel" / "model.bin").write_bytes(b"one")
    return AssetFiles(root)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_digest_is_that_of_the_bytes(files: AssetFiles) -> None:
    assert files.digest("keel/model.bin") == sha(b"one")


def test_a_large_file_is_read_to_its_end(files: AssetFiles) -> None:
    content = b"0123456789abcdef" * 200_000
    (files.root / "large").write_bytes(content)
    assert files.digest("large") == sha(content)


def test_an_empty_file_has_the_digest_of_nothing(files: AssetFiles) -> None:
    (files.root / "empty").touch()
    assert files.digest("empty") == sha(b"")


def test_a_changed_byte_of_the_same_length_is_seen(files: AssetFiles) -> None:
    assert files.digest("keel/model.bin") == sha(b"one")
    path = files.root / "keel" / "model.bin"
    path.write_bytes(b"onf")
    os.utime(path, ns=(1, 2))
    assert files.digest("keel/model.bin") == sha(b"onf")


def test_a_replaced_file_of_the_same_age_and_length_is_seen(files: AssetFiles) -> None:
    path = files.root / "keel" / "model.bin"
    os.utime(path, ns=(5, 5))
    assert files.digest("keel/model.bin") == sha(b"one")
    other = files.root / "keel" / "other.bin"
    other.write_bytes(b"two")
    os.utime(other, ns=(5, 5))
    other.replace(path)
    assert files.digest("keel/model.bin") == sha(b"two")


def test_a_file_that_looks_the_same_is_not_read_again(files: AssetFiles) -> None:
    """Hashing a large model every few seconds would be waste; what it looked like is remembered."""
    path = files.root / "keel" / "model.bin"
    os.utime(path, ns=(5, 5))
    files.digest("keel/model.bin")
    looks, _ = files.known["keel/model.bin"]
    files.known["keel/model.bin"] = (looks, "remembered")  # type: ignore[assignment]
    assert files.digest("keel/model.bin") == "remembered"


@pytest.mark.parametrize("location", ["keel/none.bin", "keel", ".", "", "nowhere/at/all"])
def test_what_is_no_file_has_no_digest(files: AssetFiles, location: str) -> None:
    assert files.digest(location) is None


@pytest.mark.parametrize("location", ["../secret", "keel/../../secret", "/etc/hostname"])
def test_nothing_outside_the_folder_is_opened(files: AssetFiles, location: str) -> None:
    (files.root.parent / "secret").write_bytes(b"secret")
    assert files.digest(location) is None


def test_a_link_that_leads_out_of_the_folder_is_not_followed(files: AssetFiles) -> None:
    secret = files.root.parent / "secret"
    secret.write_bytes(b"secret")
    (files.root / "way-out").symlink_to(secret)
    (files.root / "way-round").symlink_to("keel/model.bin")
    assert files.digest("way-out") is None
    assert files.digest("way-round") == sha(b"one")


def test_a_pipe_is_not_waited_for(files: AssetFiles) -> None:
    os.mkfifo(files.root / "pipe")
    assert files.digest("pipe") is None


def test_a_file_that_vanishes_has_no_digest_any_more(files: AssetFiles) -> None:
    assert files.digest("keel/model.bin")
    (files.root / "keel" / "model.bin").unlink()
    assert files.digest("keel/model.bin") is None


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert AssetFiles(tmp_path / "never made").digest("model.bin") is None


def test_a_file_that_fails_while_it_is_read_has_no_digest(
    files: AssetFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "open", fails)
    assert files.digest("keel/model.bin") is None
