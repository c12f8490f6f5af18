"""OSCAL catalogs (NIST, OSCAL 1.x), as JSON or XML.

Source: OSCAL catalog model, https://pages.nist.gov/OSCAL/ (1.1.2 and 1.1.3 read). Taken are groups and
controls with title, label, status and statement; guidance, assessment objectives and parameters' own
descriptions are left out, and parameters stay in the statement as `{{ insert: param, ID }}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from plimsoll.adapters.importers.cursor import Cursor
from plimsoll.adapters.importers.documents import Document, SourceFile
from plimsoll.adapters.importers.importer import Importer, Reading, dangling, only_document
from plimsoll.engines.catalog.framework import MOST_CLAUSES, Clause, CrossReference

__all__ = ["CATALOG", "edition_of", "name_of", "read_clauses"]

_KNOWN_TITLES = (
    ("NIST Special Publication 800-53", "nist-sp-800-53"),
    ("Electronic (OSCAL) Version of NIST SP 800-53", "nist-sp-800-53"),
    ("NIST Cybersecurity Framework", "nist-csf"),
)
_STATEMENTS = ("statement", "overview", "item")


def read_catalog(documents: Sequence[Document], _rest: Sequence[SourceFile]) -> Reading:
    """Every group and control of the catalog, in its order."""
    catalog = only_document(documents, kind=CATALOG.kind).at("catalog")
    metadata = catalog.at("metadata")
    title = metadata.text("title")
    clauses = read_clauses(catalog)
    return Reading(
        id=name_of(title), title=title, edition=edition_of(metadata), clauses=clauses, notes=dangling(clauses)
    )


def name_of(title: str) -> str:
    """The id of the framework: that of the catalog for a title we know, else made from the title."""
    for start, known in _KNOWN_TITLES:
        if title.startswith(start):
            return known
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return re.sub(r"^[^a-z]+", "", words)[:60].strip("-")


def edition_of(metadata: Cursor) -> str:
    """The framework's own edition where the file tells it apart from the file's version, else the latter."""
    told = {p.optional("name"): p.optional("value") for p in metadata.parts("props")}
    edition = told.get("framework-version-identifier", "")
    framework = told.get("framework-identifier", "")
    if edition:  # CSF_2_0_0 of the framework CSF; the file itself is version 1.0.0 of its conversion
        return edition.removeprefix(f"{framework}_").replace("_", ".")
    return metadata.text("version")


def read_clauses(catalog: Cursor) -> tuple[Clause, ...]:
    """The groups and controls of the catalog, each followed by what lies in it."""
    # one more than may be is enough to be refused
    clauses = tuple(islice(_below(catalog, ""), MOST_CLAUSES + 1))
    cited = {clause.source_id: clause.id for clause in clauses if clause.source_id}
    return tuple(
        replace(
            clause,
            references=tuple(replace(r, clause=cited.get(r.clause, r.clause)) for r in clause.references),
        )
        for clause in clauses
    )


def _below(holder: Cursor, parent: str) -> Iterator[Clause]:
    for key in ("groups", "controls"):
        for part in holder.parts(key):
            clause = _clause(part, parent, group=key == "groups", nested="controls" in holder.path)
            yield clause
            yield from _below(part, clause.id)


def _clause(part: Cursor, parent: str, *, group: bool, nested: bool) -> Clause:
    source_id = part.text("id") if part.has("id") or not group else part.text("title")
    props = [(p.optional("name"), p.optional("value"), p.optional("class")) for p in part.parts("props")]
    label = next((value for name, value, kind in props if name == "label" and not kind), "")
    cited = label if _letters_and_numbers(label) == _letters_and_numbers(source_id) else source_id
    kind = part.optional("class")
    if not re.fullmatch(r"[a-z]+", kind):
        kind = "group" if group else "enhancement" if nested else "control"
    return Clause(
        id=cited,
        title=part.text("title"),
        kind=kind,
        text="\n".join(line for statement in _statements(part) for line in statement),
        parent=parent,
        source_id=source_id if source_id != cited else "",
        withdrawn=any(name == "status" and value.lower() == "withdrawn" for name, value, _ in props),
        references=tuple(_links(part)),
        place=part.place,
    )


def _letters_and_numbers(text: str) -> list[str]:
    # AC-2(1), AC-02(01) and ac-2.1 are one id: the same letters and numbers in the same order
    return [word.lstrip("0") or "0" for word in re.findall(r"[a-z]+|[0-9]+", text.lower())]


def _statements(part: Cursor) -> Iterator[list[str]]:
    for inner in part.parts("parts"):
        if inner.optional("name") in _STATEMENTS:
            yield [*_labelled(inner), *(line for deeper in _statements(inner) for line in deeper)]


def _labelled(part: Cursor) -> list[str]:
    prose = part.prose("prose")
    label = next((p.optional("value") for p in part.parts("props") if p.optional("name") == "label"), "")
    lines = prose.split("\n") if prose else []
    return [f"{label} {lines[0]}".strip(), *lines[1:]] if lines else []


def _links(part: Cursor) -> Iterator[CrossReference]:
    for link in part.parts("links"):
        href, relation = link.optional("href", longest=2000), link.optional("rel")
        if href.startswith("#") and relation in ("required", "related", "incorporated-into", "moved-to"):
            yield CrossReference(relation=relation, clause=href[1:])


def _recognises(document: Document) -> bool:
    return isinstance(document.value, dict) and isinstance(document.value.get("catalog"), dict)


CATALOG = Importer(
    kind="oscal-catalog",
    title="OSCAL catalog",
    forms="JSON, XML",
    recognises=_recognises,
    read=read_catalog,
)
