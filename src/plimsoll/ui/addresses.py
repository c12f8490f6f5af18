"""Where records live: one rule from ref to address."""

from __future__ import annotations

from plimsoll.kernel.ids import RefKind

__all__ = ["FOLDERS", "address"]

FOLDERS = {
    RefKind.SYSTEM: "systems",
    RefKind.ASSET: "assets",
    RefKind.ASSUMPTION: "assumptions",
    RefKind.REQUIREMENT: "requirements",
    RefKind.RISK: "risks",
    RefKind.EVIDENCE: "evidence",
    RefKind.GATE: "gates",
    RefKind.DECISION: "decisions",
    RefKind.CONDITION: "conditions",
    RefKind.WAIVER: "waivers",
    RefKind.INCIDENT: "incidents",
}


def address(slug: str, ref: str, *more: str) -> str:
    """The page of a record, such as /halyard/risks/RSK-14/; further parts are appended."""
    folder = FOLDERS[RefKind(ref.partition("-")[0])]
    return "/".join(("", slug, folder, ref, *more, ""))
