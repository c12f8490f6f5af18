"""MITRE ATLAS in both of its file formats.

Up to content 5.6.0 (April 2026) one file holds `matrices` with lists of tactics, techniques and
mitigations, and `case-studies`. From content 2026.05 on the file names its `format-version` (6.0.0), holds
mappings from id to object, and tells relations apart in `relationships`. Source: README and schema of
github.com/mitre-atlas/atlas-data (Apache-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from plimsoll.adapters.importers.cursor import Cursor
from plimsoll.adapters.importers.documents import Document, SourceFile
from plimsoll.adapters.importers.importer import Importer, Reading, dangling, only_document
from plimsoll.engines.catalog.framework import Clause, CrossReference

__all__ = ["ATLAS"]

FRAMEWORK = "mitre-atlas"
_IDS = {
    "tactic": re.compile(r"AML\.TA[0-9]{4}"),
    "technique": re.compile(r"AML\.T[0-9]{4}"),
    "subtechnique": re.compile(r"AML\.T[0-9]{4}\.[0-9]{3}"),
    "mitigation": re.compile(r"AML\.M[0-9]{4}"),
    "case-study": re.compile(r"AML\.CS[0-9]{4}"),
}
_KINDS = {
    "tactics": "tactic",
    "techniques": "technique",
    "mitigations": "mitigation",
    "case-studies": "case-study",
}


def read_atlas(documents: Sequence[Document], _rest: Sequence[SourceFile]) -> Reading:
    """Tactics, techniques with their sub-techniques, mitigations and case studies, in the file's order."""
    file = only_document(documents, kind=ATLAS.kind)
    if file.has("format-version"):
        version = file.text("format-version")
        if not version.startswith("6."):
            raise file.at("format-version").refuse(
                f"the format {version} of ATLAS is not known.", hint="Known are 6.x, and the one before it."
            )
        collection = file.at("collection")
        return _reading(collection.text("version"), list(_format_6(file)))
    return _reading(file.text("version"), list(_format_5(file)))


def _reading(edition: str, clauses: Sequence[Clause]) -> Reading:
    return Reading(
        id=FRAMEWORK, title="MITRE ATLAS", edition=edition, clauses=clauses, notes=dangling(clauses)
    )


def _clause(
    part: Cursor, kind: str, references: Sequence[CrossReference], parent: str, *, named: str = ""
) -> Clause:
    clause_id = part.text("id") if part.has("id") or not named else named
    if named and clause_id != named:
        raise part.at("id").refuse(f"the id {clause_id} stands under the key {named}.")
    if kind == "technique" and (parent or _IDS["subtechnique"].fullmatch(clause_id)):
        kind = "subtechnique"
        if not parent:
            raise part.refuse(f"the sub-technique {clause_id} names no technique that it belongs to.")
    if not _IDS[kind].fullmatch(clause_id):
        raise part.refuse(f"“{clause_id[:40]}” is no id of a {kind} of ATLAS.")
    return Clause(
        id=clause_id,
        title=part.text("name"),
        kind=kind,
        text=part.prose("summary" if part.has("summary") else "description"),
        parent=parent,
        references=tuple(references),
        place=part.place,
    )


# ---------------------------------------------------------------- up to 5.6.0


def _format_5(file: Cursor) -> Iterator[Clause]:
    for matrix in file.parts("matrices", required=True):
        for key in ("tactics", "techniques", "mitigations"):
            for part in matrix.parts(key, required=key != "mitigations"):
                yield _clause(
                    part, _KINDS[key], list(_relations_5(part, key)), part.optional("subtechnique-of")
                )
    for part in file.parts("case-studies"):
        yield _clause(part, "case-study", list(_relations_5(part, "case-studies")), "")


def _relations_5(part: Cursor, key: str) -> Iterator[CrossReference]:
    if key == "techniques":
        for tactic in part.parts("tactics"):
            yield CrossReference(relation="achieves", clause=tactic.string())
    elif key == "mitigations":
        for technique in part.parts("techniques"):
            yield CrossReference(relation="mitigates", clause=technique.text("id"))
    elif key == "case-studies":
        steps = (step.text("technique") for step in part.parts("procedure"))
        for technique_id in dict.fromkeys(steps):
            yield CrossReference(relation="employs", clause=technique_id)


# ---------------------------------------------------------------- from 2026.05 on

_RELATIONS_6 = ("achieves", "mitigates", "employs")


def _format_6(file: Cursor) -> Iterator[Clause]:
    relations = dict(file.entries("relationships"))
    for key, kind in _KINDS.items():
        for name, part in file.entries(key):
            told = relations.get(name)
            parents = _targets(told, "specializes", name) if told else []
            if len(parents) > 1 and told:
                raise told.refuse(f"{name} specializes {len(parents)} techniques.")
            references = [
                CrossReference(relation=relation, clause=target)
                for relation in _RELATIONS_6
                for target in (_targets(told, relation, name) if told else ())
            ]
            yield _clause(part, kind, references, parents[0] if parents else "", named=name)


def _targets(told: Cursor, relation: str, source: str) -> list[str]:
    targets = []
    for item in told.parts(relation):
        if item.has("source") and item.text("source") != source:
            raise item.at("source").refuse(f"a relation of {item.text('source')} stands under {source}.")
        targets.append(item.text("target"))
    return list(dict.fromkeys(targets))


def _recognises(document: Document) -> bool:
    value = document.value
    if not isinstance(value, dict):
        return False
    if "format-version" in value:
        return isinstance(value.get("techniques"), dict)
    return isinstance(value.get("matrices"), list) and value.get("id") == "ATLAS"


ATLAS = Importer(
    kind="mitre-atlas",
    title="MITRE ATLAS, formats up to 5.6 and 6",
    forms="YAML, JSON",
    recognises=_recognises,
    read=read_atlas,
)
