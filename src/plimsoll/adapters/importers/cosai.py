"""The CoSAI Risk Map: a folder of YAML files, one per kind of thing.

Source: github.com/cosai-oasis/secure-ai-tooling, folder risk-map/yaml (Apache-2.0). The files name no
edition; it has to be said (the day of the copy will do). Their mappings cite other frameworks in older
editions, as `ID@EDITION`; the edition is kept with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plimsoll.adapters.importers.cursor import Cursor
from plimsoll.adapters.importers.documents import Document, SourceFile
from plimsoll.adapters.importers.importer import Importer, Reading, dangling
from plimsoll.engines.catalog.framework import Clause, CrossReference
from plimsoll.kernel.errors import BadInput

__all__ = ["COSAI"]

FRAMEWORK = "cosai-risk-map"
MOST_OF_A_KIND = 500
_KINDS = {
    "risks": "risk",
    "controls": "control",
    "components": "component",
    "personas": "persona",
    "lifecycleStages": "lifecycle-stage",
    "impactTypes": "impact-type",
    "actorAccessLevels": "actor-access",
}
_TEXTS = ("shortDescription", "longDescription", "description")
_RELATIONS = {
    "risk": {"controls": "is controlled by"},
    "control": {"risks": "treats", "components": "protects"},
}
_EVERY = {"all": True, "none": False}


def read_cosai(documents: Sequence[Document], _rest: Sequence[SourceFile]) -> Reading:
    """Risks, controls, components and the lists they use, with their categories, from the files given."""
    files = [Cursor(document, document.value) for document in documents]
    every = {key: [part.text("id") for file in files for part in file.parts(key)] for key in _KINDS}
    for key, ids in every.items():
        if len(ids) > MOST_OF_A_KIND:  # each may point to all of another kind
            raise BadInput(f"There are {len(ids):,} {key}.", hint=f"At most {MOST_OF_A_KIND} are read.")
    clauses: list[Clause] = []
    for file in files:
        clauses += _categories(file)
        for key, kind in _KINDS.items():
            clauses += [_clause(part, kind, every) for part in file.parts(key)]
    known = {clause.id for clause in clauses}
    notes = [*_unlisted(clauses, known), *dangling(clauses)]
    # risks name categories that no file lists, and each file may be read without its neighbours
    listed = [clause if clause.parent in known else replace(clause, parent="") for clause in clauses]
    return Reading(id=FRAMEWORK, title="CoSAI Risk Map", edition="", clauses=listed, notes=notes)


def _unlisted(clauses: Sequence[Clause], known: set[str]) -> list[str]:
    names = sorted({clause.parent for clause in clauses if clause.parent and clause.parent not in known})
    if not names:
        return []
    return [f"No file lists the categories {', '.join(names)}; what lies in them stands at the top."]


def _categories(file: Cursor, key: str = "categories", parent: str = "") -> Iterator[Clause]:
    for part in file.parts(key):
        clause = Clause(
            id=part.text("id"),
            title=part.text("title"),
            kind="category",
            text=part.prose("description"),
            parent=parent,
            place=part.place,
        )
        yield clause
        yield from _categories(part, "subcategory", clause.id)


def _clause(part: Cursor, kind: str, every: Mapping[str, Sequence[str]]) -> Clause:
    grouped = kind in ("risk", "control", "component")
    parent = part.optional("subcategory") or part.optional("category") if grouped else ""
    return Clause(
        id=part.text("id"),
        title=part.text("title"),
        kind=kind,
        text="\n".join(text for key in _TEXTS if (text := part.prose(key))),
        parent=parent,
        withdrawn=part.flag("deprecated"),
        references=(*_own(part, kind, every), *_foreign(part)),
        place=part.place,
    )


def _own(part: Cursor, kind: str, every: Mapping[str, Sequence[str]]) -> Iterator[CrossReference]:
    for key, relation in _RELATIONS.get(kind, {}).items():
        value = part.at(key).value
        if isinstance(value, str):
            if value not in _EVERY:
                raise part.at(key).refuse(
                    f"“{key}” is “{value[:40]}”.", hint="Known are a list, all and none."
                )
            targets = every[key] if _EVERY[value] else ()
        else:
            targets = [item.string() for item in part.parts(key)]
        yield from (CrossReference(relation=relation, clause=target) for target in targets)


def _foreign(part: Cursor) -> Iterator[CrossReference]:
    for framework, listed in part.entries("mappings"):
        for item in listed.items():
            clause, _, edition = (
                item.string().rpartition("@") if "@" in item.string() else (item.string(), "", "")
            )
            yield CrossReference(relation="maps to", clause=clause, framework=framework, edition=edition)


def _recognises(document: Document) -> bool:
    value = document.value
    if not isinstance(value, dict) or "edition" in value or not isinstance(value.get("title"), str):
        return False
    return any(isinstance(value.get(key), list) for key in (*_KINDS, "frameworks")) and "description" in value


COSAI = Importer(
    kind="cosai-risk-map",
    title="CoSAI Risk Map, the files of its yaml folder",
    forms="YAML",
    recognises=_recognises,
    read=read_cosai,
)
