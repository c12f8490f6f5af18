import dataclasses
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, commitment, export, keys, leaf, merkle
from plimsoll.kernel.canonical import canonical_bytes, digest_value
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

SIGNER = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
KEY = SIGNER.verifier


def entry(index: int, payload: dict | None) -> export.ExportEntry:
    salt = bytes([index]) * 32
    made = leaf.Leaf(
        kind="scope:system:described",
        at="2026-03-26T09:00:00.000000Z",
        actor="person:1",
        subject=f"p/SYS-{index}",
        commit=commitment.commit(canonical_bytes(payload or {"gone": index}), salt),
    )
    return export.ExportEntry(
        index=index,
        leaf=made,
        leaf_hash=merkle.leaf_hash(made.entry),
        salt=salt if payload is not None else None,
        payload=payload,
    )


STATES = [{"name": f"system {n}"} for n in range(6)]
ENTRIES = [entry(n, {"records": {f"scope.System:{n}": STATES[n]}}) for n in range(6)]
ENTRIES.append(entry(6, {"records": {"scope.System:5": None}}))
ENTRIES.append(entry(7, {"note": "nothing"}))


def signed(entries: list[export.ExportEntry], signer: keys.Signer = SIGNER) -> str:
    root = merkle.root([e.leaf_hash for e in entries])
    state = checkpoint.Checkpoint(origin=signer.name, size=len(entries), root=root)
    return checkpoint.sign_checkpoint(state, signer)


REGISTER = [(f"scope.System:{n}", digest_value(STATES[n])) for n in range(5)]
LINES = list(
    export.write_export(
        verifier=KEY,
        size=len(ENTRIES),
        entries=ENTRIES,
        marks={3: signed(ENTRIES[:3]), 8: "ignored: the closing line has it"},
        register=REGISTER,
        note=signed(ENTRIES),
    )
)


def verify(lines: list[bytes], key: keys.Verifier | None = KEY) -> export.Report:
    return export.verify_export(lines, key=key)


def test_an_untouched_export_is_met_and_says_what_was_read() -> None:
    report = verify(LINES)
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.records, report.erased) == (8, 5, 0)
    assert report.checkpoint is not None
    assert report.checkpoint.size == 8


def test_without_a_key_the_signer_stays_unknown() -> None:
    report = verify(LINES, key=None)
    assert report.judgement.verdict is Verdict.UNKNOWN
    assert not report.faults


def test_an_empty_file_is_truncated() -> None:
    report = verify([])
    assert report.judgement.verdict is Verdict.NOT_MET
    assert "truncated" in report.faults[0]


@pytest.mark.parametrize("kept", range(len(LINES)))
def test_a_truncated_export_is_named(kept: int) -> None:
    report = verify(LINES[:kept])
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any("truncated" in fault for fault in report.faults)


@given(st.integers(0, len(LINES) - 1), st.data())
def test_no_single_changed_byte_goes_unnoticed(line: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(LINES[line]) - 1))
    change = data.draw(st.integers(1, 255))
    damaged = bytearray(LINES[line])
    damaged[at] ^= change
    report = verify([*LINES[:line], bytes(damaged), *LINES[line + 1 :]])
    header_only = line == 0 and not report.faults  # the header's key is not used when one is given
    assert header_only or report.judgement.verdict is Verdict.NOT_MET


def edited(line: int, change: Callable[[dict], None]) -> list[bytes]:
    value = json.loads(LINES[line])
    change(value)
    return [*LINES[:line], canonical_bytes(value) + b"\n", *LINES[line + 1 :]]


def test_an_edited_payload_names_its_entry() -> None:
    report = verify(edited(2, lambda v: v["payload"].update(extra=1)))
    assert "Entry 1 (scope:system:described, p/SYS-1)" in report.faults[0]


def test_an_edited_entry_is_named() -> None:
    report = verify(edited(2, lambda v: v["entry"].update(actor="person:9")))
    assert "Entry 1 (scope:system:described, p/SYS-1) was edited" in report.faults[0]


def test_an_entry_edited_with_its_hash_is_narrowed_down_by_the_marks() -> None:
    def rewrite(value: dict) -> None:
        value["entry"]["actor"] = "person:9"
        made = leaf.Leaf.from_json(value["entry"])
        value["leaf"] = merkle.leaf_hash(made.entry).hex()

    assert any("An entry from 0 to 2" in fault for fault in verify(edited(2, rewrite)).faults)
    late = verify(edited(6, rewrite))
    assert late.faults == [
        "An entry from 3 to 7 is not the one that the checkpoint was signed over.",
    ]


def withheld(index: int, leaf: object) -> list[bytes]:
    at = next(i for i, line in enumerate(LINES) if b'"index":%d' % index in line)
    line = canonical_bytes({"index": index, "entry": None, "leaf": leaf}) + b"\n"
    return [*LINES[:at], line, *LINES[at + 1 :]]


@pytest.mark.parametrize("leaf", ["", "ab", "no hexadecimal", None, "ab" * 33])
def test_a_withheld_entry_without_its_hash_is_named(leaf: object) -> None:
    report = verify(withheld(7, leaf))
    assert report.faults[0].endswith("a withheld entry has no leaf hash")


def test_a_withheld_entry_is_proven_to_exist_by_its_hash() -> None:
    last = export.ExportEntry(index=7, leaf=None, leaf_hash=ENTRIES[7].leaf_hash, salt=None, payload=None)
    lines = export.write_export(
        verifier=KEY,
        size=8,
        entries=[*ENTRIES[:7], last],
        marks={},
        register=REGISTER,
        note=signed(ENTRIES),
    )
    report = verify(list(lines))
    assert (report.faults, report.withheld, report.entries) == ([], 1, 8)


def test_a_deleted_entry_is_named() -> None:
    at = next(i for i, line in enumerate(LINES) if b'"index":2' in line)
    report = verify([*LINES[:at], *LINES[at + 1 :]])
    assert report.faults == [
        "Line 5: entry 2 is missing; the line holds entry 3",
        "Nothing after line 5 was compared.",
    ]


def test_an_export_that_breaks_off_within_a_line_is_named() -> None:
    report = verify([*LINES[:4], LINES[4][:-9]])
    assert report.faults == [
        "Line 5: the export breaks off in the middle of the line",
        "Nothing after line 5 was compared.",
    ]


def without_entry(index: int) -> list[bytes]:
    kept = [e for e in ENTRIES if e.index != index]
    return list(
        export.write_export(
            verifier=KEY, size=7, entries=kept, marks={}, register=REGISTER, note=signed(kept)
        )
    )


def test_a_deleted_entry_is_named_even_when_everything_is_signed_again() -> None:
    assert any("entry 2 is missing" in fault for fault in verify(without_entry(2)).faults)


def with_register(register: list[tuple[str, str]]) -> export.Report:
    lines = export.write_export(
        verifier=KEY,
        size=8,
        entries=ENTRIES,
        marks={},
        register=register,  # type: ignore[arg-type]
        note=signed(ENTRIES),
    )
    return verify(list(lines))


def test_a_record_that_was_edited_behind_the_log_is_named() -> None:
    report = with_register([("scope.System:0", "0" * 64), *REGISTER[1:]])
    assert "Record scope.System:0 is not in the state that its last entry says." in report.faults


def test_a_record_without_entry_is_named() -> None:
    report = with_register([*REGISTER, ("scope.System:77", "0" * 64)])
    assert "Record scope.System:77 has no entry in the log." in report.faults


def test_a_record_that_came_back_after_its_removal_is_named() -> None:
    report = with_register([*REGISTER, ("scope.System:5", digest_value(STATES[5]))])
    assert "Record scope.System:5 exists although the log says it was removed." in report.faults


def test_a_record_that_vanished_is_named() -> None:
    assert (
        "Record scope.System:4 is in the log but not in the register." in with_register(REGISTER[:4]).faults
    )


def test_a_forger_with_another_key_is_refused() -> None:
    forger = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"3" * 32))
    lines = list(
        export.write_export(
            verifier=forger.verifier,
            size=8,
            entries=ENTRIES,
            marks={},
            register=REGISTER,
            note=signed(ENTRIES, forger),
        )
    )
    assert verify(lines).judgement.verdict is Verdict.NOT_MET
    assert verify(lines, key=None).judgement.verdict is Verdict.UNKNOWN


def test_a_checkpoint_over_fewer_entries_is_refused() -> None:
    lines = edited(len(LINES) - 1, lambda v: v.update(checkpoint=signed(ENTRIES[:5])))
    assert any("signed over 5 entries" in fault for fault in verify(lines).faults)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([b"[]\n"], "not an object"),
        ([b"{}\n"], "not the header"),
        ([b"not json\n"], "not JSON"),
        ([LINES[0], b'{"strange":1}\n'], "neither entry, mark, record nor checkpoint"),
        ([LINES[0], b'{"entry":{"v":1},"index":0,"leaf":""}\n'], "needs v, kind, at"),
        ([LINES[0], b'{"entry":null,"index":0,"leaf":"","more":1}\n'], "neither entry, mark"),
        ([LINES[0], b'{"index": 0}\n'], "not in its canonical form"),
        ([LINES[0].replace(b"export/2", b"export/3")], "not the header"),
        ([*LINES, b"{}\n"], "after the closing line"),
        ([LINES[0][:-1]], "breaks off in the middle"),
    ],
)
def test_a_malformed_line_is_a_named_fault(lines: list[bytes], sentence: str) -> None:
    report = verify(lines)
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any(sentence in fault for fault in report.faults), report.faults


def test_a_header_without_a_count_still_reports_truncation() -> None:
    value = {**json.loads(LINES[0]), "entries": "many"}
    report = verify([canonical_bytes(value) + b"\n", LINES[1]])
    assert any("of an unknown number of entries" in fault for fault in report.faults)


def test_a_salt_that_is_not_hexadecimal_is_a_fault() -> None:
    for salt in ("zz", None, 7, "00" * 31):
        found = verify(edited(1, lambda v, salt=salt: v.update(salt=salt))).faults[0]
        assert found == "Entry 0 (scope:system:described, p/SYS-0): its content is not what was logged."


def test_a_payload_that_is_no_object_is_a_fault() -> None:
    salt = bytes(32)
    made = dataclasses.replace(ENTRIES[0].leaf, commit=commitment.commit(b"7", salt))
    odd = export.ExportEntry(index=0, leaf=made, leaf_hash=merkle.leaf_hash(made.entry), salt=salt, payload=7)
    lines = export.write_export(
        verifier=KEY, size=1, entries=[odd], marks={}, register=[], note=signed([odd])
    )
    assert "is not what was logged" in verify(list(lines)).faults[0]


# ------------------------------------------------------------ form 1


def in_form_1(lines: list[bytes]) -> list[bytes]:
    header = {**json.loads(lines[0]), "form": "plimsoll/export/1"}
    return [json.dumps(header).encode() + b"\n", *lines[1:]]


def test_an_export_of_form_1_is_still_read() -> None:
    report = verify(in_form_1(LINES))
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.records) == (8, 5)


def test_form_1_is_no_way_around_the_entry_that_says_what_was_erased() -> None:
    lines = edited(9, lambda v: v.update(payload=None, salt=None))
    for made in (lines, in_form_1(lines)):
        assert verify(made).faults == [
            "Entry 7 (scope:system:described, p/SYS-7): its content is missing, "
            "and no entry says that it was erased."
        ]


def test_form_1_knows_no_entries_of_version_2() -> None:
    lines = in_form_1(edited(2, lambda v: v["entry"].update(v=2)))
    assert "which plimsoll/export/1 does not know" in verify(lines).faults[0]


def test_a_strange_line_of_form_1_is_a_named_fault() -> None:
    report = verify(in_form_1([LINES[0], b'{"strange":1}\n']))
    assert "neither entry, mark, record nor checkpoint" in report.faults[0]


def test_a_wrong_count_of_records_is_a_fault() -> None:
    report = verify(edited(len(LINES) - 1, lambda v: v.update(records=99)))
    assert "The closing line speaks of 99 records; 5 were read." in report.faults


def test_a_wrong_count_of_entries_is_a_fault() -> None:
    report = verify(edited(0, lambda v: v.update(entries=9)))
    assert report.faults == ["The header speaks of 9 entries; 8 were read."]


def test_a_header_of_another_log_is_a_fault() -> None:
    report = verify(edited(0, lambda v: v.update(log="log.other")))
    assert report.faults == ["The header names another log than log.example."]


def test_only_so_many_faults_are_kept() -> None:
    register = [(f"scope.Ghost:{n}", "0" * 64) for n in range(export.MAX_FAULTS + 20)]
    assert len(with_register(register).faults) == export.MAX_FAULTS


def test_an_export_that_names_no_key_cannot_be_verified_without_one() -> None:
    lines = edited(0, lambda v: v.update(key="nonsense"))
    assert verify(lines, key=None).judgement.verdict is Verdict.NOT_MET


def test_records_of_a_strange_payload_are_none() -> None:
    assert export.last_states({"records": 7}) == {}


def test_a_salt_has_32_bytes_and_a_leaf_only_text() -> None:
    with pytest.raises(BadInput):
        commitment.commit(b"x", b"short")
    with pytest.raises(BadInput):
        leaf.Leaf.from_json({**ENTRIES[0].leaf.to_json(), "actor": 7})
