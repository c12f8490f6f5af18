"""plimsoll witness: cosigns the growth of other people's logs. Needs no server and no database."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, refuse, spoken
from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError

if TYPE_CHECKING:
    from plimsoll.adapters.witness_folder import WitnessFolder

app = typer.Typer(help="A witness: cosigns that a log only grows.", no_args_is_help=True)
FORM = "plimsoll/witness/1"
KEY_LIMIT = 2**14
NOTE_LIMIT = 2**20
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the witness.")]


@app.callback()
def witness() -> None:
    """A witness: cosigns that a log only grows."""


@app.command()
@spoken
def init(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help="Name of the witness, such as witness.example.org.")],
) -> None:
    """Makes a witness with an Ed25519 and an ML-DSA-44 key, and prints its verifier keys."""
    from plimsoll.adapters.witness_folder import make_witness

    for verifier in make_witness(folder, name, passphrase=_passphrase()):
        typer.echo(str(verifier))
    typer.echo(f"plimsoll: made the witness {name} in {folder}; hand out the keys above", err=True)


@app.command()
@spoken
def trust(
    folder: Folder,
    key: Annotated[str, typer.Argument(metavar="VKEY", help="Verifier key of a log, or a file with some.")],
) -> None:
    """Adds the key of a log whose checkpoints are to be cosigned."""
    from plimsoll.adapters.witness_folder import trust_log
    from plimsoll.engines.tlog.keys import parse_verifiers

    text = key.encode() if "+" in key else read_input(Path(key), what="The key file", limit=KEY_LIMIT)
    for verifier in parse_verifiers(text):
        new = trust_log(folder, verifier)
        shown = f"{verifier.name}+{verifier.key_id.hex()}"
        typer.echo(f"trusts {shown}" if new else f"trusted {shown} already")


@app.command()
@spoken
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8787,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Answers logs that ask for cosignatures, until it is stopped."""
    from plimsoll.adapters.witness_folder import WitnessFolder
    from plimsoll.adapters.witness_server import WitnessServer
    from plimsoll.kernel import clock

    opened = WitnessFolder.open(folder, passphrase=_passphrase())
    with opened.serving():
        try:
            server = WitnessServer((host, port), opened, now=lambda: int(clock.now().timestamp()), say=_say)
        except OSError as error:
            raise BadInput(
                f"The witness cannot listen on {host}, port {port}: {error.strerror}.",
                hint="Choose another with --host and --port.",
            ) from error
        shown = f"[{host}]" if ":" in host else host
        _say(f"{opened.verifiers[0].name} listens on http://{shown}:{server.server_port}/add-checkpoint")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _say("stopped")
        finally:
            server.server_close()
    if server.stopped_because:
        refuse(PlimsollError(server.stopped_because, code=ErrorCode.UNAVAILABLE), as_json=False)


@app.command()
@spoken
def status(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/witness/1.")] = False,
) -> None:
    """Says which logs the witness trusts, and what it cosigned last for each."""
    from plimsoll.adapters.witness_folder import WitnessFolder

    opened = WitnessFolder.open(folder, passphrase=_passphrase())
    logs = [_log(opened, origin) for origin in opened.logs]
    keys = [str(key) for key in opened.verifiers]
    if as_json:
        print_json({"form": FORM, "name": opened.verifiers[0].name, "keys": keys, "logs": logs})
        return
    typer.echo(f"witness {opened.verifiers[0].name}")
    for key in keys:
        typer.echo(f"  {key}")
    for log in logs:
        typer.echo(f"\nlog {log['origin']}")
        seen = f"cosigned {log['size']} entries at {log['at']}, root {log['root']}"
        typer.echo(f"  {seen if log['at'] else 'nothing cosigned yet'}")
        for doubt in log["doubts"]:
            typer.echo(f"  {doubt['kind']}, signed by the log and not cosigned: {doubt['file']}")
    if not logs:
        typer.echo("\ntrusts no log yet; add one with: plimsoll witness trust DIR VKEY")


@app.command()
@spoken
def compare(
    kept: Annotated[Path, typer.Argument(help="A checkpoint from earlier, or what a witness shows.")],
    shown: Annotated[Path, typer.Argument(help="The checkpoint that the log shows now.")],
    key: Annotated[Path, typer.Option("--key", help="The log's public keys, from a source you trust.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/comparison/1.")
    ] = False,
) -> None:
    """Compares two checkpoints of one log: two histories, or entries cut off, are named."""
    from plimsoll.engines.tlog import fork
    from plimsoll.engines.tlog.keys import parse_verifiers

    keys = parse_verifiers(read_input(key, what="The key file", limit=KEY_LIMIT))
    notes = [read_input(path, what="The checkpoint", limit=NOTE_LIMIT) for path in (kept, shown)]
    found = fork.compare(notes[0], notes[1], keys=keys)
    if as_json:
        reasons = [reason.text for reason in found.reasons]
        print_json({"form": "plimsoll/comparison/1", "verdict": found.verdict.value, "reasons": reasons})
    else:
        typer.echo(found.verdict.word.upper())
        for reason in found.reasons:
            typer.echo(f"  {reason.text}")
    leave(found.verdict)


def _log(opened: WitnessFolder, origin: str) -> dict[str, Any]:
    """One log as the document shows it; size, root and time are null until something is cosigned."""
    from plimsoll.adapters.witness_folder import origin_hash

    state = opened.cosigned.get(origin)
    return {
        "origin": origin,
        "sha256": origin_hash(origin),
        "keys": [str(key) for key in opened.logs[origin]],
        "size": state.checkpoint.size if state else None,
        "root": state.checkpoint.root.hex() if state else None,
        "at": datetime.fromtimestamp(state.at, UTC).isoformat() if state else None,
        "doubts": [{"kind": each.kind, "file": f"doubts/{each.path.name}"} for each in opened.doubts(origin)],
    }


def _passphrase() -> str:
    return os.environ.get("PLIMSOLL_KEY_PASSPHRASE", "")


def _say(line: str) -> None:
    typer.echo(f"plimsoll: {line}", err=True)
