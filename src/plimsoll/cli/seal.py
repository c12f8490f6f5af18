"""plimsoll log seal, prove-event, check-segment: production events under one entry. Needs no server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, spoken, write_output
from plimsoll.kernel.errors import BadInput

if TYPE_CHECKING:
    from plimsoll.engines.tlog.sealing import Seal

SEAL_LIMIT = 4096
ENTRY_LIMIT = 16 * 2**20
_RANGES = re.compile(r"(0|[1-9][0-9]{0,12})(?:-(0|[1-9][0-9]{0,12}))?", re.ASCII)
_MOST_NAMED = 10_000_000
SealFile = Annotated[
    Path | None, typer.Option("--seal", help="The seal; default beside the segment, with .seal.json added.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@spoken
def seal(
    events: Annotated[Path, typer.Argument(help="Events as JSON lines, one object per line.")],
    out: Annotated[Path, typer.Option("--out", help="The segment to write, as Parquet.")],
    time: Annotated[str, typer.Option("--time", help="Key under which an event says when it was.")] = "at",
    as_json: AsJson = False,
) -> None:
    """Seals events in a segment: one Parquet file, and one seal that an entry of the log carries.

    Each event gets a salt of its own, so that it can be proven, or erased, without the others. The segment
    holds the events in full: keep it where they may be kept.
    """
    from plimsoll.adapters.segments import seal_events
    from plimsoll.kernel.canonical import canonical_bytes

    if out.exists() and out.resolve() == events.resolve():
        raise BadInput("The segment would overwrite the events.", hint="Give another name with --out.")
    made = seal_events(events, out, time=time)
    beside = _seal_path(out, None)
    write_output(beside, [canonical_bytes(made.to_json()) + b"\n"], what="The seal")
    if as_json:
        print_json(made.to_json())
        return
    events_word = "event" if made.events == 1 else "events"
    typer.echo(f"sealed {made.events:,} {events_word} from {made.first} to {made.last} in {out}")
    typer.echo(f"  root {made.root}")
    typer.echo(f"  seal {beside}")


@spoken
def prove_event(
    segment: Annotated[Path, typer.Argument(help="The segment.")],
    position: Annotated[int, typer.Argument(help="Position of the event, from 0.")],
    out: Annotated[Path, typer.Option("--out", help="The proof to write.")],
    seal: SealFile = None,
    entry: Annotated[
        Path | None,
        typer.Option("--entry", help="Disclosure (plimsoll/disclosure/1) of the entry with the seal."),
    ] = None,
) -> None:
    """Writes the proof of one event, for somebody who is to see no other.

    With --entry the proof shows that the seal stands in the log; without, whoever checks it has to have
    the seal from the log.
    """
    from dataclasses import replace

    from plimsoll.adapters.segments import prove_event as prove
    from plimsoll.engines.tlog.disclosure import read_disclosure

    shown = read_disclosure(read_input(entry, what="The entry", limit=ENTRY_LIMIT)) if entry else None
    proof = replace(prove(segment, _read_seal(segment, seal), position=position), entry=shown)
    write_output(out, [proof.document], what="The proof")
    typer.echo(f"wrote {out}: event {position} of {proof.seal.events:,}")


@spoken
def check_segment(
    segment: Annotated[Path, typer.Argument(help="The segment.")],
    seal: SealFile = None,
    erased: Annotated[
        str, typer.Option("--erased", help="Positions that the log says were erased: 3,5-9.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compares every event of a segment with its seal, and names those that do not fit.

    Exit code 0: all are those that were sealed, except erased ones that are named; 1: something differs.
    Whether the seal stands in the log is not asked here.
    """
    from plimsoll.adapters.segments import segment_rows
    from plimsoll.engines.tlog.event_proof import verify_segment

    report = verify_segment(segment_rows(segment), _read_seal(segment, seal), erased=_positions(erased))
    if as_json:
        print_json(
            {
                "form": "plimsoll/segment-check/1",
                "verdict": report.judgement.verdict.value,
                "reasons": [reason.text for reason in report.judgement.reasons],
                "faults": report.faults,
                "events": report.entries,
                "erased": report.erased,
            }
        )
    else:
        typer.echo(report.judgement.verdict.word.upper())
        for sentence in report.faults or [reason.text for reason in report.judgement.reasons]:
            typer.echo(f"  {sentence}")
    leave(report.judgement.verdict)


def _seal_path(segment: Path, given: Path | None) -> Path:
    return given or segment.with_name(f"{segment.name}.seal.json")


def _read_seal(segment: Path, given: Path | None) -> Seal:
    from plimsoll.engines.tlog.sealing import Seal
    from plimsoll.kernel.canonical import read_json

    content = read_input(_seal_path(segment, given), what="The seal", limit=SEAL_LIMIT)
    return Seal.from_json(read_json(content, what="The seal"))


def _positions(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(",") if text else ():
        match = _RANGES.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last - first + len(found) >= _MOST_NAMED:
            raise BadInput(f"“{part[:40]}” names no positions.", hint="They read like 3,5-9.")
        found.update(range(first, last + 1))
    return found
