"""plimsoll framework import: brings an edition into a program; a dry run unless told to apply."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.framework import AsJson, Catalogs, Id, Kind, Title, print_difference, read_files
from plimsoll.cli.speaking import print_json, spoken
from plimsoll.kernel.errors import NotFound

if TYPE_CHECKING:
    from plimsoll.loop.scope.selectors import FrameworkPreview
    from plimsoll.people.actors import Actor

__all__ = ["import_framework"]


@spoken
def import_framework(
    files: Annotated[list[Path], typer.Argument(help="File, files or folder that make one framework.")],
    program: Annotated[str, typer.Option("--program", help="Slug of the program.")],
    by: Annotated[str, typer.Option("--by", help="E-mail address of the member who brings it in.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it; without this nothing is written.")
    ] = False,
    kind: Kind = "",
    catalog: Catalogs = None,
    id: Id = "",
    title: Title = "",
    edition: Annotated[str, typer.Option("--edition", help="Its edition, if the file does not say it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Says what an edition would change in a program, and with --apply brings it in.

    Exit code 0: it was read, and with --apply brought in; 1: it is in force already; 2: it was not,
    with the line and the reason. With --json the document plimsoll/framework-diff/1, or null if the program
    knows no edition of it.
    """
    framework = read_files(files, kind, catalog, id, title, edition)
    from plimsoll.cli.server import start

    start()
    from plimsoll.loop.scope import selectors, services
    from plimsoll.people.selectors import program_named

    actor = _member(by)
    found = program_named(actor, program)
    actor.must("scope:framework:import", found.id)
    preview = selectors.preview_framework(actor, found.id, framework)
    if apply:
        services.import_framework(
            actor=actor, program_id=found.id, framework=framework, before_mark=preview.before_mark
        )
    _say(preview, as_json=as_json)
    if not as_json:
        name = f"{framework.id}@{framework.edition}"
        typer.echo(
            f"\n{name} is in force in {program} now." if apply else "\nNothing was written: add --apply."
        )


def _member(address: str) -> Actor:
    from plimsoll.people.selectors import actor_by_email

    actor = actor_by_email(address)
    if actor is None:
        raise NotFound(f"There is nobody with the address {address[:80]} here.", hint="Look at People.")
    return actor


def _say(preview: FrameworkPreview, *, as_json: bool) -> None:
    from plimsoll.engines.catalog.document import diff_document

    document = diff_document(preview.diff, preview.touches) if preview.diff else None
    if as_json:
        print_json(document)
    elif document:
        print_difference(document)
    else:
        typer.echo(
            f"{preview.framework.title}: {len(preview.framework.clauses):,} clauses, no edition before."
        )
