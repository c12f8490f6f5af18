"""plimsoll key: the key that signs evidence on this machine. Needs no server."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.speaking import print_json, spoken
from plimsoll.kernel.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

app = typer.Typer(help="The key that signs evidence on this machine.", no_args_is_help=True)


@app.callback()
def key() -> None:
    """The key that signs evidence on this machine."""


def key_path(given: Path | None) -> Path:
    """The key file: as given, from PLIMSOLL_SIGNING_KEY, or the user's own."""
    if given is not None:
        return given
    named = os.environ.get("PLIMSOLL_SIGNING_KEY")
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "plimsoll" / "signing-key.pem"


def signing_key(given: Path | None) -> Ed25519PrivateKey:
    """The signing key; made on first use, which is said on stderr."""
    from plimsoll.adapters.keys import load_or_create_key

    path = key_path(given)
    try:
        loaded, new = load_or_create_key(path, passphrase=os.environ.get("PLIMSOLL_KEY_PASSPHRASE", ""))
    except OSError as error:
        raise BadInput(
            f"No key can be read or made at {path}: {error.strerror}.",
            hint="Choose another place with --key.",
        ) from error
    if new:
        typer.echo(f"plimsoll: made a signing key at {path}; register it with: plimsoll key show", err=True)
    return loaded


@app.command()
@spoken
def show(
    path: Annotated[Path | None, typer.Option("--key", help="Key file; default the user's own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print id and key as JSON.")] = False,
) -> None:
    """Prints the public key, to be registered under Settings, Signing keys."""
    from plimsoll.engines.statements.envelope import key_id

    public = signing_key(path).public_key()
    encoded = base64.b64encode(public.public_bytes_raw()).decode()
    if as_json:
        print_json({"key_id": key_id(public), "public_key": encoded})
    else:
        typer.echo(encoded)
