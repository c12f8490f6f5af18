"""Exports with entries of version 2, and with content that was erased."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, commitment, export, keys, merkle
from plimsoll.engines.tlog.erasure import ERASED, Erasure
from plimsoll.engines.tlog.fields import Field, split
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.kernel.canonical import canonical_bytes, digest_value
from plimsoll.kernel.verdict import Verdict

SIGNER = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
KEY = SIGNER.verifier
KIND = "scope:system:described"
Entries = list[export.ExportEntry]


def fields_of(index: int, payload: dict[str, Any]) -> tuple[Field, ...]:
    return tuple(
        Field(name=name, value=value, salt=bytes([index, place]) * 16)
        for place, (name, value) in enumerate(split(payload).items())
    )


def entry(index: int, payload: dict[str, Any], *, kind: str = KIND, version: int = 2) -> export.ExportEntry:
    fields = fields_of(index, payload) if version == 2 else ()
    salt = bytes([0xF0 + index % 8]) * 32
    made = Leaf(
        kind=kind,
        at=f"2026-03-{10 + index % 20}T09:00:00.000000Z",
        actor="person:1",
        subject=f"p/SYS-{index}",
        commit=commitment.commit_digests(field.digest for field in fields)
        if version == 2
        else commitment.commit(canonical_bytes(payload), salt),
        version=version,
    )
    leaf_hash = merkle.leaf_hash(made.entry)
    if version == 1:
        return export.ExportEntry(index=index, leaf=made, leaf_hash=leaf_hash, salt=salt, payload=payload)
    return export.ExportEntry(index=index, leaf=made, leaf_hash=leaf_hash, fields=fields)


def without(one: export.ExportEntry, *names: str) -> export.ExportEntry:
    """The entry without the named fields, or without everything."""
    gone = [field for field in one.fields if not names or field.name in names]
    kept = tuple(field for field in one.fields if field not in gone)
    return dataclasses.replace(
        one,
        salt=None,
        payload=None,
        fields=kept,
        erased=(*one.erased, *(field.digest for field in gone)),
    )


def withheld(one: export.ExportEntry) -> export.ExportEntry:
    return export.ExportEntry(index=one.index, leaf=None, leaf_hash=one.leaf_hash)


NEW = {"id": 2, "name": ""}
BEFORE = [
    entry(0, {"name": "Ada", "records": {"people.User:1": {"id": 1, "name": "Ada"}}}, version=1),
    entry(1, {"why": "new", "records": {"people.User:2": {"id": 2, "name": "Erika"}}}),
    entry(2, {"records": {"people.User:3": None}}),
    entry(3, {"records": {}}),
    entry(4, {"comment": "Erika said so", "count": 7, "records": {}}),
    entry(5, {"comment": "Bob said so", "count": 8, "records": {}}, version=1),
]
COMMENT = next(field for field in BEFORE[4].fields if field.name == "/comment")
ERASURE = Erasure(
    entries=((0, 1), (5, 5)),
    fields={4: (COMMENT.digest,)},
    basis="gdpr-17-1-c",
    requester="person:2",
)
STATES = {"people.User:1": {"id": 1, "name": ""}, "people.User:2": NEW}


def erasing(index: int, erasure: Erasure | None = ERASURE, **more: Any) -> export.ExportEntry:
    payload = {"erasure": erasure.to_json() if erasure else None, "records": STATES, **more}
    return entry(index, payload, kind=ERASED)


AFTER = [
    without(BEFORE[0]),
    without(BEFORE[1]),
    *BEFORE[2:4],
    without(BEFORE[4], "/comment"),
    without(BEFORE[5]),
    erasing(6),
    entry(7, {"records": {}}),
]


def signed(entries: Sequence[export.ExportEntry]) -> str:
    root = merkle.root([one.leaf_hash for one in entries])
    state = checkpoint.Checkpoint(origin=SIGNER.name, size=len(entries), root=root)
    return checkpoint.sign_checkpoint(state, SIGNER)


def lines_of(entries: Entries, states: dict[str, Any] | None = None) -> list[bytes]:
    register = [(key, digest_value(state)) for key, state in (STATES if states is None else states).items()]
    return list(
        export.write_export(
            verifier=KEY,
            size=len(entries),
            entries=entries,
            marks={},
            register=register,
            note=signed(entries),
        )
    )


def verify(entries: Entries, states: dict[str, Any] | None = None) -> export.Report:
    return export.verify_export(lines_of(entries, states), key=KEY)


def swapped(*changed: export.ExportEntry) -> Entries:
    made = list(AFTER)
    for one in changed:
        made[one.index] = one
    return made


LINES = lines_of(AFTER)


def test_entries_of_both_versions_stand_in_one_export() -> None:
    states = {"people.User:1": {"id": 1, "name": "Ada"}, "people.User:2": {"id": 2, "name": "Erika"}}
    report = verify(BEFORE, states)
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.records, report.erased) == (6, 2, 0)


def test_what_was_erased_is_said_and_passes() -> None:
    report = export.verify_export(LINES, key=KEY)
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.records, report.erased) == (8, 2, 4)
    said = (
        "the content of entries 0 to 1, entry 5, 1 field of entry 4 was erased on 2026-03-16 by entry 6 "
        "(gdpr-17-1-c, asked for by person:2)"
    )
    assert report.erasures == [said]
    assert said in [reason.text for reason in report.judgement.reasons]


def test_nothing_of_what_was_erased_is_in_the_export() -> None:
    text = b"".join(LINES)
    for word in (b"Erika", b"Bob", b"Ada"):
        assert word not in text
    for one in (BEFORE[1], BEFORE[4]):
        for field in one.fields:
            assert (field.salt.hex().encode() in text) is (field.name in ("/count", "/records"))


def test_the_tree_is_the_same_before_and_after() -> None:
    assert [one.leaf_hash for one in AFTER[:6]] == [one.leaf_hash for one in BEFORE]


def test_a_second_erasure_may_name_the_rest() -> None:
    rest = tuple(sorted(field.digest for field in AFTER[4].fields))
    more = Erasure(fields={4: rest}, basis="gdpr-5-1-e", requester="rule:retention")
    report = verify([*swapped(without(AFTER[4])), erasing(8, more)])
    assert report.faults == []
    assert len(report.erasures) == 2
    whole = Erasure(entries=((4, 5),), basis="gdpr-5-1-e", requester="rule:retention")
    assert verify([*swapped(without(AFTER[4])), erasing(8, whole)]).faults == []


# ------------------------------------------------------------ faults, by entry


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (without(AFTER[2]), "Entry 2 (scope:system:described, p/SYS-2): its content is missing"),
        (without(AFTER[4], "/count"), "Entry 4 (scope:system:described, p/SYS-4): a field of it is missing"),
        (without(AFTER[4]), "Entry 4 (scope:system:described, p/SYS-4): its content is missing"),
        (without(AFTER[6]), "p/SYS-6): what says what was erased is missing itself."),
        (without(AFTER[6], "/erasure"), "p/SYS-6): what says what was erased is missing itself."),
        (BEFORE[0], "Entry 6 says that entry 0 was erased, but content of it is in the export."),
        (BEFORE[1], "Entry 6 says that entry 1 was erased, but content of it is in the export."),
        (BEFORE[4], "Entry 6 says that fields of entry 4 were erased; they are in the export"),
        (without(BEFORE[1], "/why"), "Entry 6 says that entry 1 was erased, but content of it"),
        (BEFORE[5], "Entry 6 says that entry 5 was erased, but content of it is in the export."),
    ],
)
def test_missing_and_left_over_content_is_named(changed: export.ExportEntry, fault: str) -> None:
    report = verify(swapped(changed))
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any(fault in found for found in report.faults), report.faults


def test_without_its_erasure_every_missing_content_is_named() -> None:
    report = verify(swapped(entry(6, {"records": STATES})))
    assert [fault.split(" (")[0] for fault in report.faults] == ["Entry 0", "Entry 1", "Entry 4", "Entry 5"]


@pytest.mark.parametrize(
    ("erasure", "fault"),
    [
        (Erasure(entries=((0, 6),), basis="contract", requester="person:1"), "which comes after it"),
        (
            Erasure(fields={7: (COMMENT.digest,)}, basis="contract", requester="person:1"),
            "Entry 6 says that it erased entry 7, which comes after it.",
        ),
        (
            Erasure(fields={5: (COMMENT.digest,)}, basis="contract", requester="person:1"),
            "Entry 6 says that fields of entry 5 were erased",
        ),
        (None, "An erasure needs form, entries"),
    ],
)
def test_an_erasure_that_cannot_be_is_a_fault(erasure: Erasure | None, fault: str) -> None:
    report = verify(swapped(erasing(6, erasure)))
    assert any(fault in found for found in report.faults), report.faults
    assert report.erasures == []


def test_a_record_whose_last_word_was_erased_needs_a_new_one() -> None:
    """An erasure restates the records that it took the words from; else nothing vouches for their rows."""
    silent = entry(6, {"erasure": ERASURE.to_json(), "records": {}}, kind=ERASED)
    faults = verify(swapped(silent)).faults
    assert faults == [
        "Record people.User:1 has no entry in the log.",
        "Record people.User:2 has no entry in the log.",
    ]


def test_what_is_withheld_is_neither_missing_nor_left_over() -> None:
    report = verify(swapped(withheld(AFTER[0]), withheld(AFTER[1]), withheld(AFTER[4])))
    assert report.faults == []
    assert (report.withheld, report.erased) == (3, 1)


def test_a_withheld_run_does_not_hide_its_neighbour() -> None:
    report = verify(swapped(BEFORE[0], withheld(AFTER[1]), withheld(AFTER[3])))
    assert "Entry 6 says that entry 0 was erased, but content of it is in the export." in report.faults


# ------------------------------------------------------------ tampering


def edited(line: int, change: Callable[[dict[str, Any]], None]) -> export.Report:
    value = json.loads(LINES[line])
    change(value)
    lines = [*LINES[:line], canonical_bytes(value) + b"\n", *LINES[line + 1 :]]
    return export.verify_export(lines, key=KEY)


def field_changed(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda line: line["fields"][0].update({key: value})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (field_changed("value", 70), "its content is not what was logged."),
        (field_changed("name", "/amount"), "its content is not what was logged."),
        (field_changed("salt", "00" * 32), "its content is not what was logged."),
        (field_changed("salt", "zz"), "A salt is written as"),
        (lambda line: line["erased"].clear(), "its content is not what was logged."),
        (lambda line: line["fields"].pop(), "its content is not what was logged."),
        (lambda line: line["fields"].reverse(), "its fields are not in ascending order."),
        (lambda line: line.update(fields=None), "its fields are not a list."),
        (lambda line: line.update(erased={}), "its fields are not a list."),
        (lambda line: line["erased"].append(7), "not a SHA-256 digest"),
        (lambda line: line["erased"].append(line["erased"][0]), "not in ascending order"),
        (lambda line: line["entry"].update(v=1), "was edited."),
    ],
)
def test_a_changed_field_names_its_entry(change: Callable[[dict[str, Any]], None], fault: str) -> None:
    report = edited(5, change)
    assert any(
        found.startswith("Entry 4 (scope:system:described, p/SYS-4)") and fault in found
        for found in report.faults
    ), report.faults


def test_an_unknown_version_is_a_fault() -> None:
    assert "version that is not known" in edited(5, lambda line: line["entry"].update(v=3)).faults[0]


@given(st.integers(0, len(LINES) - 1), st.data())
def test_no_single_changed_byte_goes_unnoticed(line: int, data: st.DataObject) -> None:
    damaged = bytearray(LINES[line])
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    report = export.verify_export([*LINES[:line], bytes(damaged), *LINES[line + 1 :]], key=KEY)
    header_only = line == 0 and not report.faults  # the header's key is not used when one is given
    assert header_only or report.judgement.verdict is Verdict.NOT_MET


def test_fields_within_each_other_are_a_fault() -> None:
    fields = (
        Field(name="/a", value={"b": 1}, salt=bytes([1]) * 32),
        Field(name="/a/c", value=2, salt=bytes([2]) * 32),
    )
    made = dataclasses.replace(
        BEFORE[1].leaf or AFTER[2].leaf, commit=commitment.commit_digests(field.digest for field in fields)
    )
    odd = export.ExportEntry(index=0, leaf=made, leaf_hash=merkle.leaf_hash(made.entry), fields=fields)
    assert "lies within another one" in verify([odd], {}).faults[0]


def test_only_so_many_erasures_are_kept_as_sentences() -> None:
    named = [
        erasing(n, Erasure(entries=((0, 0),), basis="contract", requester="rule:x")) for n in range(1, 60)
    ]
    report = verify([without(dataclasses.replace(BEFORE[3], index=0)), *named])
    assert len(report.erasures) == export.MAX_FAULTS


def one_entry(value: Any) -> list[bytes]:
    return lines_of([entry(0, {"value": value, "records": {}})], {})


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)


@given(st.dictionaries(st.text(max_size=4), NUMBERS | st.text(max_size=6), max_size=4))
def test_whatever_a_payload_holds_its_line_is_canonical(value: dict[str, Any]) -> None:
    assert export.verify_export(one_entry(value), key=KEY).faults == []


@pytest.mark.parametrize(
    ("value", "canonical", "other"),
    [
        (1.5, b":1.5}", b":1.50}"),
        (1e16, b":10000000000000000}", b":1e+16}"),
        (1e-7, b":1e-7}", b":1e-07}"),
        (31, b":31}", b":31.0}"),
        ([2], b":[2]}", b":[2.0]}"),
        ("é", '"é"'.encode(), b'"\\u00e9"'),
        ("/", b'"/"}', b'"\\/"}'),
        (
            {"\U00010000": 1, "\ufffd": 2},
            '{"\U00010000":1,"\ufffd":2}'.encode(),
            '{"\ufffd":2,"\U00010000":1}'.encode(),
        ),
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}', b'{"b":1,"a":2}'),
    ],
)
def test_the_same_value_in_another_form_is_refused(value: Any, canonical: bytes, other: bytes) -> None:
    lines = one_entry(value)
    assert lines[1].count(canonical) == 1
    lines[1] = lines[1].replace(canonical, other)
    assert "is not in its canonical form" in export.verify_export(lines, key=KEY).faults[0]
