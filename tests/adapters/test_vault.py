import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.adapters import vault, vault_keys
from plimsoll.adapters.vault import SealedFields, Vault, draw_fields
from plimsoll.adapters.vault_keys import Keyring, SubjectKey
from plimsoll.engines.tlog.commitment import commit, commit_digests
from plimsoll.engines.tlog.fields import joined
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput, Conflict, Untrusted
from plimsoll.kernel.ids import Digest

RING = Keyring(keys={b"12345678": b"k" * 32}, current=b"12345678")
VAULT = Vault(RING)
KEY = VAULT.make_key("person:7")
FIELDS = draw_fields({"/name": "Erika Mustermann", "/mail": "erika@example.org"})
ENTRY = commit_digests(field.digest for field in FIELDS)
SEALED = VAULT.seal_fields(KEY, entry=ENTRY, fields=FIELDS)
OTHER = Digest("cd" * 32)


def test_what_was_sealed_opens_again() -> None:
    assert VAULT.open_fields(KEY, entry=ENTRY, sealed=SEALED) == FIELDS
    assert b"Erika" not in SEALED.box
    assert FIELDS[0].salt not in SEALED.box


@given(
    st.dictionaries(
        st.text(min_size=1).map(lambda key: "/" + key.replace("~", "").replace("/", "")), st.text()
    )
)
def test_whatever_is_sealed_opens_again(values: dict[str, str]) -> None:
    fields = draw_fields(values)
    sealed = VAULT.seal_fields(KEY, entry=OTHER, fields=fields)
    assert VAULT.open_fields(KEY, entry=OTHER, sealed=sealed) == fields


def test_salts_and_boxes_are_fresh_every_time() -> None:
    again = draw_fields({"/name": "Erika Mustermann", "/mail": "erika@example.org"})
    salts = {field.salt for field in (*again, *FIELDS)}
    assert len(salts) == 4
    assert VAULT.seal_fields(KEY, entry=ENTRY, fields=FIELDS).box != SEALED.box


@pytest.mark.parametrize(
    ("entry", "sealed"),
    [
        (OTHER, SEALED),
        (ENTRY, replace(SEALED, subject="person:8")),
        (ENTRY, replace(SEALED, digests=SEALED.digests[:1])),
        (ENTRY, replace(SEALED, digests=(Digest("no digest"),))),
        (ENTRY, replace(SEALED, box=b"")),
        (ENTRY, replace(SEALED, box=SEALED.box[:11])),
        (ENTRY, replace(SEALED, box=SEALED.box + b"x")),
    ],
    ids=["entry", "subject", "fewer fields", "no digest", "empty", "cut", "longer"],
)
def test_a_box_that_was_moved_or_changed_does_not_open(entry: Digest, sealed: SealedFields) -> None:
    with pytest.raises(Untrusted, match="A box about person:7 does not open"):
        VAULT.open_fields(KEY, entry=entry, sealed=sealed)


def test_no_changed_byte_of_a_box_or_key_is_accepted() -> None:
    for place in range(len(SEALED.box)):
        damaged = bytearray(SEALED.box)
        damaged[place] ^= 1
        with pytest.raises(Untrusted):
            VAULT.open_fields(KEY, entry=ENTRY, sealed=replace(SEALED, box=bytes(damaged)))
    for place in range(len(KEY.wrapped)):
        damaged = bytearray(KEY.wrapped)
        damaged[place] ^= 1
        with pytest.raises((Untrusted, Conflict)):
            VAULT.open_fields(replace(KEY, wrapped=bytes(damaged)), entry=ENTRY, sealed=SEALED)


def test_a_box_that_lies_about_its_fields_is_refused() -> None:
    plain = canonical_bytes([[field.name, field.salt.hex(), field.value] for field in FIELDS])
    digests = (FIELDS[0].digest,)
    box = VAULT._encrypt(KEY, plain, vault._about_fields("person:7", ENTRY, digests))
    with pytest.raises(Untrusted, match="other fields than it says"):
        VAULT.open_fields(KEY, entry=ENTRY, sealed=SealedFields(subject="person:7", digests=digests, box=box))


def test_a_key_of_another_subject_does_not_unwrap() -> None:
    with pytest.raises(Untrusted, match="person:8 was changed, or belongs to another subject"):
        VAULT.seal_fields(replace(KEY, subject="person:8"), entry=ENTRY, fields=FIELDS)


@pytest.mark.parametrize("wrapped", [b"12345678", b"12345678" + bytes(5)])
def test_a_key_that_is_cut_off_is_refused(wrapped: bytes) -> None:
    with pytest.raises(Untrusted):
        VAULT.rewrap(SubjectKey(subject="person:7", wrapped=wrapped)) and VAULT.seal_fields(
            SubjectKey(subject="person:7", wrapped=wrapped), entry=ENTRY, fields=FIELDS
        )


@pytest.mark.parametrize("subject", ["", "Erika", "person:", "person:7 ", "person:7\n"])
def test_a_subject_is_a_pseudonym(subject: str) -> None:
    with pytest.raises(BadInput, match="pseudonym"):
        VAULT.make_key(subject)


def test_destroying_the_key_leaves_nothing_to_open() -> None:
    """The key that is made afterwards for the same subject opens nothing older."""
    with pytest.raises(Untrusted):
        VAULT.open_fields(VAULT.make_key("person:7"), entry=ENTRY, sealed=SEALED)


def test_keys_are_not_printed() -> None:
    shown = repr((RING, KEY, SEALED, VAULT))
    assert "kkk" not in shown
    assert repr(KEY.wrapped) not in shown
    assert repr(SEALED.box) not in shown


# ------------------------------------------------------------ erasing fields


def test_one_field_is_erased_and_the_others_stay() -> None:
    rest, gone = VAULT.erase_fields(KEY, entry=ENTRY, sealed=SEALED, names=["/mail"])
    assert rest is not None
    kept = VAULT.open_fields(KEY, entry=ENTRY, sealed=rest)
    assert kept == FIELDS[:1]
    assert gone == (FIELDS[1].digest,)
    assert commit_digests([*(field.digest for field in kept), *gone]) == ENTRY


def test_nothing_stays_when_every_field_is_erased() -> None:
    rest, gone = VAULT.erase_fields(KEY, entry=ENTRY, sealed=SEALED, names=["/mail", "/name"])
    assert rest is None
    assert gone == SEALED.digests


@pytest.mark.parametrize("names", [[], ["/phone"]])
def test_a_field_that_is_not_there_cannot_be_erased(names: list[str]) -> None:
    with pytest.raises(BadInput):
        VAULT.erase_fields(KEY, entry=ENTRY, sealed=SEALED, names=names)


# ------------------------------------------------------------ entries of version 1


def test_an_old_payload_moves_into_the_vault_with_its_salt() -> None:
    payload, salt = canonical_bytes({"name": "Erika"}), bytes(range(32))
    entry = commit(payload, salt)
    sealed = VAULT.seal_payload(KEY, entry=entry, payload=payload, salt=salt)
    assert VAULT.open_payload(KEY, entry=entry, sealed=sealed) == (payload, salt)
    assert b"Erika" not in sealed.box
    with pytest.raises(Untrusted):
        VAULT.open_payload(KEY, entry=OTHER, sealed=sealed)
    with pytest.raises(Untrusted):
        VAULT.open_fields(
            KEY, entry=entry, sealed=SealedFields(subject="person:7", digests=(), box=sealed.box)
        )


def test_a_damaged_payload_is_not_hidden_in_the_vault() -> None:
    with pytest.raises(Untrusted, match="not the one that its entry commits to"):
        VAULT.seal_payload(KEY, entry=OTHER, payload=b"{}", salt=bytes(32))


# ------------------------------------------------------------ wrapping keys


def test_the_first_wrapping_key_is_made_on_first_use_and_read_afterwards(tmp_path: Path) -> None:
    ring = vault_keys.load_or_create_keyring(tmp_path / "keys")
    assert vault_keys.load_or_create_keyring(tmp_path / "keys") == ring
    made = tmp_path / "keys" / "vault-0001.key"
    assert made.stat().st_mode & 0o777 == 0o600
    assert list(ring.keys) == [ring.current]


def test_rotation_wraps_subject_keys_anew_and_retires_the_old(tmp_path: Path) -> None:
    before = Vault(vault_keys.load_or_create_keyring(tmp_path))
    key = before.make_key("person:7")
    sealed = before.seal_fields(key, entry=ENTRY, fields=FIELDS)
    after = Vault(vault_keys.rotate_wrapping_key(tmp_path))
    assert after.keyring.current != before.keyring.current
    assert after.open_fields(key, entry=ENTRY, sealed=sealed) == FIELDS
    with pytest.raises(Conflict, match="person:7 is still wrapped"):
        vault_keys.retire_wrapping_keys(tmp_path, [key])
    assert len(list(tmp_path.iterdir())) == 2
    anew = after.rewrap(key)
    assert after.rewrap(anew) is anew
    only = Vault(vault_keys.retire_wrapping_keys(tmp_path, [anew]))
    assert [path.name for path in tmp_path.iterdir()] == ["vault-0002.key"]
    assert only.open_fields(anew, entry=ENTRY, sealed=sealed) == FIELDS
    with pytest.raises(Conflict, match=r"wrapping key [0-9a-f]{16}, which is gone"):
        only.open_fields(key, entry=ENTRY, sealed=sealed)


def test_rotation_before_first_use_makes_the_first_key(tmp_path: Path) -> None:
    ring = vault_keys.rotate_wrapping_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vault-0001.key"]
    assert len(ring.keys) == 1


def test_the_numbers_of_wrapping_keys_end(tmp_path: Path) -> None:
    vault_keys.load_or_create_keyring(tmp_path)
    (tmp_path / "vault-0001.key").rename(tmp_path / "vault-9999.key")
    with pytest.raises(Conflict, match="no number left"):
        vault_keys.rotate_wrapping_key(tmp_path)


def test_a_wrapping_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    vault_keys.load_or_create_keyring(tmp_path)
    (tmp_path / "vault-0001.key").chmod(0o644)
    with pytest.raises(Untrusted, match="may be read by others"):
        vault_keys.load_or_create_keyring(tmp_path)


def test_a_damaged_wrapping_key_is_to_be_restored_and_not_deleted(tmp_path: Path) -> None:
    path = tmp_path / "vault-0001.key"
    path.write_text("short")
    path.chmod(0o600)
    with pytest.raises(BadInput, match="holds no secret") as caught:
        vault_keys.load_or_create_keyring(tmp_path)
    assert "Restore it" in caught.value.hint


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "vault-1.key.old").write_text(json.dumps("nothing"))
    (tmp_path / "log.pem").write_text("nothing")
    ring = vault_keys.load_or_create_keyring(tmp_path)
    vault_keys.retire_wrapping_keys(tmp_path, [])
    assert len(ring.keys) == 1
    assert len(list(tmp_path.iterdir())) == 3


def test_an_entry_is_sealed_with_one_box_per_subject() -> None:
    house, payload = VAULT.make_key("program:1"), {"reason": "Erika asked", "count": 2, "records": {}}
    keys = {"/reason": KEY}
    entry, boxes = VAULT.seal_entry(payload, key_of=lambda name: keys.get(name, house))
    assert [box.subject for box in boxes] == ["person:7", "program:1"]
    fields = [
        *VAULT.open_fields(KEY, entry=entry, sealed=boxes[0]),
        *VAULT.open_fields(house, entry=entry, sealed=boxes[1]),
    ]
    assert joined((field.name, field.value) for field in fields) == payload
    assert commit_digests(field.digest for field in fields) == entry
    assert [field.name for field in fields] == ["/reason", "/count", "/records"]
