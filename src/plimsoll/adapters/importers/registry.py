"""Every importer, and the one way in: files → one framework, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plimsoll.adapters.crosswalk import known_aliases, known_clauses
from plimsoll.adapters.importers.atlas import ATLAS
from plimsoll.adapters.importers.cosai import COSAI
from plimsoll.adapters.importers.documents import Document, SourceFile, read_document
from plimsoll.adapters.importers.house import HOUSE_CSV, HOUSE_YAML
from plimsoll.adapters.importers.importer import Importer, Naming, Reading
from plimsoll.adapters.importers.oscal import CATALOG
from plimsoll.adapters.importers.profile import PROFILE
from plimsoll.engines.catalog.framework import Clause, ImportedFramework, assemble, mark_withdrawn
from plimsoll.kernel.errors import BadInput

__all__ = ["IMPORTERS", "importer_for", "read_framework"]

MOST_FILES = 64

IMPORTERS: tuple[Importer, ...] = (CATALOG, PROFILE, ATLAS, COSAI, HOUSE_YAML, HOUSE_CSV)


def read_framework(
    files: Sequence[SourceFile],
    *,
    kind: str = "",
    naming: Naming | None = None,
    catalogs: Sequence[SourceFile] = (),
) -> ImportedFramework:
    """The framework that the files hold.

    `kind` names an importer; without it the files tell by their content. `naming` says what the files do
    not say (id, title, edition) and overrides what they do. `catalogs` are what a profile selects from.
    Renamed ids that the shipped catalog knows are added as far as they lead to a clause of this edition.

    Raises BadInput for anything that is wrong, with file, line and path where something was read; then
    nothing was imported. It opens nothing but the bytes it is given. That a file was read does not show
    that it is the owner's: compare its digest with one from the owner.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise BadInput(f"{len(files)} files were given.", hint=f"Give 1 to {MOST_FILES}.")
    names = [file.name for file in (*files, *catalogs)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"Two files are called {twice[0]}.", hint="Rename one: places are told by file name.")
    documents = [read_document(file) for file in files]
    try:
        importer = importer_for(documents, kind)
        reading = importer.read(documents, catalogs)
        return _assembled(reading, importer, [*files, *catalogs], naming or Naming())
    except BadInput as error:
        raise _with_line(error, {file.name: file for file in [*files, *catalogs]}) from error


def importer_for(documents: Sequence[Document], kind: str = "") -> Importer:
    """The importer of that kind; without a kind, the one that recognises every document."""
    kinds = {importer.kind: importer for importer in IMPORTERS}
    if kind:
        if kind not in kinds:
            raise BadInput(f"There is no importer “{kind[:40]}”.", hint=f"Known: {', '.join(kinds)}.")
        return kinds[kind]
    for importer in IMPORTERS:
        if all(importer.recognises(document) for document in documents):
            return importer
    names = ", ".join(document.file.name for document in documents[:3])
    raise BadInput(
        f"What {names} holds is of no kind that is read.",
        hint=f"Known: {', '.join(kinds)}. Name one with --kind to see what it lacks.",
    )


def _assembled(
    reading: Reading, importer: Importer, files: Sequence[SourceFile], naming: Naming
) -> ImportedFramework:
    framework_id = naming.id or reading.id
    title = naming.title or reading.title or framework_id
    edition = naming.edition or reading.edition
    for value, what in ((framework_id, "id"), (edition, "edition")):
        if not value:
            raise BadInput(f"The files do not say the framework's {what}.", hint=f"Say it with --{what}.")
    notes = list(reading.notes)
    clauses = _living(framework_id, edition, reading.clauses, notes)
    ids = {clause.id for clause in clauses}
    living = {clause.id for clause in clauses if not clause.withdrawn}
    told = {alias.old for alias in reading.aliases}
    known = [
        alias
        for alias in known_aliases(framework_id)
        if alias.new in ids and alias.old not in living and alias.old not in told
    ]
    return assemble(
        id=framework_id,
        title=title,
        edition=edition,
        kind=importer.kind,
        clauses=clauses,
        aliases=[*reading.aliases, *known],
        sources=[file.digest for file in files],
        notes=notes,
    )


def _living(framework_id: str, edition: str, clauses: Sequence[Clause], notes: list[str]) -> Sequence[Clause]:
    """The clauses, with those marked as withdrawn that the file carries over from an older edition."""
    known = known_clauses(framework_id)
    if known is None or not f"{edition}.".startswith(f"{known.edition}."):
        return clauses
    marked = mark_withdrawn(clauses, kind=known.kind, live=known.ids)
    count = sum(
        after.withdrawn and not before.withdrawn for before, after in zip(clauses, marked, strict=True)
    )
    if count:
        notes.append(
            f"{count} clauses belong to an older edition and count as withdrawn: the file does not say so, "
            f"the catalog's table of {framework_id} {known.edition} does."
        )
    return marked


def _with_line(error: BadInput, files: Mapping[str, SourceFile]) -> BadInput:
    """The same refusal with the line of the place that it names; itself if it names none."""
    name, path, problem = (error.data.get(key) for key in ("file", "path", "problem"))
    if not (isinstance(name, str) and isinstance(path, list) and isinstance(problem, str) and name in files):
        return error
    line = read_document(files[name]).line(path)
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return BadInput(
        f"{name}, line {line}{f' ({steps})' if steps else ''}: {problem}",
        hint=error.hint,
        data={**error.data, "line": line},
        code=error.code,
    )
