import pickle

import pytest

from plimsoll.kernel import errors
from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError

KINDS = [getattr(errors, name) for name in errors.__all__ if name not in ("ErrorCode", "PlimsollError")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_plimsoll_error_with_a_code_of_its_own(kind: type[PlimsollError]) -> None:
    error = kind("It was refused.", hint="Do the other thing.", data={"field": "x"})
    assert isinstance(error, PlimsollError)
    assert error.code is ErrorCode[_upper(kind.__name__)]
    assert (error.message, error.hint, error.data) == (
        "It was refused.",
        "Do the other thing.",
        {"field": "x"},
    )
    assert error.sentence == "It was refused. Do the other thing."


def _upper(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()


def test_codes_have_distinct_words_a_refusing_status_and_a_meaning() -> None:
    assert len({code.word for code in ErrorCode}) == len(ErrorCode)
    for code in ErrorCode:
        assert 400 <= code.status < 600
        assert code.meaning.endswith(".")
        assert code.word == code.name.lower()


def test_each_refusal_has_the_http_status_that_clients_act_on() -> None:
    assert {code.word: code.status for code in ErrorCode} == {
        "bad_input": 422,
        "too_large": 413,
        "unauthenticated": 401,
        "not_allowed": 403,
        "not_found": 404,
        "conflict": 409,
        "untrusted": 422,
        "missing_extra": 501,
        "unavailable": 503,
    }


def test_an_error_without_hint_is_its_message_and_the_code_can_be_narrowed() -> None:
    error = BadInput("The file is too long.", code=ErrorCode.TOO_LARGE)
    assert error.sentence == str(error) == "The file is too long."
    assert error.code is ErrorCode.TOO_LARGE
    assert BadInput.code is ErrorCode.BAD_INPUT
    assert error.data == {}


def test_the_data_of_an_error_does_not_change_with_what_it_was_made_from() -> None:
    given = {"field": "x"}
    error = BadInput("No.", data=given)
    given["field"] = "y"
    assert error.data == {"field": "x"}


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(BadInput("No.", hint="Yes.", data={"a": 1})))
    assert (error.message, error.hint, error.data, error.code) == (
        "No.",
        "Yes.",
        {"a": 1},
        ErrorCode.BAD_INPUT,
    )
