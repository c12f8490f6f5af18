import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Ref, RefKind, parse_digest

DIGEST = "0123456789abcdef" * 4


@given(st.sampled_from(RefKind), st.integers(1, 999_999_999))
def test_a_ref_is_read_as_it_is_written_in_any_case(kind: RefKind, number: int) -> None:
    ref = Ref(kind, number)
    assert Ref.parse(str(ref)) == Ref.parse(f"  {str(ref).lower()}\n") == ref


@pytest.mark.parametrize(
    "text",
    [
        "", "RSK", "RSK-", "RSK-0", "RSK-014", "RSK-1000000000", "RSK--1", "RSK-1-2", "RSK 14", "RSK-1.0",
        "XYZ-1", "RSK-१४", "RSK-１４", "rſk-14", "aſt-1", "ßk-1", "RSK-1\x00", "RSK-1 RSK-2",
    ],
)  # fmt: skip
def test_anything_else_is_no_ref_and_the_message_says_what_is(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Ref.parse(text)
    assert "is not a ref" in caught.value.message
    assert "RSK-14" in caught.value.hint


def test_a_long_non_ref_is_shortened_in_the_message() -> None:
    with pytest.raises(BadInput) as caught:
        Ref.parse("R" * 100_000)
    assert len(caught.value.message) < 100


def test_a_digest_is_read_with_and_without_its_prefix() -> None:
    assert parse_digest(DIGEST) == parse_digest(f"sha256:{DIGEST}") == DIGEST


@pytest.mark.parametrize(
    "text",
    [
        "", DIGEST[:-1], DIGEST + "0", DIGEST.upper(), DIGEST + "\n", " " + DIGEST, "sha512:" + DIGEST,
        "sha256:sha256:" + DIGEST, DIGEST[:-1] + "０", DIGEST[:-1] + "g",
    ],
)  # fmt: skip
def test_a_digest_in_any_other_form_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_digest(text, what="The commitment")
    assert caught.value.message.startswith("The commitment “")
    assert "64 lower-case" in caught.value.hint
