import hashlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.canonical import (
    canonical_bytes,
    canonical_bytes_of_read,
    digest_bytes,
    digest_value,
    read_json,
)
from plimsoll.kernel.errors import BadInput, ErrorCode

SAFE = 2**53 - 1
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=10,
)


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@given(values)
def test_canonical_bytes_are_read_back_as_the_same_value(value) -> None:
    assert read_json(canonical_bytes(value), what="it") == value


@given(values)
def test_canonical_bytes_are_a_fixed_point(value) -> None:
    once = canonical_bytes(value)
    assert canonical_bytes(read_json(once, what="it")) == once


@given(st.dictionaries(text, values, max_size=5))
def test_the_order_of_keys_does_not_change_the_bytes(value: dict) -> None:
    assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


def test_the_example_of_rfc_8785_comes_out_as_printed_there() -> None:
    # RFC 8785, section 3.2.2 (input) and 3.2.3 (output).
    given_value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_bytes(given_value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_a_digest_is_the_sha_256_of_the_bytes() -> None:
    assert digest_bytes(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert digest_value({"b": 1, "a": 2.0}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        math.nan, math.inf, -math.inf, 2**53, -(2**53), 10**5000, "\ud800", {"\udfff": 1}, {1: 2},
        {None: 1}, b"bytes", {1, 2}, object(), nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_without_canonical_form_is_refused_in_one_sentence(value) -> None:
    with pytest.raises(BadInput) as caught:
        canonical_bytes(value)
    assert caught.value.message.startswith("The value has no canonical JSON form")
    assert len(caught.value.message) < 200
    assert "finite numbers" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b"1 2", "line 1, column 3"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b"\xff", "not UTF-8 text (byte 0)"),
        (b'"\xed\xa0\x80"', "not UTF-8 text"),
        (b'{"a": 1, "a": 1}', "the key “a” appears twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "the key “a” appears twice"),
        (b'{"a": 1, "\\u0061": 2}', "the key “a” appears twice"),
        (b"NaN", "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b"[1e999]", "1e999 is too large a number"),
        (b"[-1e999]", "-1e999 is too large a number"),
        (b"[" + b"9" * 5000 + b"]", "too many digits"),
        (b"[9007199254740993]", "too large a whole number"),
        (b"[-12345678901234567890]", "too large a whole number"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'{"a": ["\\uDFFF\\ud83d"]}', "half a surrogate pair"),
        (b'{"\\udc00": 1}', "half a surrogate pair"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
    ],
)
def test_anything_but_strict_json_is_refused_with_what_and_where(content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_json(content, what="The envelope")
    assert caught.value.message.startswith("The envelope ")
    assert said in caught.value.message
    assert len(caught.value.message) < 200


def test_a_long_doubled_key_is_shortened_in_the_message() -> None:
    key = json.dumps("k" * 100_000).encode()
    with pytest.raises(BadInput) as caught:
        read_json(b"{%b: 1, %b: 2}" % (key, key), what="It")
    assert len(caught.value.message) < 120


@pytest.mark.parametrize("number", [1e16, -1e16, 2.0**53, 1e20, 123456789012345680000.0])
def test_a_large_float_that_is_written_as_a_whole_number_is_read_back(number: float) -> None:
    written = canonical_bytes([number])
    assert b"e" not in written
    assert read_json(written, what="It") == [number]
    assert canonical_bytes(read_json(written, what="It")) == written


def test_whole_numbers_stay_whole_as_far_as_every_reader_keeps_them_exactly() -> None:
    read = read_json(b"[9007199254740991, -9007199254740991, 9007199254740992, 0, -0]", what="It")
    assert [type(number) for number in read] == [int, int, float, int, int]
    assert read == [SAFE, -SAFE, SAFE + 1, 0, 0]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert read_json(b'"\\ud83d\\ude00 \\\\ud800"', what="It") == "😀 \\ud800"


def test_more_than_the_limit_is_too_large_and_names_the_limit() -> None:
    assert read_json(b"[1]", what="It", limit=3) == [1]
    with pytest.raises(BadInput) as caught:
        read_json(b"[12]", what="The export", limit=3)
    assert caught.value.code is ErrorCode.TOO_LARGE
    assert caught.value.sentence == "The export is 4 bytes long. At most 3 bytes are read."


@given(st.binary(max_size=40))
def test_any_bytes_are_json_or_bad_input(content: bytes) -> None:
    try:
        value = read_json(content, what="It")
    except BadInput:
        return
    assert value == json.loads(content)
    assert read_json(canonical_bytes(value), what="It") == value


READ = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([-0.0, 1.0, 1e16, 1e21, 1e-7, 5e-324, 123456789.0, 0.1])
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(READ)
def test_a_value_that_was_read_is_written_quickly_as_it_is_slowly(value: object) -> None:
    read = read_json(canonical_bytes(value), what="The value")
    assert canonical_bytes_of_read(read) == canonical_bytes(value)


@pytest.mark.parametrize(
    "text",
    ["1.0", "-0.0", "[1.0]", '{"a":1.0,"b":2}', "1e16", "1e-7", '{"\U00010000":1,"\ufffd":2}', '"\x7f"'],
)
def test_what_the_writers_write_differently_is_written_as_the_slow_one_does(text: str) -> None:
    value = read_json(text.encode(), what="The value")
    assert canonical_bytes_of_read(value) == canonical_bytes(value)


def test_what_is_nested_too_deeply_is_refused_by_both() -> None:
    value: list[object] = []
    for _ in range(200_000):
        value = [value]
    with pytest.raises(BadInput, match="no canonical JSON form"):
        canonical_bytes_of_read(value)
