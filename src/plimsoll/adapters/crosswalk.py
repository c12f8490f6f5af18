"""Reads the shipped frameworks, id tables and mappings, and joins them to the crosswalk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, cast

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.catalog.aliases import Alias, AliasTable
from plimsoll.engines.catalog.crosswalk import CatalogClause, CatalogFramework, CatalogSource, Crosswalk, Link
from plimsoll.engines.catalog.crosswalk_file import CrosswalkFile, FrameworkRow, Scheme, SourceRow
from plimsoll.engines.catalog.framework import ClauseRef
from plimsoll.engines.catalog.freshness import Checked
from plimsoll.engines.catalog.read import read_model, read_value, read_yaml
from plimsoll.engines.catalog.schema import Confidence
from plimsoll.engines.catalog.search import Searchable
from plimsoll.kernel.errors import BadInput

__all__ = [
    "KnownClauses",
    "checked_entries",
    "current_clause",
    "known_aliases",
    "known_clauses",
    "known_sources",
    "load_crosswalk",
    "searchables",
]

_MAPPED = ("risks", "controls")
_DATED = ("risks", "controls", "obligations", "frameworks", "identifiers", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClauses:
    """The living clauses of one kind of a framework, where the catalog lists them all."""

    edition: str
    """The edition."""
    kind: str
    """The kind of clause."""
    ids: frozenset[str]
    """Every living id."""


@cache
def load_crosswalk() -> Crosswalk:
    """The shipped crosswalk, read once per process.

    Raises BadInput, naming file and place, if a file is malformed, a mapping uses an unknown scheme, a
    scheme an unknown framework or table, or an edition does not stand in its framework's row.
    """
    file = _file()
    rows = {row.id: row for row in (*_rows(), *file.frameworks)}
    editions: dict[str, str] = {}
    for scheme in file.schemes:
        row = rows.get(scheme.framework)
        if row is None or scheme.edition not in row.version:
            raise BadInput(f"catalog/crosswalk.yaml: {scheme.key} cites {scheme.framework}@{scheme.edition}, "
                           "which frameworks.yaml does not list.")  # fmt: skip
        if editions.setdefault(scheme.framework, scheme.edition) != scheme.edition:
            raise BadInput(f"catalog/crosswalk.yaml: {scheme.framework} is cited in two editions.")
    checked_at = _as_of("frameworks")
    catalog = load_catalog()
    return Crosswalk(
        frameworks=[_framework(row, editions.get(row.id, ""), checked_at) for row in rows.values()],
        clauses=_clauses(file.schemes),
        links=tuple(_links({scheme.key: scheme for scheme in file.schemes})),
        controls_of_risks={risk.id: tuple(risk.controls) for risk in catalog.risks.values()},
        controls_of_requirements={
            entry.id: tuple(entry.controls)
            for entry in (*catalog.requirements.values(), *catalog.baseline.values())
        },
    )


def known_aliases(framework_id: str) -> tuple[Alias, ...]:
    """The renamed ids that the catalog knows for the framework; () if none."""
    return tuple(
        Alias(old=old, new=new)
        for entry in _file().aliases
        if entry.framework == framework_id
        for old, new in _table(entry.table).items()
    )


def known_clauses(framework_id: str) -> KnownClauses | None:
    """The living clauses that the catalog lists in full for the framework; None if it does not."""
    for scheme in _file().schemes:
        if scheme.framework == framework_id and scheme.complete_for:
            ids = frozenset(clause for table in scheme.tables for clause in _table(table))
            return KnownClauses(edition=scheme.edition, kind=scheme.complete_for, ids=ids)
    return None


def current_clause(framework: str, clause: str) -> ClauseRef | None:
    """The catalog's clause that an id of another edition, or in another source's spelling, means today.

    The framework may be called as another source calls it (`owasp-top10-llm`), the id may be a renamed one
    and may have a hyphen for its blank (`GOVERN-1.6`). None if the catalog has no such clause. An id that
    kept its number and changed its meaning cannot be told from one that did not, unless an alias says so.
    """
    framework = _file().names.get(framework, framework)
    known = load_crosswalk().frameworks.get(framework)
    if known is None or not known.edition:
        return None
    aliases = AliasTable(known_aliases(framework))
    ids = {item.ref.clause for item in load_crosswalk().clauses_of(framework)}
    for spelling in (clause, clause.replace("-", " ", 1)):
        if (now := aliases.follow(spelling)) in ids:
            return ClauseRef(framework=framework, edition=known.edition, clause=now)
    return None


@cache
def checked_entries() -> tuple[Checked, ...]:
    """Everything shipped that carries a day of checking: files, frameworks, bases of requirements."""
    catalog, crosswalk = load_catalog(), load_crosswalk()
    files = [Checked(id=f"{name}.yaml", kind="file", checked_at=_as_of(name)) for name in _DATED]
    files += [
        Checked(id=name, kind="file", checked_at=edition.checked_at, term=edition.stale_after_days)
        for name, edition in {**catalog.editions, "crosswalk.yaml": _file().edition}.items()
    ]
    frameworks = [
        Checked(id=framework.id, kind="framework", checked_at=framework.checked_at)
        for framework in crosswalk.frameworks.values()
    ]
    requirements = [
        Checked(
            id=entry.id,
            kind="requirement",
            checked_at=entry.basis.checked_at,
            term=entry.basis.stale_after_days,
        )
        for entry in (*catalog.requirements.values(), *catalog.baseline.values())
    ]
    return (*files, *frameworks, *requirements)


@cache
def searchables() -> tuple[Searchable, ...]:
    """Everything in the catalog that can be searched: risks, controls, duties, requirements, clauses."""
    catalog, crosswalk = load_catalog(), load_crosswalk()
    found = [
        Searchable(id=r.id, kind="risk", title=r.title, text=r.statement) for r in catalog.risks.values()
    ]
    found += [
        Searchable(id=c.id, kind="control", title=c.title, text=c.objective)
        for c in catalog.controls.values()
    ]
    found += [
        Searchable(
            id=row["id"], kind="obligation", title=row["title"], text=f"{row['provision']}\n{row['trigger']}"
        )
        for row in _facts("obligations")["obligations"]
    ]
    found += [
        Searchable(
            id=entry.id, kind="requirement", title=entry.title, text=f"{entry.why.text}\n{entry.acceptance}"
        )
        for entry in (*catalog.requirements.values(), *catalog.baseline.values())
    ]
    for framework in crosswalk.frameworks.values():
        text = f"{framework.owner}\n{framework.version}"
        found.append(Searchable(id=framework.id, kind="framework", title=framework.name, text=text))
        found += [
            Searchable(id=str(clause.ref), kind="clause", title=clause.title)
            for clause in crosswalk.clauses_of(framework.id)
        ]
    return tuple(found)


# ---------------------------------------------------------------- the files


def _content(name: str) -> bytes:
    return resources.files("plimsoll.engines.catalog").joinpath("facts", name).read_bytes()


@cache
def _file() -> CrosswalkFile:
    return read_model(_content("crosswalk.yaml"), CrosswalkFile, what="catalog/crosswalk.yaml")


@cache
def _facts(name: str) -> dict[str, Any]:  # Any: a file of facts; every part is checked where it is taken
    return cast(dict[str, Any], read_yaml(_content(f"{name}.yaml"), what=f"catalog/{name}.yaml"))


def _as_of(name: str) -> date:
    return date.fromisoformat(_facts(name)["as_of"])


def _rows() -> Iterator[FrameworkRow]:
    return (
        read_value(row, FrameworkRow, what="catalog/frameworks.yaml")
        for row in _facts("frameworks")["frameworks"]
    )


@cache
def known_sources() -> Mapping[str, CatalogSource]:
    """What the catalog rests on, by id."""
    rows = [read_value(row, SourceRow, what="catalog/sources.yaml") for row in _facts("sources")["sources"]]
    return {
        row.id: CatalogSource(
            id=row.id, title=row.title, address=row.url or "", dated=row.date, kind=row.kind
        )
        for row in rows
    }


def _framework(row: FrameworkRow, edition: str, checked_at: date) -> CatalogFramework:
    return CatalogFramework(
        id=row.id,
        name=row.name,
        owner=row.owner,
        edition=edition,
        version=row.version,
        published=row.date,
        status=row.status,
        kind=row.kind,
        confidence=row.confidence,
        redistribution=row.redistribution,
        notes=row.notes,
        sources=tuple(_source(row.id, source) for source in row.source),
        checked_at=checked_at,
    )


def _source(framework: str, source: str) -> CatalogSource:
    if source not in known_sources():
        raise BadInput(f"catalog/frameworks.yaml: {framework} rests on {source}, which does not exist.")
    return known_sources()[source]


def _table(name: str) -> Mapping[str, str]:
    """Id → label of one id table; the label is empty where the table has ids only."""
    found = _facts("identifiers").get(name) or _facts("atlas-2026.09-index").get(name)
    if isinstance(found, dict):
        return found
    if not isinstance(found, list):
        raise BadInput(f"catalog/crosswalk.yaml: there is no id table {name}.")
    return dict((item["id"], item["name"]) if isinstance(item, dict) else (item, "") for item in found)


def _clauses(schemes: list[Scheme]) -> list[CatalogClause]:
    return [
        CatalogClause(
            ref=ClauseRef(framework=scheme.framework, edition=scheme.edition, clause=clause),
            title=title,
            listed=True,
        )
        for scheme in schemes
        for table in scheme.tables
        for clause, title in _table(table).items()
    ]


def _links(schemes: Mapping[str, Scheme]) -> Iterator[Link]:
    for name in _MAPPED:
        file = _facts(name)
        for entry in file[name]:
            for key, clauses in entry["maps"].items():
                if key not in schemes:
                    raise BadInput(f"catalog/{name}.yaml: {entry['id']} maps to the unknown scheme {key}.")
                scheme = schemes[key]
                for clause in clauses:
                    yield Link(
                        by=entry["id"],
                        clause=ClauseRef(framework=scheme.framework, edition=scheme.edition, clause=clause),
                        confidence=cast(
                            Confidence, entry.get("mapping_confidence") or file["mapping_confidence"]
                        ),
                        source=file["mapping_status"],
                        checked_at=_as_of(name),
                    )
