from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from plimsoll.engines.catalog.read import LIMIT, read_model, read_yaml
from plimsoll.kernel.errors import BadInput, ErrorCode


def refusal(content: bytes, **options: int) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_yaml(content, what="catalog/x.yaml", **options)
    error = caught.value
    assert error.message.startswith("catalog/x.yaml is ")
    assert error.message.endswith(".")
    assert "\n" not in error.sentence
    return error


def test_plain_yaml_is_read_as_written() -> None:
    assert read_yaml(b"a: 1\nb: [x, 2.5]\nc:\n", what="x") == {"a": 1, "b": ["x", 2.5], "c": None}


def test_json_is_yaml_too() -> None:
    assert read_yaml(b'{"a": [true, null]}', what="x") == {"a": [True, None]}


def test_a_byte_order_mark_is_accepted() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\n", what="x") == {"a": 1}


def test_an_empty_document_is_none() -> None:
    assert read_yaml(b"", what="x") is None


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "NO", "y", "n"])
def test_yes_and_no_stay_text(word: str) -> None:
    assert read_yaml(f"a: {word}\n".encode(), what="x") == {"a": word}


def test_no_stays_text_as_a_key() -> None:
    assert read_yaml(b"no: 1\n", what="x") == {"no": 1}


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_only_true_and_false_are_booleans(word: str, value: bool) -> None:
    assert read_yaml(f"a: {word}\n".encode(), what="x") == {"a": value}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"a: 1\nb: [1, 2\n", 3, "expected ',' or ']'"),
        (b"a: 1\nb:\n\t- 2\n", 3, "cannot start any token"),
        (b"a: 1\nb: 2\na: 3\n", 3, "the key “a” appears twice"),
        (b"a:\n  b: 1\n  b: 2\n", 3, "the key “b” appears twice"),
        (b"a: 1\nb: &x 2\n", 2, "an anchor (&name) is not accepted"),
        (b"a: 1\nb: *x\n", 2, "an alias (*name) is not accepted"),
        (b"a: 1\n\nb: !!str 2\n", 3, "a tag (!name) is not accepted"),
        (b"a: !!python/object/apply:os.system ['true']\n", 1, "a tag (!name) is not accepted"),
        (b"&x {a: 1}\n", 1, "an anchor (&name) is not accepted"),
        (b"a: {<<: {b: 1}}\n", 1, "merge"),
        (b"a: 1\n---\nb: 2\n", 2, "another document"),
        (b"? [1, 2]\n: 3\n", 1, "a key must be plain text"),
        (b"2026-11-23: 3\n", 1, "a key must be plain text"),
        (b"a: 'open\n", 2, "unexpected end of stream"),
    ],
    ids=[
        "unclosed list",
        "tab",
        "duplicate key",
        "nested duplicate key",
        "anchor",
        "alias",
        "tag",
        "python tag",
        "anchor on the document",
        "merge key",
        "two documents",
        "list as key",
        "date as key",
        "unclosed quote",
    ],
)
def test_malformed_yaml_gets_one_sentence_with_its_line(content: bytes, line: int, words: str) -> None:
    error = refusal(content)
    assert f"is not valid YAML in line {line}, column " in error.message
    assert words in error.message
    assert error.hint


def test_bytes_that_are_no_text_are_placed_by_line() -> None:
    error = refusal(b"a: 1\nb: \xff\n")
    assert "not UTF-8 text in line 2 (byte 8)" in error.message


def test_too_much_is_refused_before_it_is_read() -> None:
    error = refusal(b"a: 12345", limit=7)
    assert error.code is ErrorCode.TOO_LARGE
    assert "8 bytes" in error.message
    assert "7 bytes" in error.hint
    assert read_yaml(b"a: 1234", what="x", limit=7) == {"a": 1234}
    assert refusal(b" " * (LIMIT + 1)).code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("content", [b"[" * 100_000, b"- " * 50_000, b"{a: " * 50_000])
def test_deep_nesting_is_refused_at_once(content: bytes) -> None:
    started = time.process_time()
    assert "nested too deeply" in refusal(content).message
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "content",
    [b"a: 2026-13-45\n", b"a: " + b"9" * 5_000 + b"\n", b"a: \x00\n", b"a: 2001-12-14t21:59:43.10-99:00\n"],
    ids=["impossible date", "endless number", "control character", "impossible time zone"],
)
def test_impossible_values_are_refused_in_one_sentence(content: bytes) -> None:
    assert "is not valid YAML: " in refusal(content).message


@given(st.text(alphabet="ab:-?[]{},#&*!|>'\"%@`\t\n 0129.~<=", max_size=60))
def test_any_text_is_read_or_refused_with_bad_input(text: str) -> None:
    refused = None
    try:
        read_yaml(text.encode(), what="x")
    except BadInput as error:
        refused = error
    assert refused is None or "\n" not in refused.sentence


class _Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    count: int


def test_a_document_becomes_its_model() -> None:
    assert read_model(b"name: a\ncount: 2\n", _Thing, what="x") == _Thing(name="a", count=2)


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        read_model(b"name: a\ncount: many\n", _Thing, what="catalog/x.yaml")
    assert caught.value.message.startswith("catalog/x.yaml: count: ")
    assert caught.value.data == {"field": "count"}
    assert "more" not in caught.value.message


def test_further_wrong_fields_are_counted() -> None:
    with pytest.raises(BadInput, match=r"\(and 2 more\)\.$"):
        read_model(b"nme: a\n", _Thing, what="x")


def test_a_document_of_the_wrong_kind_is_named_as_such() -> None:
    with pytest.raises(BadInput, match="x: the document: "):
        read_model(b"", _Thing, what="x")


def test_more_values_than_are_read_are_refused_before_they_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.engines.catalog.read.MOST_VALUES", 4)
    assert read_yaml(b"[1, 2, 3]", what="x") == [1, 2, 3]
    with pytest.raises(BadInput, match="line 1, column 11: there are more than 4 values"):
        read_yaml(b"[1, 2, 3, 4]", what="x")
