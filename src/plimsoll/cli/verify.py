"""plimsoll verify: checks an export of the log, offline and without Django."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, spoken
from plimsoll.engines.tlog.export import LINE_LIMIT, Report, verify_export
from plimsoll.engines.tlog.keys import Verifier, parse_verifiers
from plimsoll.kernel.errors import BadInput

KEY_FILE_LIMIT = 64 * 1024


@spoken
def verify(
    export: Annotated[Path, typer.Argument(help="File written by plimsoll log export.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The log's public key (plimsoll log key), from a source you trust."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/verification/1.")
    ] = False,
) -> None:
    """Verifies every entry, payload, record and signature of an export.

    Exit code 0: everything holds and the given key signed it; 1: something does not hold, and is
    named; 3: everything holds, but without --key it is not established who signed.
    """
    verifiers: tuple[Verifier, ...] = ()
    if key is not None:
        verifiers = parse_verifiers(read_input(key, what="The key file", limit=KEY_FILE_LIMIT))
    report = verify_export(_lines(export), key=verifiers[0] if verifiers else None, others=verifiers[1:])
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    leave(report.judgement.verdict)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of the file, each at most LINE_LIMIT bytes; a longer one arrives cut and is refused."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        with path.open("rb") as file:
            while line := file.readline(LINE_LIMIT + 1):
                yield line
                if len(line) > LINE_LIMIT:
                    return
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def _document(report: Report) -> dict[str, object]:
    checkpoint = report.checkpoint
    return {
        "form": "plimsoll/verification/1",
        "verdict": report.judgement.verdict.value,
        "reasons": [r.text for r in report.judgement.reasons],
        "faults": report.faults,
        "entries": report.entries,
        "erased": report.erased,
        "withheld": report.withheld,
        "records": report.records,
        "key": report.key,
        "checkpoint": {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        }
        if checkpoint
        else None,
    }


def _print(report: Report) -> None:
    typer.echo(report.judgement.verdict.word.upper())
    typer.echo(
        f"  read {report.entries} entries ({report.erased} erased, {report.withheld} of other programs "
        f"withheld) and {report.records} records"
    )
    for fault in report.faults:
        typer.echo(f"  {fault}")
    if not report.faults:
        for reason in report.judgement.reasons:
            typer.echo(f"  {reason.text}")
    if report.key:
        typer.echo(f"  key named in the export: {report.key}")
    if report.checkpoint:
        typer.echo(f"  signed root {report.checkpoint.root.hex()} at size {report.checkpoint.size}")
