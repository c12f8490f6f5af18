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


@app.command()
@spoken
def erase(
    person: Annotated[str, typer.Argument(metavar="EMAIL", help="Address of the person.")],
    basis: Annotated[str, typer.Option(help="Legal basis as a code, such as gdpr-17-1-b.")],
    by: Annotated[str, typer.Option("--by", help="Address of who asks: the person, or an administrator.")],
    apply: Annotated[bool, typer.Option("--apply", help="Erase; without it nothing is changed.")] = False,
) -> None:
    """Erases a person: account, words and what the log holds about them; entries and proofs stay.

    First says what would go. Backups made before still hold it.
    """
    from plimsoll.cli.server import start

    start()
    from plimsoll.kernel.errors import BadInput
    from plimsoll.ledger.erasing import clear_traces
    from plimsoll.people.selectors import actor_by_email
    from plimsoll.people.services import erase_person

    actor = actor_by_email(by)
    if actor is None:
        raise BadInput(f"There is nobody with the address {by[:254]} here.", hint="Say who asks, with --by.")
    done = erase_person(by=actor, email=person, basis=basis, apply=apply)
    verb = "erased" if apply else "would erase"
    typer.echo(f"{verb} {done.pseudonym}: content of {done.entries} entries, {done.comments} comments")
    programs = ", ".join(done.programs) or "no program"
    typer.echo(f"  account, second factors, sessions, tokens, views; roles in {programs}")
    if done.mentions:
        typer.echo(f"  the name or address stands in {len(done.mentions)} other records, which stay:")
        for record in done.mentions[:20]:
            typer.echo(f"    {record}")
    if not apply:
        typer.echo("Nothing was changed: repeat with --apply.")
    elif not clear_traces():
        typer.echo("  the write-ahead log of the database still holds it, for somebody reads it", err=True)
        typer.echo("  stop the server and start it again: the last to leave empties it", err=True)
