import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import commitment
from plimsoll.engines.tlog.fields import Field, joined, parse_salt, split
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

SALT = bytes(range(32))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
STATES = st.dictionaries(
    st.text(max_size=8), st.none() | st.dictionaries(st.text(max_size=5), JSON, max_size=3)
)
PAYLOADS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)


def test_a_field_is_hashed_as_its_description_says() -> None:
    body = b'["/reason","late"]'
    expected = hashlib.sha256(b"plimsoll/field/v1\n" + SALT + len(body).to_bytes(8, "big") + body)
    assert commitment.commit_field("/reason", "late", SALT) == expected.hexdigest()


def test_fields_are_hashed_sorted_with_their_number() -> None:
    low, high = Digest("00" * 32), Digest("ff" * 32)
    expected = hashlib.sha256(
        b"plimsoll/fields/v1\n" + (2).to_bytes(8, "big") + bytes.fromhex(low) + bytes.fromhex(high)
    )
    assert commitment.commit_fields({"/a": high, "/b": low}) == expected.hexdigest()
    assert commitment.commit_digests([low, high]) == expected.hexdigest()


def test_no_fields_are_committed_to_as_none() -> None:
    expected = hashlib.sha256(b"plimsoll/fields/v1\n" + bytes(8)).hexdigest()
    assert commitment.commit_fields({}) == expected


def test_the_tags_keep_the_kinds_of_commitment_apart() -> None:
    body = canonical_bytes(["/a", 1])
    assert commitment.commit(body, SALT) != commitment.commit_field("/a", 1, SALT)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_salt_has_32_bytes(size: int) -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        commitment.commit_field("/a", 1, bytes(size))


def test_a_digest_counted_twice_or_malformed_is_refused() -> None:
    one = Digest("ab" * 32)
    with pytest.raises(BadInput, match="same digest"):
        commitment.commit_digests([one, one])
    with pytest.raises(BadInput, match="same digest"):
        commitment.commit_digests([one, Digest("sha256:" + one)])
    with pytest.raises(BadInput, match="field's digest"):
        commitment.commit_digests([Digest("ab")])


@given(st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=6))
def test_the_order_of_fields_does_not_matter(raw: list[bytes]) -> None:
    digests = [Digest(row.hex()) for row in raw]
    assert commitment.commit_digests(digests) == commitment.commit_digests(reversed(digests))


@given(JSON, JSON, st.binary(min_size=32, max_size=32))
def test_different_values_have_different_commitments(one: object, other: object, salt: bytes) -> None:
    same = canonical_bytes(one) == canonical_bytes(other)
    digests = [commitment.commit_field("/a", value, salt) for value in (one, other)]
    assert (digests[0] == digests[1]) is same


# ------------------------------------------------------------ fields


@given(PAYLOADS, st.none() | STATES | JSON)
def test_a_payload_cut_into_fields_is_put_together_again(payload: dict, records: object) -> None:
    whole = {**payload, "records": records}
    assert joined(split(whole).items()) == whole
    assert joined(split(payload).items()) == payload


def test_columns_of_records_are_fields_of_their_own() -> None:
    payload = {"a/b": 1, "records": {"scope.System:1": {"na~me": "x", "id": 1}, "scope.System:2": None}}
    assert split(payload) == {
        "/a~1b": 1,
        "/records/scope.System:1/na~0me": "x",
        "/records/scope.System:1/id": 1,
        "/records/scope.System:2": None,
    }


@pytest.mark.parametrize(
    "fields",
    [
        [("/a", 1), ("/a", 2)],
        [("/a", {"b": 1}), ("/a/c", 2)],
        [("/a", 1), ("/a/c", 2)],
        [("/a/c", 2), ("/a", 1)],
    ],
)
def test_fields_within_each_other_are_refused(fields: list[tuple[str, object]]) -> None:
    with pytest.raises(BadInput, match="field “/a"):
        joined(fields)


def test_a_field_is_read_as_it_was_written() -> None:
    field = Field(name="/a~1b/", value=[1, None], salt=SALT)
    assert Field.from_json(field.to_json()) == field
    assert field.digest == commitment.commit_field("/a~1b/", [1, None], SALT)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a"},
        {"name": ""},
        {"name": "/~2"},
        {"name": 7},
        {"salt": "AB" * 32},
        {"salt": "ab" * 31},
        {"salt": None},
        {"more": 1},
    ],
)
def test_a_field_of_another_form_is_refused(change: dict) -> None:
    with pytest.raises(BadInput):
        Field.from_json({**Field(name="/a", value=1, salt=SALT).to_json(), **change})


def test_what_is_no_object_is_no_field() -> None:
    with pytest.raises(BadInput, match="name, salt and value"):
        Field.from_json([])
    assert parse_salt("0" * 64) == bytes(32)


@given(st.text(), st.text() | st.none() | st.booleans() | JSON)
def test_the_quick_way_to_write_a_field_gives_the_canonical_bytes(name: str, value: object) -> None:
    body = canonical_bytes([name, value])
    expected = hashlib.sha256(b"plimsoll/field/v1\n" + SALT + len(body).to_bytes(8, "big") + body)
    assert commitment.commit_field(name, value, SALT) == expected.hexdigest()


@pytest.mark.parametrize(
    ("name", "value"), [("/a", "\ud800"), ("/\ud800", 1), ("/\ud800", "a"), ("/a", 2**60)]
)
def test_what_has_no_canonical_form_is_refused(name: str, value: object) -> None:
    with pytest.raises(BadInput, match="no canonical JSON form"):
        commitment.commit_field(name, value, SALT)
