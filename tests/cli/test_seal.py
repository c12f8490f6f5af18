import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plimsoll.cli.main import app
from plimsoll.engines.tlog.commitment import commit_digests
from plimsoll.engines.tlog.disclosure import disclose
from plimsoll.engines.tlog.event_proof import verify_event_proof
from plimsoll.engines.tlog.fields import Field
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.sealing import SEALED, Seal
from plimsoll.kernel.verdict import Verdict


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["log", *map(str, arguments)])


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    events = tmp_path / "events.jsonl"
    events.write_text("".join(f'{{"when": "2026-03-26T09:00:0{n}Z", "n": {n}}}\n' for n in range(5)))
    result = run("seal", events, "--out", tmp_path / "s.parquet", "--time", "when")
    assert result.exit_code == 0, result.output
    assert "sealed 5 events from 2026-03-26T09:00:00.000000Z" in result.output
    return tmp_path / "s.parquet"


def test_events_are_sealed_and_the_segment_fits_its_seal(segment: Path) -> None:
    seal = Seal.from_json(json.loads((segment.parent / "s.parquet.seal.json").read_text()))
    assert seal.events == 5
    result = run("check-segment", segment)
    assert (result.exit_code, result.output.split("\n")[0]) == (0, "MET")


def test_the_seal_is_printed_as_json(segment: Path, tmp_path: Path) -> None:
    result = run(
        "seal", tmp_path / "events.jsonl", "--out", tmp_path / "t.parquet", "--time", "when", "--json"
    )
    assert json.loads(result.output)["form"] == "plimsoll/seal/1"


def test_a_segment_does_not_overwrite_its_events(segment: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    before = events.read_bytes()
    result = run("seal", events, "--out", events, "--time", "when")
    assert result.exit_code == 2
    assert "would overwrite the events" in result.output
    assert events.read_bytes() == before


def test_an_event_without_its_time_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("{}\n")
    result = run("seal", tmp_path / "e.jsonl", "--out", tmp_path / "s.parquet")
    assert result.exit_code == 2
    assert "line 1 of e.jsonl" in result.output


def test_a_segment_under_another_seal_is_not_met(segment: Path, tmp_path: Path) -> None:
    seal = json.loads((tmp_path / "s.parquet.seal.json").read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**seal, "events": 4}))
    result = run("check-segment", segment, "--seal", other)
    assert result.exit_code == 1
    assert "The 5 events are not the 4 that were sealed." in result.output


@pytest.mark.parametrize("erased", ["1,3-4", "0-4"])
def test_positions_that_are_said_to_be_erased_but_are_there_are_named(segment: Path, erased: str) -> None:
    result = run("check-segment", segment, "--erased", erased, "--json")
    document = json.loads(result.output)
    assert (result.exit_code, document["verdict"], document["events"]) == (1, "not_met", 5)
    assert "at position 3 was erased as an entry of the log says" in " ".join(document["faults"])


@pytest.mark.parametrize("erased", ["x", "3-1", "1,,2", "-1", "0-99999999999", "01"])
def test_positions_in_another_form_are_refused(segment: Path, erased: str) -> None:
    result = run("check-segment", segment, f"--erased={erased}")
    assert result.exit_code == 2
    assert "names no positions" in result.output


def test_an_event_is_proven_with_the_entry_that_carries_the_seal(segment: Path, tmp_path: Path) -> None:
    seal = json.loads((tmp_path / "s.parquet.seal.json").read_text())
    field = Field(name="/seal", value=seal, salt=b"s" * 32)
    leaf = Leaf(
        kind=SEALED,
        at="2026-03-26T10:00:00.000000Z",
        actor="rule:seal",
        subject="p",
        commit=commit_digests([field.digest]),
        version=2,
    )
    entry = disclose(index=3, leaf=leaf, fields=[field], show=["/seal"])
    (tmp_path / "entry.json").write_bytes(entry.document)
    out = tmp_path / "proof.json"
    result = run("prove-event", segment, "2", "--out", out, "--entry", tmp_path / "entry.json")
    assert result.exit_code == 0, result.output
    report = verify_event_proof(out.read_bytes(), logged=entry.leaf_hash)
    assert report.judgement.verdict is Verdict.MET
    assert run("prove-event", segment, "2", "--out", out).exit_code == 0
    assert verify_event_proof(out.read_bytes()).judgement.verdict is Verdict.UNKNOWN


def test_what_is_missing_is_said_in_one_sentence(segment: Path, tmp_path: Path) -> None:
    for arguments in (
        ("prove-event", segment, "9", "--out", tmp_path / "p"),
        ("prove-event", segment, "2", "--out", tmp_path / "p", "--entry", tmp_path / "none"),
        ("check-segment", tmp_path / "none.parquet"),
        ("check-segment", segment, "--seal", segment),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert result.output.startswith("plimsoll: ")
