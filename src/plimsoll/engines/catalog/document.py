"""Imports and their differences as JSON documents; docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.difference import ClauseChange, FrameworkDiff, Touch
from plimsoll.engines.catalog.framework import (
    Clause,
    CrossReference,
    ImportedFramework,
    SourceDigest,
    assemble,
)
from plimsoll.engines.catalog.read import read_value
from plimsoll.kernel.errors import BadInput

__all__ = ["DIFF_FORM", "FRAMEWORK_FORM", "diff_document", "framework_document", "framework_from_document"]

FRAMEWORK_FORM = "plimsoll/framework/1"
DIFF_FORM = "plimsoll/framework-diff/1"


def framework_document(framework: ImportedFramework) -> dict[str, Any]:
    """The import with its counts per kind, its notes and every clause, in the order of the source."""
    return {
        "form": FRAMEWORK_FORM,
        **_head(framework),
        "counts": dict(framework.counts),
        "withdrawn": len(framework.clauses) - len(framework.live),
        "notes": list(framework.notes),
        "aliases": [{"old": alias.old, "new": alias.new} for alias in framework.aliases],
        "sources": [{"name": s.name, "sha256": s.sha256, "size": s.size} for s in framework.sources],
        "clauses": [_clause(framework, clause) for clause in framework.clauses],
    }


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Reference(_Part):
    relation: str
    clause: str
    framework: str | None
    edition: str | None


class _Clause(_Part):
    ref: str
    id: str
    title: str
    kind: str
    text: str
    parent: str | None
    source_id: str | None
    withdrawn: bool
    references: list[_Reference]


class _Alias(_Part):
    old: str
    new: str


class _Source(_Part):
    name: str
    sha256: str
    size: int


class _Framework(_Part):
    form: Literal["plimsoll/framework/1"]
    framework: str
    title: str
    edition: str
    kind: str
    counts: dict[str, int]
    withdrawn: int
    notes: list[str]
    aliases: list[_Alias]
    sources: list[_Source]
    clauses: list[_Clause]


def framework_from_document(document: object) -> ImportedFramework:
    """The import that `framework_document` wrote, without the places it was read at.

    Raises BadInput for anything else, and for a document that contradicts itself in counts or full names:
    somebody edited it.
    """
    read = read_value(document, _Framework, what="The stored framework")
    framework = assemble(
        id=read.framework,
        title=read.title,
        edition=read.edition,
        kind=read.kind,
        clauses=[
            Clause(
                id=clause.id,
                title=clause.title,
                kind=clause.kind,
                text=clause.text,
                parent=clause.parent or "",
                source_id=clause.source_id or "",
                withdrawn=clause.withdrawn,
                references=tuple(
                    CrossReference(
                        relation=r.relation,
                        clause=r.clause,
                        framework=r.framework or "",
                        edition=r.edition or "",
                    )
                    for r in clause.references
                ),
            )
            for clause in read.clauses
        ],
        aliases=[Alias(old=alias.old, new=alias.new) for alias in read.aliases],
        sources=[SourceDigest(name=s.name, sha256=s.sha256, size=s.size) for s in read.sources],
        notes=read.notes,
    )
    if framework_document(framework) != document:
        raise BadInput("The stored framework contradicts itself.", hint="Import it again.")
    return framework


def diff_document(diff: FrameworkDiff, touched: Iterable[Touch]) -> dict[str, Any]:
    """Both imports, what was added, removed, changed and moved between them, and what that touches."""
    return {
        "form": DIFF_FORM,
        "before": _head(diff.before),
        "after": _head(diff.after),
        "same": diff.same,
        "added": [_short(clause) for clause in diff.added],
        "removed": [_short(clause) for clause in diff.removed],
        "renamed": [_pair(change) for change in diff.renamed],
        "reworded": [{**_pair(change), "parts": list(change.reworded)} for change in diff.reworded],
        "withdrawn": [_short(change.after) for change in diff.withdrawn],
        "restored": [_short(change.after) for change in diff.restored],
        "moved": [
            {
                **_short(change.after),
                "from": change.before.parent or None,
                "to": change.after.parent or None,
            }
            for change in diff.moved
        ],
        "touches": [
            {
                "by": touch.citation.by,
                "kind": touch.citation.kind,
                "cites": str(touch.citation.clause),
                "why": list(touch.why),
                "now": str(touch.now) if touch.now else None,
            }
            for touch in touched
        ],
    }


def _head(framework: ImportedFramework) -> dict[str, Any]:
    return {
        "framework": framework.id,
        "title": framework.title,
        "edition": framework.edition,
        "kind": framework.kind,
    }


def _clause(framework: ImportedFramework, clause: Clause) -> dict[str, Any]:
    return {
        "ref": str(framework.ref(clause.id)),
        "id": clause.id,
        "title": clause.title,
        "kind": clause.kind,
        "text": clause.text,
        "parent": clause.parent or None,
        "source_id": clause.source_id or None,
        "withdrawn": clause.withdrawn,
        "references": [
            {
                "relation": reference.relation,
                "clause": reference.clause,
                "framework": reference.framework or None,
                "edition": reference.edition or None,
            }
            for reference in clause.references
        ],
    }


def _short(clause: Clause) -> dict[str, Any]:
    return {"id": clause.id, "title": clause.title}


def _pair(change: ClauseChange) -> dict[str, Any]:
    return {
        "id": change.after.id,
        "title": change.after.title,
        "was": {"id": change.before.id, "title": change.before.title},
    }
