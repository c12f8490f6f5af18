"""plimsoll incident: declares incidents and hazards on the server's own database."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from plimsoll.cli.speaking import print_json, spoken
from plimsoll.kernel.errors import BadInput

app = typer.Typer(help="Declares incidents and hazards, and shows their clocks.", no_args_is_help=True)


@app.callback()
def incident() -> None:
    """Declares incidents and hazards, and shows their clocks."""


@app.command()
@spoken
def declare(
    program: Annotated[str, typer.Option("--program", help="Slug of the program.")],
    system: Annotated[str, typer.Option("--system", help="Ref of the system, such as SYS-1.")],
    title: Annotated[str, typer.Option("--title", help="What happened, in one sentence.")],
    kind: Annotated[str, typer.Option("--kind", help="COMPONENT/CONCERN, such as model/misuse.")] = "",
    aware: Annotated[str, typer.Option("--aware", help="When we learned of it, ISO 8601; default now.")] = "",
    occurred: Annotated[str, typer.Option("--occurred", help="When it happened, ISO 8601, if known.")] = "",
    hazard: Annotated[bool, typer.Option("--hazard", help="It nearly happened.")] = False,
    commander: Annotated[
        str, typer.Option("--commander", help="Handle or e-mail address; default the system's owner.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print plimsoll/incident-clocks/1.")] = False,
) -> None:
    """Declares an incident or hazard; its clocks and tasks open at once.

    Runs on the server's own database, as the operator. The system's owner commands it until somebody else
    does.
    """
    from plimsoll.cli.server import start

    aware_at, occurred_at = _instant(aware, "--aware"), _instant(occurred, "--occurred")
    start()
    from plimsoll.engines.incidents.kinds import Sort
    from plimsoll.loop.respond import services
    from plimsoll.loop.scope import selectors as scope
    from plimsoll.people.actors import Actor
    from plimsoll.people.requests import member_id
    from plimsoll.people.selectors import program_named

    operator = Actor.of_rule("operator")
    found = program_named(operator, program)
    made = services.declare_incident(
        actor=operator,
        program_id=found.id,
        system_id=scope.system_by_ref(operator, found.id, system).id,
        title=title,
        sort=Sort.HAZARD if hazard else Sort.INCIDENT,
        kind=services.read_kind(kind),
        aware_at=aware_at,
        occurred_at=occurred_at,
        commander_id=member_id(operator, found.id, commander, field="commander") if commander else None,
    )
    _show(found.slug, made.pk, as_json=as_json)


def _show(slug: str, incident_id: int, *, as_json: bool) -> None:
    from plimsoll.kernel import clock
    from plimsoll.loop.respond import facts, selectors
    from plimsoll.loop.respond.schemas import clocks_out
    from plimsoll.people.actors import Actor

    operator, now = Actor.of_rule("operator"), clock.now()
    row = selectors.incident_by_id(operator, incident_id)
    known = facts.incident_clocks(operator, [row], now=now)[0]
    if as_json:
        print_json(clocks_out(known, now=now))
        return
    tasks = selectors.tasks_of(row.id)
    typer.echo(f"{row.ref}  {row.sort.value}  {row.system}: {row.title}")
    typer.echo(f"{row.commander} commands; {len(tasks)} tasks; {len(known.pending)} clocks are open")
    for clock_found in known.pending:
        reading = clock_found.reading
        typer.echo(f"  {clock_found.state.word.upper()}  {reading.duty.id} {reading.stage.id}")
        typer.echo(f"      {clock_found.ask or clock_found.why}")
    typer.echo(f"room: /{slug}/incidents/{row.ref}/")


def _instant(text: str, what: str) -> datetime | None:
    from plimsoll.engines.clocks.starts import read_point

    if not text:
        return None
    point = read_point(text, what=what)
    if not isinstance(point, datetime):
        raise BadInput(f"{what} is the day {point}.", hint="Give a time with its offset.")
    return point
