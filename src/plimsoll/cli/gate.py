"""plimsoll gate: how a gate stands, now or on another day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from plimsoll.cli.speaking import leave, print_json, spoken
from plimsoll.kernel.errors import BadInput

app = typer.Typer(help="How a gate stands, now or on another day.", no_args_is_help=True)


@app.callback()
def gate() -> None:
    """How a gate stands, now or on another day."""


@app.command()
@spoken
def show(
    program: Annotated[str, typer.Argument(help="Slug of the program.")],
    ref: Annotated[str, typer.Argument(help="Ref of the gate, such as GTE-1.")],
    at: Annotated[str, typer.Option("--at", help="Day to ask about, YYYY-MM-DD; default today.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/gate/1.")] = False,
) -> None:
    """Shows verdict and criteria of a gate; exit code 0 met, 1 not met, 3 cannot tell."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.kernel import clock
    from plimsoll.loop.decide import facts, selectors
    from plimsoll.loop.decide.schemas import gate_document
    from plimsoll.loop.scope import selectors as scope
    from plimsoll.people.actors import Actor
    from plimsoll.people.selectors import program_named

    operator = Actor.of_rule("operator")
    now = _instant(at) if at else clock.now()
    row = selectors.gate_by_ref(operator, program_named(operator, program).id, ref)
    system = scope.system_by_id(operator, row.system_id)
    dossier = facts.dossiers(operator, row.program_id, [system], now=now)[system.id]
    evaluated = facts.evaluate_gate(row, dossier)
    if as_json:
        print_json(gate_document(evaluated))
    else:
        typer.echo(f"{row.ref}  {row.system} → {row.stage.label}  on {now:%d %b %Y}")
        typer.echo(evaluated.result.judgement.verdict.word.upper())
        for result in evaluated.result.applicable:
            word = "waived" if result.waived_by else result.judgement.verdict.word
            reason = result.judgement.deciding[0].text
            typer.echo(f"  {word:8}  {result.spec.title}: {reason}")
    leave(evaluated.result.judgement.verdict)


def _instant(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(12), tzinfo=UTC)
    except ValueError as error:
        raise BadInput(f"“{day[:20]}” is not a day.", hint="Write it like 2027-03-26.") from error
