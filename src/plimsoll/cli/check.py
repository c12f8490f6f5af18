"""plimsoll check: runs a check and writes signed evidence. Needs no server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from plimsoll.cli.key import signing_key
from plimsoll.cli.speaking import error_document, leave, print_json, refuse, spoken, write_output
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.verdict import Verdict

if TYPE_CHECKING:
    from plimsoll.adapters.evidence import Ran

app = typer.Typer(help="Runs checks and writes signed evidence.", no_args_is_help=True)


@app.command("list")
@spoken
def list_checks(
    as_json: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False,
) -> None:
    """Lists the checks with what each proves and does not prove."""
    from plimsoll.engines.checks.registry import CHECKS

    if as_json:
        print_json([_card(check.card) for check in CHECKS])
        return
    for check in CHECKS:
        card = check.card
        typer.echo(f"{card.id}  {card.title}")
        typer.echo(f"    subject: {card.subject}")
        typer.echo(f"    proves: {card.proves}")
        typer.echo(f"    does not prove: {card.does_not_prove}")
        for parameter in card.parameters:
            typer.echo(f"    --param {parameter.name}=…  {parameter.help} ({_default(parameter)})")


def _default(parameter: Any) -> str:  # Parameter
    if parameter.required:
        return "required"
    if parameter.default is None:
        return "optional"
    words = parameter.default if isinstance(parameter.default, tuple) else (parameter.default,)
    return f"default {','.join(str(word) for word in words)}"


def _card(card: Any) -> dict[str, Any]:  # CheckCard; imported lazily to keep the command light
    return {
        "id": card.id,
        "title": card.title,
        "version": card.version,
        "layer": card.layer.value,
        "subject": card.subject,
        "proves": card.proves,
        "does_not_prove": card.does_not_prove,
        "needs": card.needs,
        "false_positives": card.false_positives,
        "source": card.source,
        "answers": list(card.answers),
        "valid_days": card.valid_days,
        "parameters": [
            {
                "name": p.name,
                "kind": p.kind.value,
                "help": p.help,
                "default": list(p.default) if isinstance(p.default, tuple) else p.default,
                "required": p.required,
            }
            for p in card.parameters
        ],
    }


@app.command()
@spoken
def run(
    check: Annotated[str, typer.Argument(help="Id of the check; see plimsoll check list.")],
    subject: Annotated[Path, typer.Argument(help="File or folder to look at.")],
    param: Annotated[list[str] | None, typer.Option("--param", help="name=value; repeatable.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the evidence goes; default SUBJECT.CHECK.dsse.json here."),
    ] = None,
    push: Annotated[
        str,
        typer.Option("--push", help="Address of a Plimsoll server; the token is read from PLIMSOLL_TOKEN."),
    ] = "",
    system: Annotated[
        str,
        typer.Option("--system", help="With --push: ref of the system it is for, if several share the file."),
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Signing key; default PLIMSOLL_SIGNING_KEY or the user's own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/check-run/1.")] = False,
) -> None:
    """Looks at SUBJECT, judges what was seen, and writes a signed evidence statement.

    Exit code 0: the check passes; 1: it fails; 2: usage; 3: it cannot tell. A push that fails takes a
    passing check's 0 away; it never hides that a check fails or cannot tell.
    """
    given = parameters_of(param or [])
    run_and_write(check, subject, given, out=out, push=push, system=system, key=key, as_json=as_json)


def run_and_write(
    check: str,
    subject: Path,
    given: dict[str, object],
    *,
    out: Path | None,
    push: str,
    system: str,
    key: Path | None,
    as_json: bool,
) -> NoReturn:
    """Runs the check, writes its evidence, pushes it if asked to, speaks, and ends with the exit code."""
    from plimsoll.adapters.evidence import run_check

    token = _token() if push else ""
    target = out or Path(f"{subject.name or 'subject'}.{check}.dsse.json")
    with progress(f"{check} looks at {subject.name}"):
        ran = run_check(check, subject, given, key=signing_key(key), now=clock.now())
    write_output(target, [ran.envelope, b"\n"], what="The evidence")
    pushed, refusal = _push(push, ran.envelope, token, system) if push else (None, None)
    if as_json:
        print_json(_document(ran, target, pushed, refusal))
    else:
        _print(ran, target, pushed)
    verdict = ran.result.outcome.verdict
    if refusal is None:
        leave(verdict)
    if verdict is Verdict.MET:
        refuse(refusal, as_json=False)
    typer.echo(f"plimsoll: {refusal.sentence}", err=True)
    leave(verdict)


def parameters_of(given: list[str]) -> dict[str, object]:
    """name=value items as a mapping; BadInput for one that is none, or comes twice."""
    read: dict[str, object] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise BadInput(f"“{item[:60]}” is not a parameter.", hint="Write --param name=value.")
        if name in read:
            raise BadInput(f"The parameter “{name}” was given twice.")
        read[name] = value
    return read


def progress(text: str) -> Any:  # a context manager
    """A spinner on a terminal, nothing elsewhere."""
    import contextlib

    if not sys.stderr.isatty():
        return contextlib.nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(text)


def _token() -> str:
    token = os.environ.get("PLIMSOLL_TOKEN", "")
    if not token:
        raise BadInput(
            "There is no token to push with.",
            hint="Issue one under Settings, Tokens, and put it into PLIMSOLL_TOKEN.",
        )
    return token


def _push(
    address: str, envelope: bytes, token: str, system: str
) -> tuple[list[dict[str, Any]] | None, PlimsollError | None]:
    """What the server stored, or why it did not."""
    from plimsoll.adapters.push import push_evidence

    try:
        return push_evidence(address, envelope, token=token, system=system), None
    except PlimsollError as error:
        return None, error


def _document(
    ran: Ran, target: Path, pushed: list[dict[str, Any]] | None, refusal: PlimsollError | None
) -> dict[str, Any]:
    return {
        "form": "plimsoll/check-run/1",
        "check": ran.recording.check,
        "version": ran.recording.version,
        "subjects": [{"name": s.name, "sha256": s.digest, "size": s.size} for s in ran.recording.subjects],
        "parameters": {k: list(v) if isinstance(v, tuple) else v for k, v in ran.parameters.items()},
        **ran.result.to_json(),
        "tools": dict(ran.recording.tools),
        "valid_until": ran.statement.valid_until.isoformat(timespec="seconds"),
        "statement": str(target),
        "pushed": pushed,
        "push_error": error_document(refusal) if refusal else None,
    }


def _print(ran: Ran, target: Path, pushed: list[dict[str, Any]] | None) -> None:
    result = ran.result
    first = ran.recording.subjects[0]
    typer.echo(f"{result.answer.upper()}  {first.name}  sha256 {first.digest[:16]}…")
    for reason in result.judgement.deciding[:8]:
        typer.echo(f"  {reason.text}{f'  [{reason.source}]' if reason.source else ''}")
    for measure in result.measures:
        typer.echo(f"  {_measure(measure)}")
    for finding in result.findings[:20]:
        typer.echo(f"  {finding.severity}: {finding.text}{f'  ({finding.where})' if finding.where else ''}")
    for sentence in result.read:
        typer.echo(f"  read: {sentence}")
    typer.echo(f"evidence: {target}  (holds until {ran.statement.valid_until:%d %b %Y})")
    for stored in pushed or []:
        typer.echo(f"stored: {stored['ref']} for {stored['system']}")


def _measure(measure: Any) -> str:  # Measure
    if measure.unit == "count" and measure.value is not None:
        return f"{measure.title}: {measure.value:,.0f}"
    value = "not defined" if measure.value is None else f"{measure.value:.4f}"
    interval = (
        f" [{measure.low:.4f}, {measure.high:.4f}] at {measure.confidence:.0%}"
        if measure.low is not None and measure.high is not None and measure.confidence
        else ""
    )
    limit = (
        f", limit {measure.limit_kind} {measure.limit:g}: {measure.verdict.word}"
        if measure.limit is not None and measure.verdict
        else ""
    )
    return f"{measure.title}: {value}{interval}, n={measure.n:,}{limit}"
