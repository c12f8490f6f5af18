"""plimsoll log: exports, proves and publishes the trusted log, and compares the register with it."""

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


@app.command()
@spoken
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Says how far the log is, what waits for its place in it, and why."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.kernel.errors import PlimsollError
    from plimsoll.ledger.checkpoints import latest_checkpoint
    from plimsoll.ledger.sequencing import entry_count, pending, sequence

    trouble = ""
    try:
        sequence()
    except PlimsollError as error:
        trouble = error.sentence
    latest, waiting = latest_checkpoint(), pending()
    since = waiting.oldest_at.isoformat() if waiting.oldest_at else None
    if as_json:
        print_json(
            {
                "form": "plimsoll/log-status/1",
                "entries": entry_count(),
                "signed": latest.size if latest else 0,
                "waiting": waiting.count,
                "waiting_since": since,
                "trouble": trouble,
            }
        )
    else:
        typer.echo(f"{entry_count()} entries, signed up to {latest.size if latest else 0}")
        typer.echo(f"{waiting.count} wait for their places" + (f" since {since}" if since else ""))
    if trouble:
        typer.echo(f"  {trouble}", err=True)
        raise typer.Exit(1)


@app.command()
@spoken
def prove(
    named: Annotated[str, typer.Argument(metavar="REF|INDEX", help="Program and ref, or a position.")],
    out: Annotated[Path | None, typer.Option(help="Proof file to write; the entry goes beside it.")] = None,
) -> None:
    """Writes the proof that an entry is in the log, for plimsoll verify or any tool of the standard."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.ledger.proving import prove_entry

    proven = prove_entry(named)
    target = out or Path(f"entry-{proven.index}.tlog-proof")
    beside = target.with_suffix(".entry")
    write_output(target, [proven.proof], what="The proof")
    write_output(beside, [proven.entry], what="The entry")
    typer.echo(f"wrote {target} and {beside}; check: plimsoll verify {target} --entry {beside} --key KEY")


@app.command()
@spoken
def publish(
    target: Annotated[Path, typer.Argument(help="Folder that a web server hands out.")],
) -> None:
    """Signs the log, and copies tiles, bundles and checkpoint into a folder for any web server."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.ledger.checkpoints import make_checkpoint
    from plimsoll.ledger.proving import copy_publication
    from plimsoll.loop.watch.services import log_signers

    size = make_checkpoint(*log_signers()).size
    typer.echo(f"published {size} entries in {target}: {copy_publication(target)} new files")


@app.command()
@spoken
def restore() -> None:
    """Brings log and database together after one of them was put back from a copy."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.ledger.restoring import restore as bring_together

    done = bring_together()
    typer.echo(f"{done.into_log} entries went into the log, {done.into_database} into the database")
    if done.into_database:
        typer.echo("  the content of those is lost; their hashes still stand", err=True)
