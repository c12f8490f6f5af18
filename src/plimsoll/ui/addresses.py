"""Where records live: one rule from ref to address."""

from __future__ import annotations

from django.utils.encoding import escape_uri_path

from plimsoll.kernel.ids import RefKind

__all__ = ["FOLDERS", "address", "catalog_address"]

FOLDERS = {
    RefKind.SYSTEM: "systems",
    RefKind.ASSET: "assets",
    RefKind.ASSUMPTION: "assumptions",
    RefKind.REQUIREMENT: "requirements",
    RefKind.TASK: "tasks",
    RefKind.RISK: "risks",
    RefKind.ISSUE: "issues",
    RefKind.DEPENDENCY: "dependencies",
    RefKind.EVIDENCE: "evidence",
    RefKind.GATE: "gates",
    RefKind.DECISION: "decisions",
    RefKind.CONDITION: "conditions",
    RefKind.WAIVER: "waivers",
    RefKind.MONITOR: "monitors",
    RefKind.SIGNAL: "signals",
    RefKind.INCIDENT: "incidents",
}


def address(slug: str, ref: str, *more: str) -> str:
    """The page of a record, such as /halyard/risks/RSK-14/; further parts are appended."""
    folder = FOLDERS[RefKind(ref.partition("-")[0])]
    return "/".join(("", slug, folder, ref, *more, ""))


CATALOG_FOLDERS = {
    "risk": "risks",
    "control": "controls",
    "obligation": "duties",
    "framework": "frameworks",
    "clause": "clauses",
}


def catalog_address(slug: str, kind: str, name: str) -> str:
    """The page of an entry of the catalog; for a requirement, the work that it became."""
    if kind == "requirement":
        return f"/{slug}/requirements/?q={name}"
    return f"/{slug}/catalog/{CATALOG_FOLDERS[kind]}/{escape_uri_path(name)}/"
