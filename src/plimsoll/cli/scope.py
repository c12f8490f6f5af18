"""plimsoll scope: what applies to a system with these answers. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from plimsoll.cli.speaking import print_json, read_input, spoken
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import percent

app = typer.Typer(help="What is certain, open and out for a set of answers.", no_args_is_help=True)
LIMIT = 2**20


@app.callback()
def scope() -> None:
    """What is certain, open and out for a set of answers."""


@app.command()
@spoken
def evaluate(
    answers: Annotated[
        Path, typer.Argument(help="YAML or JSON with `answers: {K1: language, …}`; - for stdin.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/scope/1.")] = False,
) -> None:
    """Evaluates the answers and says what is certain, open and out, and which unknown to chase first."""
    document = evaluate_answers(read_answers_file(answers))
    if as_json:
        print_json(document)
    else:
        _print(document)


@app.command()
@spoken
def questions(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Lists the questions and their possible answers."""
    from plimsoll.adapters.catalog import load_catalog

    asked = load_catalog().question_set
    if as_json:
        print_json(
            [{"id": q.id, "ask": q.ask, "answers": [o.value for o in q.options]} for q in asked.questions]
        )
        return
    for question in asked.questions:
        typer.echo(f"{question.id}  {question.ask}")
        typer.echo(f"    {', '.join(o.value for o in question.options)}")


def read_answers_file(path: Path) -> dict[str, object]:
    """The answers in the file; BadInput names what is wrong and where."""
    from plimsoll.engines.catalog.read import read_yaml

    value = read_yaml(read_input(path, what="The answers file", limit=LIMIT), what=path.name, limit=LIMIT)
    if not isinstance(value, dict) or "answers" not in value:
        raise BadInput(f"{path.name} has no “answers”.", hint="Write answers: with one line per question.")
    strange = [str(key) for key in value if key not in ("answers", "system")]
    if strange:
        raise BadInput(
            f"{path.name} has the unknown key “{strange[0][:40]}”.",
            hint="It may hold “answers” and “system”.",
        )
    given = value["answers"] if value["answers"] is not None else {}
    if not isinstance(given, dict):
        raise BadInput(
            f"The “answers” of {path.name} are not a mapping.",
            hint="Write one line per question, such as K1: language.",
        )
    return {str(code): answer for code, answer in given.items()}


def evaluate_answers(given: dict[str, object]) -> dict[str, Any]:
    """The scope document for raw answers."""
    from plimsoll.adapters.catalog import load_catalog
    from plimsoll.engines.scoping.chasing import rank_unknowns
    from plimsoll.engines.scoping.document import scope_document
    from plimsoll.engines.scoping.evaluation import evaluate as evaluate_rules
    from plimsoll.engines.scoping.question_set import read_answers

    catalog = load_catalog()
    questions = catalog.question_set
    known = read_answers(questions, given)
    found = evaluate_rules(questions, catalog.rules, known)
    return scope_document(
        questions,
        known,
        found,
        rank_unknowns(questions, catalog.rules, known, scope=found),
        {
            "risks": evaluate_rules(questions, catalog.risk_rules, known),
            "tiers": evaluate_rules(questions, catalog.tier_rules, known),
            "obligations": evaluate_rules(questions, catalog.obligation_rules, known),
        },
    )


def _print(document: dict[str, Any]) -> None:
    confidence = document["confidence"]
    share = "nothing in scope" if confidence is None else f"{percent(confidence)} certain"
    counts = ", ".join(f"{len(document[name])} {name}" for name in ("certain", "open", "out"))
    typer.echo(f"{counts}; {share}; {document['method']} method")
    for name in ("certain", "open", "out"):
        typer.echo(f"\n{name.upper()}")
        for item in document[name]:
            typer.echo(f"  {item['title']}  ({'; '.join(item['reasons'])})")
    if document["unknowns"]:
        typer.echo("\nUNKNOWN, in the order to chase")
        for unknown in document["unknowns"]:
            worst, best = unknown["settles_worst"], unknown["settles_best"]
            settles = f"settles {worst} to {best}" if best else "settles nothing today"
            typer.echo(f"  {unknown['question']}  {unknown['ask']}  ({settles})")
