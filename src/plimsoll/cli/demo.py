"""plimsoll demo: the worked programs, loaded, checked and served."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from plimsoll.cli.speaking import spoken
from plimsoll.cli.up import free_port, prepare, serve


@spoken
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for the first free one from 8765.")
    ] = 0,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load and stop; do not serve.")] = False,
) -> None:
    """Loads the fictional company with its three systems, really runs their checks, and serves them."""
    begun = time.monotonic()
    port = free_port(host, port)
    typer.echo("Preparing the database and the static files …")
    prepare()
    from plimsoll.site.sample.load import load_sample

    typer.echo("Loading Halyard: training its models and running its checks …")
    loaded = load_sample(lambda line: typer.echo(f"  {line}"))
    if not loaded.new:
        typer.echo("  it was loaded before")
    seconds = time.monotonic() - begun
    typer.echo(f"Ready after {seconds:.0f} seconds.\n")
    typer.echo(f"  Look at    http://{host}:{port}/{loaded.slug}/")
    typer.echo(f"  Sign in    {loaded.email}")
    typer.echo(f"  Password   {loaded.password}")
    typer.echo("  Others     dana, ines, tomas, priya, marc, weiss, okafor, almeida, odile (same password)")
    typer.echo(f"  Brief      http://{host}:{port}/{loaded.slug}/brief/")
    typer.echo("  Remove     Settings, Remove the sample\n")
    if not load_only:
        typer.echo("Stop with Ctrl-C.")
        serve(host=host, port=port)
