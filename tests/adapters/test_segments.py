import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plimsoll.adapters import segments
from plimsoll.engines.tlog.event_proof import verify_event_proof, verify_segment
from plimsoll.engines.tlog.sealing import Seal
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, MissingExtra, NotFound, PlimsollError
from plimsoll.kernel.verdict import Verdict

EVENTS: list[dict[str, Any]] = [
    {"at": f"2026-03-26T{n % 24:02}:00:0{n % 10}+01:00", "user": f"user-{n}", "text": "é\u2028\\\"'\n" * n}
    for n in range(30)
]


def lines(path: Path, events: list[Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, Seal]:
    target = tmp_path / "segment's.parquet"
    return target, segments.seal_events(lines(tmp_path / "events.jsonl", EVENTS), target, time="at")


def test_a_segment_holds_its_events_and_its_seal_says_so(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    assert (seal.events, seal.first, seal.last) == (
        30,
        "2026-03-25T23:00:00.000000Z",
        "2026-03-26T22:00:03.000000Z",
    )
    assert seal.parquet == digest_bytes(path.read_bytes())
    rows = list(segments.segment_rows(path))
    assert [json.loads(row.event or b"") for row in rows] == EVENTS
    assert len({row.salt for row in rows}) == 30
    assert verify_segment(rows, seal).judgement.verdict is Verdict.MET
    assert sorted(one.name for one in path.parent.iterdir()) == ["events.jsonl", path.name]


def test_more_events_than_a_row_group_stay_in_order(tmp_path: Path) -> None:
    many = [{"at": "2026-03-26T09:00:00Z", "n": n} for n in range(2 * 2048 + 5)]
    path = tmp_path / "s.parquet"
    seal = segments.seal_events(lines(tmp_path / "e.jsonl", many), path, time="at")
    assert verify_segment(segments.segment_rows(path), seal).entries == len(many)
    for position in (0, 2047, 2048, len(many) - 1):
        proof = segments.prove_event(path, seal, position=position)
        assert proof.event == many[position]
        assert proof.holds


def test_one_event_is_proven(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    proof = segments.prove_event(path, seal, position=7)
    assert proof.event == EVENTS[7]
    report = verify_event_proof(proof.document)
    assert report.judgement.verdict is Verdict.UNKNOWN
    assert report.faults == []


def test_there_is_no_proof_beyond_the_end_or_under_another_seal(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    with pytest.raises(BadInput, match="none at position 30"):
        segments.prove_event(path, seal, position=30)
    with pytest.raises(BadInput, match="does not hold the 31 events"):
        segments.prove_event(path, replace(seal, events=31), position=3)
    with pytest.raises(BadInput, match="not the segment that was sealed"):
        segments.prove_event(path, replace(seal, root=seal.parquet), position=3)


# ------------------------------------------------------------ erasing


def test_an_erased_event_is_gone_and_the_others_are_still_proven(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    salt = next(row.salt for row in segments.segment_rows(path) if row.position == 7)
    assert segments.erase_events(path, positions=[7, 9]) == 2
    assert segments.erase_events(path, positions=[7]) == 0
    rows = list(segments.segment_rows(path))
    assert [row.position for row in rows if row.event is None] == [7, 9]
    assert all(row.salt != salt for row in rows)
    assert digest_bytes(path.read_bytes()) != seal.parquet
    assert verify_segment(rows, seal, erased={7, 9}).judgement.verdict is Verdict.MET
    assert verify_segment(rows, seal).judgement.verdict is Verdict.NOT_MET
    assert segments.prove_event(path, seal, position=8).holds
    with pytest.raises(NotFound, match="position 7 was erased"):
        segments.prove_event(path, seal, position=7)


def test_what_is_not_there_cannot_be_erased_and_nothing_changes(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    with pytest.raises(BadInput, match="no event at position 30"):
        segments.erase_events(path, positions=[1, 30, 31])
    assert digest_bytes(path.read_bytes()) == seal.parquet


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no events"),
        (b"[1]\n", "Line 1 of e.jsonl is no JSON object"),
        (b'{"at": "2026-03-26T09:00:00Z"}\n\n', "Line 2 of e.jsonl is not JSON"),
        (b'{"at": "2026-03-26T09:00:00Z"}\n{"time": 1}\n', "line 2 of e.jsonl does not say under"),
        (b'{"at": "2026-03-26T09:00:00"}\n', "does not say under “at” when"),
        (b'{"at": 7}\n', "does not say under “at” when"),
        (b'{"at": "0001-01-01T00:00:00+10:00"}\n', "does not say under “at” when"),
        (b'{"at": "' + b"x" * 2**20 + b'"}\n', "more than 1,048,576 bytes"),
        (b"\xff\n", "is not UTF-8"),
    ],
)
def test_what_is_no_event_is_refused_with_its_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    source = tmp_path / "e.jsonl"
    source.write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        segments.seal_events(source, tmp_path / "s.parquet", time="at")
    assert [one.name for one in tmp_path.iterdir()] == ["e.jsonl"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    source = lines(tmp_path / "e.jsonl", EVENTS)
    with pytest.raises(BadInput, match="cannot be written"):
        segments.seal_events(source, tmp_path / "nowhere" / "s.parquet", time="at")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS other",
        "SELECT 0 AS position, 'text' AS commit, NULL AS salt, NULL AS event",
        "SELECT 0 AS position, 'ab'::BLOB AS commit, NULL AS salt, NULL AS event",
        "SELECT 0.0::DOUBLE AS position, unhex(repeat('ab', 32)) AS commit, NULL AS salt, NULL AS event",
        "SELECT 0 AS position, unhex(repeat('ab', 32)) AS commit, 7 AS salt, NULL AS event",
        "SELECT 0 AS position, unhex(repeat('ab', 32)) AS commit, NULL AS salt, 7 AS event",
        "SELECT NULL::BIGINT AS position, unhex(repeat('ab', 32)) AS commit, NULL AS salt, NULL AS event",
        "SELECT 9999 AS position, unhex(repeat('ab', 32)) AS commit, NULL AS salt, NULL AS event",
    ],
)
def test_a_parquet_file_that_is_no_segment_is_refused(tmp_path: Path, query: str) -> None:
    path = tmp_path / "other.parquet"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    with pytest.raises(BadInput, match=r"other\.parquet"):
        list(segments.segment_rows(path))


def test_a_damaged_file_is_refused_or_its_events_are_named(sealed: tuple[Path, Seal]) -> None:
    path, seal = sealed
    rows = list(segments.segment_rows(path))
    content = path.read_bytes()
    for place in range(0, len(content), len(content) // 15):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            found = list(segments.segment_rows(path))
        except PlimsollError:
            continue
        # Bytes that say nothing about an event (names of tools, statistics) may change without harm.
        verdict = verify_segment(found, seal).judgement.verdict
        assert verdict is Verdict.NOT_MET or found == rows


def test_a_text_file_is_no_segment(tmp_path: Path) -> None:
    path = lines(tmp_path / "e.jsonl", EVENTS)
    with pytest.raises(BadInput, match="no segment of events"):
        list(segments.segment_rows(path))


def test_events_that_do_not_fit_into_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MEMORY_MB", 8)
    large = [{"at": "2026-03-26T09:00:00Z", "text": "x" * 200_000 + str(n)} for n in range(150)]
    with pytest.raises(BadInput, match="does not fit into 8 MiB"):
        segments.seal_events(lines(tmp_path / "e.jsonl", large), tmp_path / "s.parquet", time="at")


def test_without_duckdb_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    source = lines(tmp_path / "e.jsonl", EVENTS)
    with pytest.raises(MissingExtra, match="duckdb") as caught:
        segments.seal_events(source, tmp_path / "s.parquet", time="at")
    assert "plimsoll[watch]" in caught.value.hint
    with pytest.raises(MissingExtra):
        list(segments.segment_rows(source))
