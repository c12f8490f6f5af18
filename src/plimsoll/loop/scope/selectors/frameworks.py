"""The frameworks of a program: what the catalog ships, and what the program brought in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.crosswalk import known_aliases, load_crosswalk
from plimsoll.engines.catalog.difference import FrameworkDiff, Touch, compare, touched_by
from plimsoll.engines.catalog.document import framework_document, framework_from_document
from plimsoll.engines.catalog.edition import ClauseEntry, clause_entries, comparable, shipped_edition
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.canonical import canonical_bytes, digest_bytes, read_json
from plimsoll.kernel.errors import NotFound, Untrusted
from plimsoll.loop.scope.models import FrameworkImport
from plimsoll.loop.scope.selectors.seeing import must_see
from plimsoll.people.actors import Actor

__all__ = [
    "EditionRow",
    "FrameworkPreview",
    "clauses_in",
    "edition_named",
    "editions_in_force",
    "editions_of",
    "framework_text",
    "preview_framework",
]

LARGEST = 64 * 2**20
"""Bytes of a stored document; what may be read in is bounded before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """One edition of a framework, as a program knows it."""

    framework: str
    title: str
    edition: str
    clauses: int
    in_force: bool
    """Whether it is the one that is shown when none is named: the one brought in last, else the shipped."""
    imported_by: str = ""
    """Who brought it in; empty if it is shipped."""
    imported_at: datetime | None = None

    @property
    def origin(self) -> str:
        return "imported" if self.imported_at else "shipped"


def editions_of(actor: Actor, program_id: int) -> list[EditionRow]:
    """Every edition with clauses, framework by framework, the one in force first; one query.

    What was brought in again under the same edition stands for the earlier reading.
    """
    must_see(actor, program_id)
    rows: dict[tuple[str, str], EditionRow] = {}
    leading: set[str] = set()
    found = FrameworkImport.objects.filter(program_id=program_id).select_related("imported_by")
    for row in found.defer("document").order_by("framework", "-number"):
        rows.setdefault(
            (row.framework, row.edition),
            EditionRow(
                framework=row.framework,
                title=row.title,
                edition=row.edition,
                clauses=row.clauses,
                in_force=row.framework not in leading,
                imported_by=row.imported_by.name,
                imported_at=row.imported_at,
            ),
        )
        leading.add(row.framework)
    crosswalk = load_crosswalk()
    for known in crosswalk.frameworks.values():
        if clauses := crosswalk.clauses_of(known.id):
            rows.setdefault(
                (known.id, known.edition),
                EditionRow(
                    framework=known.id,
                    title=known.name,
                    edition=known.edition,
                    clauses=len(clauses),
                    in_force=known.id not in leading,
                ),
            )
    return list(rows.values())


def edition_named(actor: Actor, program_id: int, framework: str, edition: str = "") -> ImportedFramework:
    """The edition; the one in force if none is named. At most one query.

    NotFound if the program knows no such edition; Untrusted if what was stored is not what was brought in.
    """
    must_see(actor, program_id)
    row = _latest(program_id, framework, edition)
    if row is not None:
        return _read(row)
    shipped = _shipped(framework)
    if shipped is None or edition not in ("", shipped.edition):
        raise NotFound(
            f"There is no {framework[:60]}{f'@{edition[:60]}' if edition else ''} with clauses here.",
            hint="An id means nothing without its edition; look at the list of frameworks.",
        )
    return shipped


def editions_in_force(actor: Actor, program_id: int) -> list[ImportedFramework]:
    """Every framework's edition in force with its clauses, by title; one query."""
    must_see(actor, program_id)
    newest: dict[str, FrameworkImport] = {}
    for row in FrameworkImport.objects.filter(program_id=program_id).order_by("number"):
        newest[row.framework] = row
    found = [_read(row) for row in newest.values()]
    for name in load_crosswalk().frameworks:
        shipped = None if name in newest else _shipped(name)
        if shipped is not None:
            found.append(shipped)
    return sorted(found, key=lambda framework: framework.title.lower())


def _latest(program_id: int, framework: str, edition: str = "") -> FrameworkImport | None:
    rows = FrameworkImport.objects.filter(program_id=program_id, framework=framework)
    return (rows.filter(edition=edition) if edition else rows).order_by("-number").first()


def _shipped(framework: str) -> ImportedFramework | None:
    crosswalk = load_crosswalk()
    return shipped_edition(crosswalk, framework) if framework in crosswalk.frameworks else None


def _read(row: FrameworkImport) -> ImportedFramework:
    content = row.document.encode()
    if digest_bytes(content) != row.digest:
        raise Untrusted(
            f"The stored {row.framework}@{row.edition} is not what was brought in.",
            hint="Somebody changed it in the database. Import it again and look into the log.",
        )
    return framework_from_document(read_json(content, what="The stored framework", limit=LARGEST))


def framework_text(framework: ImportedFramework) -> bytes:
    """The canonical text that is stored and whose digest stands in the log."""
    return canonical_bytes(framework_document(framework))


def clauses_in(framework: ImportedFramework) -> tuple[ClauseEntry, ...]:
    """Its clauses, each with what of the catalog answers it; no query."""
    return clause_entries(framework, load_crosswalk(), known_aliases(framework.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkPreview:
    """What bringing in an edition would change."""

    framework: ImportedFramework
    before: ImportedFramework | None
    """The edition in force; None if the program knows none."""
    before_mark: str
    """What is in force now: the digest of an import, `shipped` or nothing. It guards the confirmation."""
    diff: FrameworkDiff | None
    """The difference to the edition in force; None if there is none."""
    touches: tuple[Touch, ...]
    """What of the catalog cites a clause that changed."""
    digest: str
    """Of the canonical text."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The catalog's requirements that are touched, each once."""
        return tuple(dict.fromkeys(t.citation.by for t in self.touches if t.citation.kind == "requirement"))


def preview_framework(actor: Actor, program_id: int, framework: ImportedFramework) -> FrameworkPreview:
    """What bringing it in would change now; writes nothing. One query."""
    must_see(actor, program_id)
    row = _latest(program_id, framework.id)
    before = _read(row) if row else _shipped(framework.id)
    diff = compare(comparable(before), framework) if before else None
    return FrameworkPreview(
        framework=framework,
        before=before,
        before_mark=row.digest if row else "shipped" if before else "",
        diff=diff,
        touches=touched_by(diff, load_crosswalk().citations) if diff else (),
        digest=digest_bytes(framework_text(framework)),
    )
