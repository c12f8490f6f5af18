"""The `plimsoll` command: one file per command, registered here."""

from __future__ import annotations

import typer

from plimsoll import __version__
from plimsoll.cli import (
    check,
    clocks,
    demo,
    framework,
    framework_import,
    gate,
    incident,
    key,
    law,
    log,
    log_files,
    monitor,
    plan,
    scope,
    seal,
    up,
    verify,
    witness,
)

app = typer.Typer(
    name="plimsoll",
    help="Runs the security of AI programs: scope, plan, prove, decide, watch, respond, report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 all met, 1 not met, 2 usage or bad input, 3 cannot tell.",
)
app.add_typer(scope.app, name="scope")
app.add_typer(law.app, name="law")
app.add_typer(check.app, name="check")
app.add_typer(clocks.app, name="clocks")
framework.app.command("import")(framework_import.import_framework)
app.add_typer(framework.app, name="framework")
app.add_typer(monitor.app, name="monitor")
app.add_typer(key.app, name="key")
app.command("verify")(verify.verify)
app.command("up")(up.up)
app.command("migrate")(up.migrate)
app.command("tick")(up.tick)
app.command("demo")(demo.demo)
for command in (seal.seal, seal.prove_event, seal.check_segment):
    log.app.command(command.__name__.replace("_", "-"))(command)
log.app.command("fsck")(log_files.fsck)
app.add_typer(log.app, name="log")
app.add_typer(gate.app, name="gate")
app.add_typer(plan.app, name="plan")
app.add_typer(incident.app, name="incident")
app.add_typer(witness.app, name="witness")


@app.command()
def version() -> None:
    """Prints the version."""
    typer.echo(__version__)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
