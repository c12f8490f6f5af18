"""plimsoll clocks: when a legal duty must be done. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, spoken
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from plimsoll.adapters.clocks import ClockLaw
    from plimsoll.engines.clocks.computing import Authority
    from plimsoll.engines.clocks.duty import Duty

app = typer.Typer(help="Deadlines of legal duties, in both readings.", no_args_is_help=True)
INCIDENT_LIMIT = 2**20


@app.callback()
def clocks() -> None:
    """Deadlines of legal duties, in both readings."""


@app.command()
@spoken
def compute(
    obligation: Annotated[
        str, typer.Option("--obligation", help="Id of the duty; see plimsoll clocks list.")
    ],
    stage: Annotated[str, typer.Option("--stage", help="Stage of the duty.")],
    start: Annotated[
        list[str],
        typer.Option(
            "--start",
            help="When its start event happened: a day, or a time with offset. EVENT=… for an event by name; "
            "repeatable.",
        ),
    ],
    holidays: Annotated[
        Path | None,
        typer.Option("--holidays", help="YAML or JSON with public holidays of the authority's place."),
    ] = None,
    calendar: Annotated[
        str, typer.Option("--calendar", help="Which list of the holiday file, if it has several.")
    ] = "",
    zone: Annotated[
        str, typer.Option("--zone", help="Time zone of the authority, such as Europe/Berlin.")
    ] = "",
    system_class: Annotated[
        str, typer.Option("--class", help="Which date of application binds, such as annex_iii.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/clock/1.")] = False,
) -> None:
    """Computes the plain deadline and the statutory reading of one stage of a duty.

    Work to the plain deadline. The statutory reading needs counsel. There is no deadline where no clock
    may run: what is not law, what has not started, and what the law gives no figure for; the reason is
    said. Exit code 0 whenever there is an answer, 2 for bad input. Not legal advice.
    """
    from plimsoll.adapters.clocks import load_clock_law
    from plimsoll.engines.clocks.computing import compute as compute_clock
    from plimsoll.engines.clocks.computing import stage_of
    from plimsoll.engines.clocks.document import clock_document
    from plimsoll.engines.clocks.starts import read_starts

    law = load_clock_law()
    duty = law.duty(obligation)
    starts = read_starts(duty, stage_of(duty, stage), _pairs(start))
    authority = _authority(law, duty, holidays=holidays, calendar=calendar, zone=zone)
    reading = compute_clock(
        duty, stage, starts, book=law.book, authority=authority, system_class=system_class
    )
    document = clock_document(reading, starts, law.book)
    if as_json:
        print_json(document)
    else:
        _print(document)


@app.command()
@spoken
def show(
    incident: Annotated[
        Path, typer.Argument(help="YAML or JSON with answers, triggers, submissions, closings; - for stdin.")
    ],
    at: Annotated[str, typer.Option("--at", help="The moment to look at; default now.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/incident-clocks/1.")
    ] = False,
) -> None:
    """Shows how every clock of an incident stands at a moment, by jurisdiction, the most urgent first.

    Exit code 0: everything that is due was done in time; 1: a duty that applies is overdue or was done
    late; 2: usage; 3: something still runs, or nobody knows whether it applies.
    """
    from plimsoll.adapters.clocks import load_clock_law
    from plimsoll.adapters.incident_file import read_incident
    from plimsoll.engines.clocks.document import incident_document
    from plimsoll.engines.clocks.running import clocks_at
    from plimsoll.engines.clocks.states import all_in_time

    law = load_clock_law()
    content = read_input(incident, what="The incident file", limit=INCIDENT_LIMIT)
    file = read_incident(content, what=incident.name)
    now = _moment(at) if at else clock.now()
    found = clocks_at(law.duties, file.duties, file.record, now=now, book=law.book)
    document = incident_document(found, now=now, book=law.book)
    if as_json:
        print_json(document)
    else:
        _print_clocks(document, file.title)
    leave(all_in_time(found).verdict)


@app.command("list")
@spoken
def list_clocks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Lists the duties that have clocks, with their stages and what starts each."""
    from plimsoll.adapters.clocks import load_clock_law

    law = load_clock_law()
    entries = [_entry(duty) for duty in law.duties.values() if duty.stages]
    if as_json:
        print_json(entries)
        return
    for entry in entries:
        typer.echo(f"{entry['id']}  {entry['title']}  ({entry['law']})")
        for stage in entry["stages"]:
            typer.echo(f"    --stage {stage['id']}  {stage['period']} {stage['start_event']}")


def _entry(duty: Duty) -> dict[str, Any]:
    return {
        "id": duty.id,
        "title": duty.title,
        "law": f"{duty.instrument}, {duty.provision}",
        "status": duty.status.value,
        "stages": [
            {
                "id": stage.id,
                "kind": stage.kind.value,
                "period": stage.period,
                "start_event": stage.start_event,
            }
            for stage in duty.stages
        ],
    }


def _moment(text: str) -> datetime:
    from datetime import datetime

    from plimsoll.engines.clocks.starts import read_point

    point = read_point(text, what="--at")
    if not isinstance(point, datetime):
        raise BadInput(f"--at is the day {point}.", hint="Give a time with its offset.")
    return point


def _print_clocks(document: dict[str, Any], title: str) -> None:
    typer.echo(f"{title + ': ' if title else ''}{document['verdict'].replace('_', ' ')} at {document['at']}")
    for place in document["jurisdictions"]:
        typer.echo(f"\n{place['jurisdiction']}")
        for item in place["clocks"]:
            due = f", due {item['plain_deadline']}" if item["plain_deadline"] else ""
            reading = f" (statutory reading {item['statutory_reading']})" if item["statutory_reading"] else ""
            doubt = "" if item["applies"] == "certain" else f" [may apply: {item['because']}]"
            state = item["state"].replace("_", " ").upper()
            typer.echo(f"  {state}  {item['obligation']} {item['stage']}{due}{reading}{doubt}")
            typer.echo(f"      {item['ask'] or item['why']}")


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    """Event name (empty for the stage's own) and time, from ISO, EVENT=ISO or a mapping {EVENT: ISO}."""
    pairs: list[tuple[str, str]] = []
    for item in given:
        if item.lstrip().startswith("{"):
            pairs += _mapping(item)
            continue
        name, equals, text = item.rpartition("=")
        if equals and not name.strip():
            raise BadInput(f"“{item[:60]}” names no event.", hint="Write --start EVENT=TIME or --start TIME.")
        pairs.append((name.strip(), text))
    return pairs


def _mapping(text: str) -> list[tuple[str, str]]:
    from datetime import date

    from plimsoll.engines.catalog.read import read_yaml

    value = read_yaml(text.encode(), what="--start")
    return [(str(k), v.isoformat() if isinstance(v, date) else str(v)) for k, v in value.items()]


def _authority(law: ClockLaw, duty: Duty, *, holidays: Path | None, calendar: str, zone: str) -> Authority:
    from plimsoll.adapters.clocks import zone_named
    from plimsoll.adapters.holidays import HOLIDAY_LIMIT, read_holidays
    from plimsoll.engines.clocks.computing import authority_of

    place = law.book.places[duty.jurisdiction]
    working = None
    if holidays is not None:
        content = read_input(holidays, what="The holiday file", limit=HOLIDAY_LIMIT)
        working = read_holidays(content, what=holidays.name, place=place, calendar=calendar)
    elif calendar:
        raise BadInput("--calendar chooses a list of a holiday file.", hint="Give --holidays FILE too.")
    return authority_of(place, zone=(zone, zone_named(zone)) if zone else None, working=working)


def _print(document: dict[str, Any]) -> None:
    typer.echo(f"{document['obligation']}  {document['title']}  ({document['law']})")
    zone = f" {document['zone']}" if document["plain_deadline"] else ""
    typer.echo(f"plain deadline: {document['plain_deadline'] or 'none'}{zone}")
    typer.echo(f"statutory reading: {document['statutory_reading'] or 'none'}")
    typer.echo(f"rule: {document['rule']}  ({document['rule_basis']})")
    typer.echo(f"source: {', '.join(document['source'])}")
    typer.echo(f"why: {document['why']}")
    for other in document["other_readings"]:
        plain, reading = other["plain_deadline"] or "none", other["statutory_reading"] or "none"
        typer.echo(
            f"other reading, from {other['applies_from']}: plain {plain}, statutory {reading}; {other['why']}"
        )
    for caveat in document["caveats"]:
        typer.echo(f"note: {caveat}")
