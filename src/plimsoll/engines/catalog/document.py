"""Imports and their differences as JSON documents; docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plimsoll.engines.catalog.difference import ClauseChange, FrameworkDiff, Touch
from plimsoll.engines.catalog.framework import Clause, ImportedFramework

__all__ = ["DIFF_FORM", "FRAMEWORK_FORM", "diff_document", "framework_document"]

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
