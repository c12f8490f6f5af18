"""plimsoll law: which class of the EU AI Act a system has, and which duties apply. Needs no server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, spoken
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

app = typer.Typer(help="Classes and duties under the law, by dated rules.", no_args_is_help=True)
LIMIT = 2**20


@app.callback()
def law() -> None:
    """Classes and duties under the law, by dated rules over answers. Not legal advice."""


@app.command()
@spoken
def classify(
    answers: Annotated[
        Path, typer.Argument(help="YAML or JSON with `answers: {Q10: no, …}` and `as_of: DATE`; - for stdin.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/law-classification/1.")
    ] = False,
) -> None:
    """Says which tiers of the EU AI Act a system has, which are open, and why.

    Exit code 0: the tiers are settled and no prohibition applies on the day; 1: a prohibition applies;
    2: usage; 3: a tier is open. Without `as_of` the day is today.
    """
    document = classify_answers(read_law_file(answers, keys=("answers",)))
    if as_json:
        print_json(document)
    else:
        _print(document)
    leave(Verdict(document["verdict"]))


@app.command()
@spoken
def obligations(
    facts: Annotated[
        Path,
        typer.Argument(
            help="YAML or JSON with `facts: {places: [EU], …}`, `answers` as for classify, `as_of: DATE`; "
            "- for stdin."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/law-obligations/1.")
    ] = False,
) -> None:
    """Says which legal duties apply to a system, which are open, and the fact that decides each.

    Exit code 0: every duty is settled; 2: usage; 3: some are open. Proposed law is a watch item only.
    """
    document = find_obligations(read_law_file(facts, keys=("facts", "answers")))
    if as_json:
        print_json(document)
    else:
        _print_duties(document)
    leave(Verdict(document["verdict"]))


@app.command()
@spoken
def questions(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Lists the questions of the classification and the facts of the duties, with their answers."""
    from plimsoll.adapters.duties import load_duty_rules

    facts = load_duty_rules().sheet.facts
    if as_json:
        print_json(
            [{"id": f.id, "ask": f.ask, "kind": f.kind.value, "answers": list(f.values)} for f in facts]
        )
        return
    for fact in facts:
        typer.echo(f"{fact.id}  {fact.ask}")
        typer.echo(f"    {fact.kind.value}: {', '.join(fact.values)}")


def read_law_file(path: Path, *, keys: tuple[str, ...]) -> dict[str, Any]:
    """The file's mappings under `keys` and its day under as_of; BadInput names what is wrong and where."""
    from plimsoll.engines.catalog.read import read_yaml
    from plimsoll.engines.law.fact_sheet import read_date

    value = read_yaml(read_input(path, what="The answers file", limit=LIMIT), what=path.name, limit=LIMIT)
    if not isinstance(value, dict) or not set(keys) & set(value):
        raise BadInput(
            f"{path.name} has no “{keys[0]}”.", hint=f"Write {keys[0]}: with one line per question."
        )
    allowed = (*keys, "as_of", "system")
    strange = [str(key) for key in value if key not in allowed]
    if strange:
        raise BadInput(
            f"{path.name} has the unknown key “{strange[0][:40]}”.",
            hint=f"It may hold {', '.join(allowed)}.",
        )
    day = value.get("as_of")
    found: dict[str, Any] = {"as_of": clock.now().date() if day is None else read_date(day, what="as_of")}
    for key in keys:
        given = value.get(key)
        if given is not None and not isinstance(given, dict):
            raise BadInput(
                f"The “{key}” of {path.name} are not a mapping.", hint="Write one line per question."
            )
        found[key] = {str(code): answer for code, answer in (given or {}).items()}
    return found


def classify_answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """The classification document for raw answers and a day."""
    from plimsoll.adapters.law import load_act_rules
    from plimsoll.engines.law.classification import classify as classify_system
    from plimsoll.engines.law.document import classification_document
    from plimsoll.engines.law.fact_sheet import read_facts

    rules = load_act_rules()
    day: date = given["as_of"]
    found = classify_system(rules, read_facts(rules.sheet, given["answers"]), day)
    return classification_document(rules.sheet, found)


def find_obligations(given: Mapping[str, Any]) -> dict[str, Any]:
    """The document of legal duties for raw facts, raw answers and a day."""
    from plimsoll.adapters.duties import load_duty_rules
    from plimsoll.engines.law.document import duties_document
    from plimsoll.engines.law.fact_sheet import read_facts
    from plimsoll.engines.law.obligations import find_duties

    rules = load_duty_rules()
    twice = sorted(set(given["facts"]) & set(given["answers"]))
    if twice:
        raise BadInput(f"“{twice[0]}” stands both in facts and in answers.", hint="Write it once.")
    known = read_facts(rules.sheet, {**given["answers"], **given["facts"]})
    return duties_document(rules.sheet, find_duties(rules, known, given["as_of"]))


def _print(document: dict[str, Any]) -> None:
    typer.echo(f"{document['law']['name']} on {document['as_of']}: {document['law']['version']}")
    typer.echo("\nTIERS")
    for tier in document["tiers"] or ["none is certain"]:
        typer.echo(f"  {tier}")
        for reason in (r for r in document["reasons"] if r["tier"] == tier):
            typer.echo(f"    {reason['article']}: {reason['because']}  ({'; '.join(reason['facts'])})")
            typer.echo(f"      {_when(reason)}")
    if document["open"]:
        typer.echo("\nOPEN, with the questions that decide")
        for item in document["open"]:
            typer.echo(f"  {item['tier']}  ({', '.join(item['questions'])})")
        for code, ask in document["questions"].items():
            typer.echo(f"    {code}  {ask}")
    if document["other_readings"]:
        typer.echo("\nOTHER READINGS")
        for reading in document["other_readings"]:
            typer.echo(f"  {reading['provision']}")
            typer.echo(f"    here: {reading['working']}")
            typer.echo(f"    other: {reading['other']}")
    for note in document["notes"]:
        typer.echo(f"\nnote: {note['text']} ({note['article']})")
    for warning in document["warnings"]:
        typer.echo(f"\nwarning: {warning}")


def _print_duties(document: dict[str, Any]) -> None:
    groups = ("applies", "not_yet_applicable", "open", "voluntary", "watch")
    counts = ", ".join(f"{len(document[name])} {name.replace('_', ' ')}" for name in (*groups, "out"))
    typer.echo(f"Duties on {document['as_of']}: {counts}")
    for name in groups:
        if document[name]:
            typer.echo(f"\n{name.replace('_', ' ').upper()}")
        for duty in document[name]:
            typer.echo(f"  {duty['id']}  {duty['title']}  ({'; '.join(duty['facts'])})")
            if name != "watch":
                typer.echo(f"      {duty['provision']}; {_when(duty)}")
    for code, ask in document["questions"].items():
        typer.echo(f"  {code}  {ask}")
    for warning in document["warnings"]:
        typer.echo(f"\nwarning: {warning}")


def _when(item: dict[str, Any]) -> str:
    """When something applies, as a line of text."""
    day = item["applies_from"] or "a day that the law does not name"
    if item["applicable"] is None:
        asked = ", ".join(item["date_turns_on"]) or "a condition that is not asked about"
        days = " or ".join(start["day"] for start in item["dates"] if start["day"])
        return f"applies from {days}: {asked} decides"
    return f"applies from {day}" if item["applicable"] else f"not yet applicable: applies from {day}"
