"""A house standard: an own framework as plain YAML or CSV.

YAML (or the same as JSON): `id`, `title`, `edition` and a list `clauses`, each with `id`, `title` and, as
needed, `kind`, `text`, `parent`, `withdrawn`, `replaces` (former ids). CSV: the same as columns; framework,
title and edition are said beside it; several former ids are separated by |. An unknown key or column
is refused: a misspelt one would be left out without a word.
"""

from __future__ import annotations

from collections.abc import Sequence

from plimsoll.adapters.importers.cursor import LONGEST_TEXT, Cursor
from plimsoll.adapters.importers.documents import Document, Form, SourceFile
from plimsoll.adapters.importers.importer import Importer, Reading, only_document
from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.framework import Clause

__all__ = ["HOUSE_CSV", "HOUSE_YAML"]

_KEYS = ("id", "title", "kind", "text", "parent", "withdrawn", "replaces")
_TRUE = {"yes": True, "true": True, "1": True, "x": True, "no": False, "false": False, "0": False, "": False}


def read_house_yaml(documents: Sequence[Document], _rest: Sequence[SourceFile]) -> Reading:
    """The clauses of the file, in its order."""
    file = only_document(documents, kind=HOUSE_YAML.kind)
    file.only(("id", "title", "edition", "clauses"))
    clauses, aliases = [], []
    for part in file.parts("clauses", required=True):
        part.only(_KEYS)
        clause = _clause(part, text=part.prose("text"), withdrawn=part.flag("withdrawn"))
        clauses.append(clause)
        aliases += [Alias(old=old.string(), new=clause.id) for old in part.parts("replaces")]
    return Reading(
        id=file.optional("id"),
        title=file.optional("title"),
        edition=file.optional("edition"),
        clauses=clauses,
        aliases=aliases,
    )


def read_house_csv(documents: Sequence[Document], _rest: Sequence[SourceFile]) -> Reading:
    """One clause per row, in the order of the rows."""
    table = only_document(documents, kind=HOUSE_CSV.kind)
    for column in table.at("columns").items():
        if column.value not in _KEYS:
            raise table.refuse(
                f"there is no column “{column.value[:40]}”.", hint=f"Known: {', '.join(_KEYS)}."
            )
    clauses, aliases = [], []
    for row in table.parts("rows"):
        said = row.optional("withdrawn").lower()
        if said not in _TRUE:
            raise row.at("withdrawn").refuse(f"“withdrawn” is “{said[:40]}”.", hint="Write yes or no.")
        clause = _clause(row, text=row.optional("text", longest=LONGEST_TEXT), withdrawn=_TRUE[said])
        clauses.append(clause)
        aliases += [
            Alias(old=old.strip(), new=clause.id)
            for old in row.optional("replaces").split("|")
            if old.strip()
        ]
    return Reading(id="", title="", edition="", clauses=clauses, aliases=aliases)


def _clause(part: Cursor, *, text: str, withdrawn: bool) -> Clause:
    return Clause(
        id=part.text("id"),
        title=part.text("title"),
        kind=part.optional("kind") or "clause",
        text=text,
        parent=part.optional("parent"),
        withdrawn=withdrawn,
        place=part.place,
    )


def _is_yaml(document: Document) -> bool:
    value = document.value
    return document.form is not Form.CSV and isinstance(value, dict) and "clauses" in value


def _is_csv(document: Document) -> bool:
    return document.form is Form.CSV and {"id", "title"} <= set(document.value["columns"])


HOUSE_YAML = Importer(
    kind="house-yaml", title="house standard", forms="YAML, JSON", recognises=_is_yaml, read=read_house_yaml
)
HOUSE_CSV = Importer(
    kind="house-csv", title="house standard as a table", forms="CSV", recognises=_is_csv, read=read_house_csv
)
