import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.statements.statement import ATTESTATION, CHECK, Statement, check_validity
from plimsoll.kernel.canonical import canonical_bytes, digest_bytes
from plimsoll.kernel.errors import BadInput, PlimsollError

NOW = datetime(2026, 3, 26, 9, 0, tzinfo=UTC)
DIGEST = digest_bytes(b"model")


def made(**changes: Any) -> Statement:
    values: dict[str, Any] = {
        "subjects": (("model.pkl", DIGEST),),
        "predicate_type": CHECK,
        "predicate": {"outcome": "pass"},
        "produced_at": NOW,
        "valid_until": NOW + timedelta(days=90),
    }
    return Statement(**{**values, **changes})


def changed(**changes: Any) -> bytes:
    value = json.loads(made().to_bytes())
    value["predicate"].update(changes.pop("predicate", {}))
    return json.dumps({**value, **changes}).encode()


instants = st.timedeltas(timedelta(days=-10_000), timedelta(days=60_000)).map(lambda passed: NOW + passed)


@given(instants, st.timedeltas(timedelta(microseconds=1), timedelta(days=800)))
def test_a_statement_is_read_back_as_it_was_written(produced_at: datetime, holds: timedelta) -> None:
    statement = made(produced_at=produced_at, valid_until=produced_at + holds)
    read = Statement.from_bytes(statement.to_bytes())
    assert (read.subjects, read.predicate_type) == (statement.subjects, statement.predicate_type)
    assert (read.produced_at, read.valid_until) == (statement.produced_at, statement.valid_until)
    assert read.predicate["outcome"] == "pass"
    assert read.to_bytes() == statement.to_bytes()


def test_a_statement_has_the_form_of_in_toto() -> None:
    value = json.loads(made().to_bytes())
    assert value == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model.pkl", "digest": {"sha256": DIGEST}}],
        "predicateType": CHECK,
        "predicate": {
            "outcome": "pass",
            "produced_at": "2026-03-26T09:00:00Z",
            "valid_until": "2026-06-24T09:00:00Z",
        },
    }
    assert CHECK != ATTESTATION


def test_the_times_of_the_predicate_cannot_be_overruled_by_the_predicate() -> None:
    sly = made(predicate={"produced_at": "2030-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z"})
    assert Statement.from_bytes(sly.to_bytes()).valid_until == NOW + timedelta(days=90)


def test_times_are_read_in_any_zone_and_kept_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    local = made(produced_at=NOW.astimezone(east))
    assert local.to_bytes() == made().to_bytes()
    read = Statement.from_bytes(changed(predicate={"produced_at": "2026-03-26T11:00:00.5+02:00"}))
    assert read.produced_at == NOW + timedelta(seconds=0.5)
    assert read.produced_at.tzinfo is UTC


def test_a_statement_cannot_be_written_with_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        made(produced_at=datetime(2026, 3, 26)).to_bytes()  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize("field", ["produced_at", "valid_until"])
@pytest.mark.parametrize(
    "value",
    [
        None, 5, True, "", "soon", "2026-03-26", "2026-03-26T09:00:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-03-26T09:00:00+25:00", "2026-W13-4T09:00:00Z", "20260326T090000Z",
        "2026-03-26T09:00:00Z ", "２０２６-03-26T09:00:00Z", "2026-03-26x09:00:00Z",
        "2026-03-26T09:00:60Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ],
)  # fmt: skip
def test_a_time_that_is_no_instant_with_zone_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"The statement's {field} is “") as caught:
        Statement.from_bytes(changed(predicate={field: value}))
    assert "with zone" in caught.value.hint


def test_a_missing_time_is_named_as_missing() -> None:
    value = json.loads(made().to_bytes())
    del value["predicate"]["valid_until"]
    with pytest.raises(BadInput, match="The statement has no valid_until"):
        Statement.from_bytes(json.dumps(value).encode())


@pytest.mark.parametrize("end", ["2026-03-26T09:00:00Z", "2026-03-26T08:59:59Z", "2026-03-26T10:00:00+02:00"])
def test_a_statement_must_end_after_it_was_made(end: str) -> None:
    with pytest.raises(BadInput, match="before it was made"):
        Statement.from_bytes(changed(predicate={"valid_until": end}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "not an in-toto statement"),
        ({"_type": None}, "not an in-toto statement"),
        ({"subject": []}, "names no subject"),
        ({"subject": {"name": "x"}}, "names no subject"),
        ({"subject": None}, "names no subject"),
        ({"subject": [5]}, "needs a digest"),
        ({"subject": [{"name": "x"}]}, "needs a digest"),
        ({"subject": [{"name": "x", "digest": DIGEST}]}, "needs a digest"),
        ({"subject": [{"name": "x", "digest": {"sha512": "ab"}}]}, "needs a sha256 digest"),
        ({"subject": [{"name": "x", "digest": {"sha256": 5}}]}, "needs a sha256 digest"),
        ({"subject": [{"name": "x", "digest": {"sha256": "AB" * 32}}]}, "is not a SHA-256 digest"),
        ({"subject": [{"name": "x", "digest": {"sha256": DIGEST}}, {}]}, "needs a digest"),
        ({"subject": [{"name": 5, "digest": {"sha256": DIGEST}}]}, "at most 300 characters"),
        ({"subject": [{"name": "x" * 301, "digest": {"sha256": DIGEST}}]}, "at most 300 characters"),
        ({"subject": [{"name": "a\x00b", "digest": {"sha256": DIGEST}}]}, "control characters"),
        ({"subject": [{"name": "\x1b[2Jclean", "digest": {"sha256": DIGEST}}]}, "control characters"),
        ({"subject": [{"name": "a\x85b", "digest": {"sha256": DIGEST}}]}, "control characters"),
        ({"predicateType": None}, "no predicateType"),
        ({"predicateType": 5}, "no predicateType"),
    ],
)
def test_a_malformed_statement_is_refused_by_the_part_that_is_wrong(changes: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        Statement.from_bytes(changed(**changes))
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("predicate", [None, [], "pass", 5])
def test_a_statement_without_predicate_is_refused(predicate: object) -> None:
    value = json.loads(made().to_bytes())
    value["predicate"] = predicate
    with pytest.raises(BadInput, match="has no predicate"):
        Statement.from_bytes(json.dumps(value).encode())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"_type": NaN}'])
def test_what_is_no_statement_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput, match="statement"):
        Statement.from_bytes(body)


def test_a_subject_may_be_nameless_and_a_name_may_be_long_and_in_any_script() -> None:
    nameless = Statement.from_bytes(changed(subject=[{"digest": {"sha256": DIGEST}}]))
    assert nameless.subjects == (("", DIGEST),)
    name = "模型 ü\u200d😀.pkl".ljust(300, "x")
    assert Statement.from_bytes(changed(subject=[{"name": name, "digest": {"sha256": DIGEST}}])).subjects == (
        (name, DIGEST),
    )


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["_type", "subject", "predicate", "predicateType", "digest", "sha256"]), inner
    ),
))  # fmt: skip
def test_any_json_is_a_statement_or_a_plimsoll_error(value) -> None:
    body = {"_type": "https://in-toto.io/Statement/v1", **(value if isinstance(value, dict) else {})}
    try:
        read = Statement.from_bytes(canonical_bytes(body))
    except PlimsollError:
        return
    assert Statement.from_bytes(read.to_bytes()).subjects == read.subjects


def test_a_statement_counts_from_five_minutes_before_it_was_made_until_it_ends() -> None:
    statement = made()
    for now in (
        NOW - timedelta(minutes=5),
        NOW,
        NOW + timedelta(days=90) - timedelta(microseconds=1),
        NOW.astimezone(timezone(timedelta(hours=-7))),
    ):
        check_validity(statement, now=now)


def test_a_statement_from_the_future_is_refused() -> None:
    with pytest.raises(BadInput, match="still to come") as caught:
        check_validity(made(), now=NOW - timedelta(minutes=5, microseconds=1))
    assert "2026-03-26T09:00:00Z" in caught.value.message
    assert "clock" in caught.value.hint


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=900)])
def test_an_expired_statement_is_refused(late: timedelta) -> None:
    with pytest.raises(BadInput, match="expired at 2026-06-24T09:00:00Z"):
        check_validity(made(), now=NOW + timedelta(days=90) + late)
