"""plimsoll monitor: whether current rows still look like the reference. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli import check
from plimsoll.cli.speaking import leave, print_json, read_input, spoken
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

if TYPE_CHECKING:
    from plimsoll.engines.monitors.drift import ColumnDrift, Drift

app = typer.Typer(help="Compares current rows with reference rows.", no_args_is_help=True)
LIMIT = 2**16
_KEYS = ("name", "reference", "current", "columns", "categories", "limits", "model")
_LIMITS = {
    "number": "max_number",
    "category": "max_category",
    "missing": "max_missing",
    "confidence": "confidence",
}


@app.command()
@spoken
def compare(
    reference: Annotated[Path, typer.Argument(help="The reference: Parquet, CSV or JSON lines.")],
    current: Annotated[Path, typer.Argument(help="The current rows, in any of these forms.")],
    columns: Annotated[
        str, typer.Option("--columns", help="Columns to compare, separated by commas; default all.")
    ] = "",
    categories: Annotated[
        str, typer.Option("--categories", help="Columns whose numbers are names, separated by commas.")
    ] = "",
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="Limit of the check drift, such as max_number=0.1; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document plimsoll/drift/1.")] = False,
) -> None:
    """Compares CURRENT with REFERENCE column by column and says which changed beyond its limit.

    Exit code 0: every column is within its limits; 1: some column changed beyond; 2: usage; 3: too few
    rows to tell. Nothing is written; use monitor run for evidence.
    """
    from plimsoll.adapters.profiles.observing import observe_tables
    from plimsoll.engines.checks.drift import DRIFT, asked, limits_of
    from plimsoll.engines.checks.parameters import read_parameters
    from plimsoll.engines.monitors.document import drift_document

    chosen = {"reference": str(reference), "columns": columns, "categories": categories}
    named = [f"{name}={value}" for name, value in chosen.items() if value]
    given = check.parameters_of([*(param or []), *named])
    read = read_parameters(DRIFT.card, given)
    question = asked(read)
    with check.progress(f"counting {reference.name} and {current.name}"):
        seen = observe_tables(
            reference, current, columns=question["columns"], categories=question["categories"]
        ).observation
    drift = seen.judge(limits_of(read))
    if as_json:
        print_json(drift_document(drift, read=seen.sentences))
    else:
        _print(drift, seen.sentences)
    leave(drift.judgement.verdict)


@app.command()
@spoken
def run(
    monitor: Annotated[
        Path, typer.Argument(help="YAML: reference, current, columns, categories, limits, model, name.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the evidence goes; default CURRENT.drift.dsse.json here."),
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
    """Runs the comparison that MONITOR declares and writes it as signed evidence of the check drift.

    Files are looked for beside MONITOR. Exit codes and document are those of check run.
    """
    current, given = read_monitor(monitor)
    check.run_and_write("drift", current, given, out=out, push=push, system=system, key=key, as_json=as_json)


def read_monitor(path: Path) -> tuple[Path, dict[str, object]]:
    """The current table and the parameters of the check drift that a monitor file declares.

    BadInput names the key that is missing, unknown or of another form.
    """
    from plimsoll.engines.catalog.read import read_yaml

    value = read_yaml(read_input(path, what="The monitor", limit=LIMIT), what=path.name, limit=LIMIT)
    if not isinstance(value, dict):
        raise BadInput(f"{path.name} is no monitor.", hint="Write reference: and current:, one per line.")
    _known(value, _KEYS, path.name)
    for name in ("reference", "current"):
        if not isinstance(value.get(name), str) or not value[name].strip():
            raise BadInput(f"{path.name} has no “{name}”.", hint=f"Write {name}: with the path of a file.")
    limits = value.get("limits") or {}
    if not isinstance(limits, dict):
        raise BadInput(f"The “limits” of {path.name} are no mapping.", hint="Write limits: {number: 0.05}.")
    _known(limits, tuple(_LIMITS), f"“limits” of {path.name}")
    given: dict[str, object] = {_LIMITS[name]: limit for name, limit in limits.items()}
    given["reference"] = str(path.parent / value["reference"])
    given |= {name: value[name] for name in ("columns", "categories") if value.get(name) is not None}
    if value.get("name") is not None:
        given["monitor"] = value["name"]
    if value.get("model") is not None:
        given["model"] = str(path.parent / str(value["model"]))
    return path.parent / value["current"], given


def _known(value: dict[Any, Any], keys: tuple[str, ...], what: str) -> None:
    for key in value:
        if key not in keys:
            raise BadInput(f"{what} has the unknown key “{str(key)[:40]}”.", hint=f"Keys: {', '.join(keys)}.")


def _print(drift: Drift, read: tuple[str, ...]) -> None:
    typer.echo(_headline(drift))
    order = (Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.MET)
    for reason in drift.judgement.reasons:
        if reason.verdict is not Verdict.MET:
            typer.echo(f"  {reason.verdict.word}: {reason.text}")
    if drift.columns:
        heads = " ".join(f"{head:>8}" for head in ("effect", "missing", "PSI", "JS", "KS", "W/sd"))
        typer.echo(f"\n{'column':24} {heads}  verdict")
    for column in sorted(drift.columns, key=lambda c: order.index(c.judgement.verdict)):
        typer.echo(_row(column))
    for sentence in read:
        typer.echo(f"read: {sentence}")


def _headline(drift: Drift) -> str:
    words = {
        Verdict.MET: "WITHIN LIMITS",
        Verdict.NOT_MET: "DRIFT",
        Verdict.UNKNOWN: "TOO FEW TO TELL",
    }
    judged = f"{len(drift.columns)} columns, {drift.comparisons} limits judged together"
    return f"{words[drift.judgement.verdict]}  {judged}"


def _row(column: ColumnDrift) -> str:
    found = column.statistics
    figures = [
        column.values.value if column.values else None,
        column.absence.value if column.absence else None,
        *(
            (found.psi, found.jensen_shannon, found.ks, found.wasserstein_per_deviation)
            if found
            else [None] * 4
        ),
    ]
    shown = " ".join(f"{'–':>8}" if figure is None else f"{figure:8.4f}" for figure in figures)
    return f"{column.name[:24]:24} {shown}  {column.judgement.verdict.word}"
