"""plimsoll log: exports the trusted log, shows its key, compares the register with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from plimsoll.cli.speaking import leave, print_json, spoken, write_output

app = typer.Typer(help="The trusted log of this installation.", no_args_is_help=True)


@app.command()
@spoken
def export(
    target: Annotated[Path, typer.Argument(help="File to write.")],
) -> None:
    """Writes the whole log, the register and a signed checkpoint, for plimsoll verify."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.ledger.exporting import export_lines
    from plimsoll.loop.watch.services import log_signers

    write_output(target, export_lines(*log_signers()), what="The export")
    typer.echo(f"wrote {target} ({target.stat().st_size:,} bytes)")


@app.command()
@spoken
def key() -> None:
    """Prints the log's public keys; give them to those who verify, by another way than the export.

    The first is Ed25519, the second ML-DSA-44, which also holds against quantum computers.
    """
    from plimsoll.cli.server import start

    start()
    from plimsoll.loop.watch.services import log_signers

    for signer in log_signers():
        typer.echo(str(signer.verifier))


@app.command()
@spoken
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Compares every record with the log, and names those that were changed behind its back."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.ledger.exporting import reconcile as compare
    from plimsoll.loop.watch.services import log_signers

    report = compare(*log_signers())
    if as_json:
        print_json(
            {
                "form": "plimsoll/reconciliation/1",
                "verdict": report.judgement.verdict.value,
                "faults": report.faults,
                "entries": report.entries,
                "records": report.records,
            }
        )
    else:
        typer.echo(f"compared {report.records} records with {report.entries} entries")
        for fault in report.faults:
            typer.echo(f"  {fault}")
        if not report.faults:
            typer.echo("  every record follows from the log")
    leave(report.judgement.verdict)
