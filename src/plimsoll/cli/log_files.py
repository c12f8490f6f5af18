"""plimsoll log fsck: checks the files of a trusted log, offline and without Django."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from plimsoll.cli.speaking import leave, print_json, spoken


@spoken
def fsck(
    folder: Annotated[Path, typer.Argument(help="Folder of a log, or its public folder or a copy of that.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Derives every tile, root and kept checkpoint anew from the entries, and names what differs.

    Exit code 0: all files agree; 1: something differs, and is named; 3: nothing was published yet, or
    files go beyond the checkpoint. Signatures are not checked: that is what plimsoll verify does.
    """
    from plimsoll.engines.tlog.fsck import fsck as check

    report = check(folder)
    if as_json:
        print_json(
            {
                "form": "plimsoll/log-files/1",
                "verdict": report.judgement.verdict.value,
                "faults": [fault.text for fault in report.faults],
                "reasons": [reason.text for reason in report.judgement.reasons],
                "entries": report.entries,
                "checkpoints": report.checkpoints,
                "root": report.root.hex(),
            }
        )
    else:
        typer.echo(report.judgement.verdict.word.upper())
        typer.echo(f"  hashed {report.entries} entries, compared {report.checkpoints} checkpoints")
        for reason in report.faults or report.judgement.reasons:
            typer.echo(f"  {reason.text}")
        typer.echo(f"  root {report.root.hex()}")
    leave(report.judgement.verdict)
