"""plimsoll framework: reads frameworks and house standards, and says what changed. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.speaking import print_json, read_input, spoken
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput

if TYPE_CHECKING:
    from plimsoll.adapters.importers.documents import SourceFile
    from plimsoll.engines.catalog.framework import ImportedFramework

app = typer.Typer(help="Reads frameworks and house standards, and compares editions.", no_args_is_help=True)

ENDINGS = (".json", ".yaml", ".yml", ".xml", ".csv")
MOST_FILES = 64
SHOWN = 40

Kind = Annotated[str, typer.Option("--kind", help="Kind of the source; without it the content tells.")]
Catalogs = Annotated[
    list[Path] | None,
    typer.Option("--catalog", help="Catalog that a profile selects from; repeatable."),
]
Id = Annotated[str, typer.Option("--id", help="Id of the framework, if the file does not say it.")]
Title = Annotated[str, typer.Option("--title", help="Its name, if the file does not say it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
@spoken
def read(
    file: Annotated[Path, typer.Argument(help="File, or folder of files that make one framework.")],
    kind: Kind = "",
    catalog: Catalogs = None,
    id: Id = "",
    title: Title = "",
    edition: Annotated[str, typer.Option("--edition", help="Its edition, if the file does not say it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Reads a framework and prints its edition, counts and what to know about it; changes nothing.

    Exit code 0: it was read; 2: it was not, with the line and the reason. With --json the document
    plimsoll/framework/1 with every clause.
    """
    framework = read_files([file], kind, catalog, id, title, edition)
    if as_json:
        from plimsoll.engines.catalog.document import framework_document

        print_json(framework_document(framework))
        return
    typer.echo(f"{framework.title}  ({framework.id}@{framework.edition}, {framework.kind})")
    for word, count in framework.counts.items():
        live = sum(clause.kind == word for clause in framework.live)
        typer.echo(f"  {count:6,} {word}{'' if live == count else f', {count - live:,} of them withdrawn'}")
    for alias in framework.aliases:
        typer.echo(f"  renamed: {alias.old} is now {alias.new}")
    for note in framework.notes:
        typer.echo(f"  note: {note}")


@app.command()
@spoken
def diff(
    old: Annotated[Path, typer.Argument(help="The older import: file or folder.")],
    new: Annotated[Path, typer.Argument(help="The newer import: file or folder.")],
    kind: Kind = "",
    catalog: Catalogs = None,
    id: Id = "",
    title: Title = "",
    old_edition: Annotated[
        str, typer.Option("--old-edition", help="Edition of the older one, if its file does not say it.")
    ] = "",
    new_edition: Annotated[
        str, typer.Option("--new-edition", help="Edition of the newer one, if its file does not say it.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Says what was added, removed, renamed, reworded, withdrawn and moved, and what of ours that touches.

    Exit code 0: both were read, whether they differ or not; 2: one was not. With --json the document
    plimsoll/framework-diff/1.
    """
    from plimsoll.adapters.crosswalk import load_crosswalk
    from plimsoll.engines.catalog.difference import compare, touched_by
    from plimsoll.engines.catalog.document import diff_document

    found = compare(
        read_files([old], kind, catalog, id, title, old_edition),
        read_files([new], kind, catalog, id, title, new_edition),
    )
    document = diff_document(found, touched_by(found, load_crosswalk().citations))
    if as_json:
        print_json(document)
    else:
        print_difference(document)


@app.command()
@spoken
def kinds(as_json: AsJson = False) -> None:
    """Lists the kinds of sources that are read."""
    from plimsoll.adapters.importers.registry import IMPORTERS

    if as_json:
        print_json([{"kind": i.kind, "title": i.title, "forms": i.forms} for i in IMPORTERS])
        return
    for importer in IMPORTERS:
        typer.echo(f"{importer.kind:16} {importer.title} ({importer.forms})")


@app.command()
@spoken
def stale(as_json: AsJson = False) -> None:
    """Lists what in the shipped catalog nobody has checked within its term, the longest first."""
    from plimsoll.adapters.crosswalk import checked_entries
    from plimsoll.engines.catalog.freshness import freshness_report

    warnings = freshness_report(checked_entries(), clock.now().date())
    if as_json:
        print_json(
            [
                {"id": w.of.id, "kind": w.of.kind, "checked_at": w.of.checked_at.isoformat(), "days": w.days}
                for w in warnings
            ]
        )
        return
    for w in warnings:
        typer.echo(f"{w.of.kind:12} {w.of.id}  checked {w.of.checked_at}, {w.days} days ago")
    typer.echo(f"{len(warnings)} of {len(checked_entries())} entries are past their term.")


def read_files(
    paths: list[Path], kind: str, catalogs: list[Path] | None, framework_id: str, title: str, edition: str
) -> ImportedFramework:
    """The framework in the files and folders; BadInput as `read_framework` says it."""
    from plimsoll.adapters.importers.importer import Naming
    from plimsoll.adapters.importers.registry import read_framework

    return read_framework(
        [file for path in paths for file in _files(path)],
        kind=kind,
        naming=Naming(id=framework_id, title=title, edition=edition),
        catalogs=[_file(catalog) for catalog in catalogs or []],
    )


def _files(path: Path) -> list[SourceFile]:
    if not path.is_dir():
        return [_file(path)]
    try:
        found = sorted(
            entry for entry in path.iterdir() if entry.suffix.lower() in ENDINGS and entry.is_file()
        )
    except OSError as error:
        raise BadInput(f"The folder {path} cannot be read: {error.strerror}.") from error
    if not 1 <= len(found) <= MOST_FILES:
        raise BadInput(
            f"The folder {path} has {len(found)} files to read.",
            hint=f"Give a folder with 1 to {MOST_FILES} files that end in {', '.join(ENDINGS)}.",
        )
    return [_file(entry) for entry in found]


def _file(path: Path) -> SourceFile:
    from plimsoll.adapters.importers.documents import LIMIT, SourceFile

    return SourceFile(name=path.name, content=read_input(path, what="The file", limit=LIMIT))


def print_difference(document: dict[str, Any]) -> None:
    before, after = document["before"], document["after"]
    typer.echo(f"{after['title']}: {before['edition']} → {after['edition']}")
    if document["same"]:
        typer.echo("  no clause differs")
    _list("added", document["added"], lambda c: f"{c['id']}  {c['title']}")
    _list("removed", document["removed"], lambda c: f"{c['id']}  {c['title']}")
    _list("renamed", document["renamed"], lambda c: f"{c['was']['id']} → {c['id']}  {c['title']}")
    _list("reworded", document["reworded"], lambda c: f"{c['id']}  {_reworded(c)}")
    _list("withdrawn", document["withdrawn"], lambda c: f"{c['id']}  {c['title']}")
    _list("restored", document["restored"], lambda c: f"{c['id']}  {c['title']}")
    _list("moved", document["moved"], lambda c: f"{c['id']}  {c['from'] or 'top'} → {c['to'] or 'top'}")
    _list("touches", document["touches"], _touch)


def _list(name: str, items: list[Any], line: Any) -> None:  # a function from an item to its line
    if not items:
        return
    typer.echo(f"\n{name.upper()}  {len(items)}")
    for item in items[:SHOWN]:
        typer.echo(f"  {line(item)}")
    if len(items) > SHOWN:
        typer.echo(f"  … and {len(items) - SHOWN} more; --json has them all")


def _reworded(change: dict[str, Any]) -> str:
    if "title" not in change["parts"]:
        return f"{change['title']} (text)"
    also = " (text too)" if "text" in change["parts"] else ""
    return f"{change['was']['title']} → {change['title']}{also}"


def _touch(touch: dict[str, Any]) -> str:
    now = f", now {touch['now']}" if touch["now"] else ""
    return f"{touch['kind']} {touch['by']} cites {touch['cites']}: {' and '.join(touch['why'])}{now}"
