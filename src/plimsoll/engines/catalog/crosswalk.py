"""The crosswalk: which control answers which clause of which framework, and everything that hangs on it.

It is read both ways: a risk with its controls, a control with its clauses in every framework, a clause
with its controls and the requirements that carry their evidence. A link says that somebody maps the two,
with a confidence and a day; it does not say that meeting the one meets the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from plimsoll.engines.catalog.difference import Citation
from plimsoll.engines.catalog.framework import ClauseRef
from plimsoll.engines.catalog.schema import Confidence
from plimsoll.kernel.errors import BadInput, NotFound

__all__ = ["CatalogClause", "CatalogFramework", "CatalogSource", "ClauseView", "Crosswalk", "Link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSource:
    """Something that the catalog rests on."""

    id: str
    """S-…"""
    title: str
    """What it is."""
    address: str
    """Where it is; empty where there is no address that everybody can open."""
    dated: str
    """Its own day or year, as far as known."""
    kind: str
    """primary, secondary, mirror of primary, from knowledge, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFramework:
    """One edition of a framework as the catalog knows it."""

    id: str
    """Short stable name, the same in every edition (`nist-csf`)."""
    name: str
    """Its name."""
    owner: str
    """Who publishes it."""
    edition: str
    """The edition that clauses are cited in; empty where the catalog cites no clause of it."""
    version: str
    """What exactly was looked at, in the words of the catalog."""
    published: str
    """Day or year of that version, as far as known."""
    status: str
    """In force, final, draft, …"""
    kind: str
    """law, standard, guidance, taxonomy, …"""
    redistribution: str
    """What its owner allows with its text, in the words of the catalog."""
    notes: str
    """What else to know; empty if nothing."""
    confidence: Confidence
    """How sure the row is."""
    sources: tuple[CatalogSource, ...]
    """What the row rests on."""
    checked_at: date
    """When that was last looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogClause:
    """One clause that the catalog cites or lists."""

    ref: ClauseRef
    """Its full name."""
    title: str
    """A short label in our words or, where the licence allows, the owner's; empty if the catalog has none."""
    listed: bool
    """Whether the id stands in the catalog's table of that edition; False if it is only cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One mapping of something of ours to a clause."""

    by: str
    """Id of a risk (RSK-…) or control (CTL-…)."""
    clause: ClauseRef
    """The clause."""
    confidence: Confidence
    """How sure the mapping is."""
    source: str
    """Who says so."""
    checked_at: date
    """When that was last looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    """A clause with what answers it."""

    clause: CatalogClause
    """The clause."""
    controls: tuple[str, ...]
    """Controls that map to it."""
    risks: tuple[str, ...]
    """Risks that map to it."""
    requirements: tuple[str, ...]
    """Requirements that rest on one of those controls; their evidence is the clause's evidence."""


class Crosswalk:
    """The joined catalog, to be asked in every direction; build it once, it never changes."""

    __slots__ = ("_by_clause", "_by_control", "_by_us", "_clauses", "_links", "_of_risk", "frameworks")

    def __init__(
        self,
        *,
        frameworks: Iterable[CatalogFramework],
        clauses: Iterable[CatalogClause],
        links: Iterable[Link],
        controls_of_risks: Mapping[str, tuple[str, ...]],
        controls_of_requirements: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Joins the parts; BadInput for a framework listed twice, or a clause of one that is not listed."""
        self.frameworks: Mapping[str, CatalogFramework] = _unique(frameworks)
        self._clauses = {clause.ref: clause for clause in clauses}
        self._links = tuple(links)
        self._of_risk = dict(controls_of_risks)
        self._by_control: defaultdict[str, list[str]] = defaultdict(list)
        self._by_clause: defaultdict[ClauseRef, list[Link]] = defaultdict(list)
        self._by_us: defaultdict[str, list[Link]] = defaultdict(list)
        for requirement, controls in controls_of_requirements.items():
            for control in controls:
                self._by_control[control].append(requirement)
        for link in self._links:
            self._by_clause[link.clause].append(link)
            self._by_us[link.by].append(link)
            self._clauses.setdefault(link.clause, CatalogClause(ref=link.clause, title="", listed=False))
        for ref in self._clauses:
            known = self.frameworks.get(ref.framework)
            if known is None or known.edition != ref.edition:
                raise BadInput(f"The clause {ref} belongs to no framework of the catalog in that edition.")

    def framework(self, framework_id: str) -> CatalogFramework:
        """The framework; NotFound if the catalog has none of that id."""
        if framework_id not in self.frameworks:
            raise NotFound(f"The catalog has no framework “{framework_id[:60]}”.")
        return self.frameworks[framework_id]

    def clauses_of(self, framework_id: str) -> tuple[CatalogClause, ...]:
        """Its clauses in the order of the table, then those that are only cited; NotFound as above."""
        self.framework(framework_id)
        return tuple(clause for ref, clause in self._clauses.items() if ref.framework == framework_id)

    def controls_of_risk(self, risk: str) -> tuple[str, ...]:
        """The controls that treat the risk, as the catalog orders them; () if it has none."""
        return self._of_risk.get(risk, ())

    def risks_of_control(self, control: str) -> tuple[str, ...]:
        """The risks that the control treats, in the order of the catalog."""
        return tuple(risk for risk, controls in self._of_risk.items() if control in controls)

    def requirements_of_control(self, control: str) -> tuple[str, ...]:
        """The requirements that rest on the control, in the order of the catalog."""
        return tuple(self._by_control.get(control, ()))

    def links_of(self, ours: str) -> tuple[Link, ...]:
        """The mappings of a risk or control, framework by framework, as the catalog orders them."""
        return tuple(self._by_us.get(ours, ()))

    def clauses_by_framework(self, ours: str) -> Mapping[str, tuple[CatalogClause, ...]]:
        """Framework id → the clauses that the risk or control maps to; a framework without one is absent."""
        found: defaultdict[str, list[CatalogClause]] = defaultdict(list)
        for link in self.links_of(ours):
            found[link.clause.framework].append(self._clauses[link.clause])
        return {framework: tuple(clauses) for framework, clauses in found.items()}

    def clause(self, ref: ClauseRef) -> ClauseView:
        """The clause with its controls, risks and requirements; NotFound if the catalog does not have it.

        An edition that the catalog does not cite is not found, even if its id exists in another one.
        """
        if ref not in self._clauses:
            raise NotFound(f"The catalog has no clause {ref}.", hint="Its id may belong to another edition.")
        ours = tuple(dict.fromkeys(link.by for link in self._by_clause.get(ref, ())))
        controls = tuple(name for name in ours if name.startswith("CTL-"))
        requirements = dict.fromkeys(r for control in controls for r in self.requirements_of_control(control))
        return ClauseView(
            clause=self._clauses[ref],
            controls=controls,
            risks=tuple(name for name in ours if name.startswith("RSK-")),
            requirements=tuple(requirements),
        )

    def unanswered(self, framework_id: str) -> tuple[CatalogClause, ...]:
        """Clauses of the framework's table that no control maps to: gaps of the catalog, not of a system."""
        return tuple(
            clause
            for clause in self.clauses_of(framework_id)
            if not any(link.by.startswith("CTL-") for link in self._by_clause.get(clause.ref, ()))
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What rests on clauses: risks and controls by their mapping, requirements through a control."""
        found: dict[tuple[str, ClauseRef], Citation] = {}
        for link in self._links:
            kind = "control" if link.by.startswith("CTL-") else "risk"
            found[link.by, link.clause] = Citation(by=link.by, kind=kind, clause=link.clause)
            for requirement in self.requirements_of_control(link.by):
                cited = Citation(by=requirement, kind="requirement", clause=link.clause)
                found.setdefault((requirement, link.clause), cited)
        return tuple(found.values())


def _unique(frameworks: Iterable[CatalogFramework]) -> dict[str, CatalogFramework]:
    found: dict[str, CatalogFramework] = {}
    for framework in frameworks:
        if framework.id in found:
            raise BadInput(f"The framework {framework.id} is listed twice.")
        found[framework.id] = framework
    return found
