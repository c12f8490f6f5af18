import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from plimsoll.adapters import keys
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted

# PKCS #8 with an algorithm that no library knows (object identifier 1.2.3.4).
STRANGE = """-----BEGIN PRIVATE KEY-----
MA4CAQAwBQYDKgMEBAIEAA==
-----END PRIVATE KEY-----
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "evidence.pem"
    key, made = keys.load_or_create_key(path)
    again, made_again = keys.load_or_create_key(path)
    assert (made, made_again) == (True, False)
    assert again.private_bytes_raw() == key.private_bytes_raw()
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_key_with_passphrase_opens_with_that_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    key, _ = keys.load_or_create_key(path, passphrase="four words and more")
    assert b"ENCRYPTED" in path.read_bytes()
    assert (
        keys.load_key(path, passphrase="four words and more").private_bytes_raw() == key.private_bytes_raw()
    )
    for wrong in ("", "four words"):
        with pytest.raises(BadInput, match="cannot be read as a private key") as caught:
            keys.load_key(path, passphrase=wrong)
        assert "passphrase" in caught.value.hint


def test_a_passphrase_for_a_key_without_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    keys.load_or_create_key(path)
    with pytest.raises(BadInput, match=r"key\.pem cannot be read"):
        keys.load_key(path, passphrase="not needed")


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_may_touch_is_not_trusted_and_not_read(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "key.pem"
    keys.load_or_create_key(path)
    path.chmod(bits)
    with pytest.raises(Untrusted) as caught:
        keys.load_or_create_key(path)
    assert caught.value.sentence == f"key.pem may be read by others. Run: chmod 600 {path}"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a key", STRANGE.encode()])
def test_a_file_that_holds_no_key_is_bad_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    keys.write_private(path, content)
    with pytest.raises(BadInput, match=r"key\.pem cannot be read as a private key"):
        keys.load_key(path)


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.mkdir(mode=0o700)
    with pytest.raises(BadInput, match="cannot be read"):
        keys.load_key(path)


def test_a_missing_key_is_named_instead_of_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no file absent\.pem"):
        keys.load_key(tmp_path / "absent.pem")


def test_a_dangling_link_is_a_missing_key_and_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(BadInput, match="There is no file"):
        keys.load_or_create_key(tmp_path / "key.pem")
    assert not (tmp_path / "elsewhere.pem").exists()


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    pem = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keys.write_private(path, pem)
    with pytest.raises(BadInput, match="another kind") as caught:
        keys.load_key(path)
    assert "Ed25519" in caught.value.hint


def test_of_two_that_make_a_key_at_once_both_use_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.pem"
    first = ed25519.Ed25519PrivateKey.generate()
    generate = ed25519.Ed25519PrivateKey.generate

    def overtaken() -> ed25519.Ed25519PrivateKey:
        pem = first.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        keys.write_private(path, pem)
        return generate()

    monkeypatch.setattr(ed25519.Ed25519PrivateKey, "generate", staticmethod(overtaken))
    key, made = keys.load_or_create_key(path)
    assert made is False
    assert key.private_bytes_raw() == first.private_bytes_raw()


def test_a_secret_is_made_once_is_long_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    secret = keys.load_or_create_secret(path)
    assert keys.load_or_create_secret(path) == secret
    assert len(secret) >= 60
    assert mode(path) == 0o600
    assert keys.load_or_create_secret(tmp_path / "other") != secret


def test_of_two_that_make_a_secret_at_once_both_use_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    write = keys.write_private

    def overtaken(target: Path, content: bytes) -> None:
        monkeypatch.setattr(keys, "write_private", write)
        write(target, b"f" * 67)
        write(target, content)

    monkeypatch.setattr(keys, "write_private", overtaken)
    assert keys.load_or_create_secret(path) == "f" * 67


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 80])
def test_an_empty_short_or_damaged_secret_is_never_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    keys.write_private(path, content)
    with pytest.raises(BadInput, match="secret holds no secret") as caught:
        keys.load_or_create_secret(path)
    assert "Delete it" in caught.value.hint


def test_a_secret_that_others_may_read_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    keys.load_or_create_secret(path)
    path.chmod(0o644)
    with pytest.raises(Untrusted, match="may be read by others"):
        keys.load_or_create_secret(path)


def test_a_secret_behind_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlimsollError, match="There is no file secret"):
        keys.load_or_create_secret(tmp_path / "secret")


def test_private_files_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"

    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        keys.write_private(path, b"half")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    keys.write_private(path, b"first")
    with pytest.raises(FileExistsError):
        keys.write_private(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


# ---------------------------------------------------------------- the second kind of key


def test_an_mldsa_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log-mldsa44.pem"
    key, made = keys.load_or_create_mldsa_key(path)
    again, made_again = keys.load_or_create_mldsa_key(path)
    assert (made, made_again) == (True, False)
    assert again.private_bytes_raw() == key.private_bytes_raw()
    assert keys.load_mldsa_key(path).public_key().public_bytes_raw() == key.public_key().public_bytes_raw()
    assert mode(path) == 0o600
    assert (
        keys.load_or_create_mldsa_key(tmp_path / "other.pem")[0].private_bytes_raw()
        != key.private_bytes_raw()
    )


def test_an_mldsa_key_with_passphrase_opens_with_that_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    key, _ = keys.load_or_create_mldsa_key(path, passphrase="four words and more")
    assert b"ENCRYPTED" in path.read_bytes()
    opened = keys.load_mldsa_key(path, passphrase="four words and more")
    assert opened.private_bytes_raw() == key.private_bytes_raw()
    for wrong in ("", "four words"):
        with pytest.raises(BadInput, match="cannot be read as a private key") as caught:
            keys.load_mldsa_key(path, passphrase=wrong)
        assert "ML-DSA-44" in caught.value.hint


def test_neither_kind_of_key_passes_for_the_other(tmp_path: Path) -> None:
    keys.load_or_create_key(tmp_path / "ed25519.pem")
    keys.load_or_create_mldsa_key(tmp_path / "mldsa.pem")
    with pytest.raises(BadInput, match="another kind") as caught:
        keys.load_or_create_mldsa_key(tmp_path / "ed25519.pem")
    assert "ML-DSA-44" in caught.value.hint
    with pytest.raises(BadInput, match="another kind"):
        keys.load_or_create_key(tmp_path / "mldsa.pem")


def test_an_mldsa_key_that_others_may_read_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    keys.load_or_create_mldsa_key(path)
    path.chmod(0o644)
    with pytest.raises(Untrusted, match="may be read by others"):
        keys.load_or_create_mldsa_key(path)


def test_of_two_that_make_an_mldsa_key_at_once_both_use_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.pem"
    write = keys.write_private
    first = tmp_path / "first.pem"
    keys.load_or_create_mldsa_key(first)

    def overtaken(target: Path, content: bytes) -> None:
        write(target, first.read_bytes())
        write(target, content)

    monkeypatch.setattr(keys, "write_private", overtaken)
    key, made = keys.load_or_create_mldsa_key(path)
    assert made is False
    assert key.private_bytes_raw() == keys.load_mldsa_key(first).private_bytes_raw()
