"""Requirements and evidence against the clauses of a framework, what is missing, and the same on paper."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from plimsoll.engines.reports import html
from plimsoll.engines.reports.document import Document
from plimsoll.engines.reports.matrix import MatrixFacts, MatrixGroup, MatrixLine, MatrixMark, compose_matrix
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import Conflict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.report import selectors
from plimsoll.loop.report.pages.entries import Entry, catalog_list, control_refs, label_of
from plimsoll.loop.report.pages.papers import as_markdown, as_pdf
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address, catalog_address
from plimsoll.ui.cells import Amount, Cell, Due, Link, Nothing, Person, RefLink, Tag, Text, VerdictCell
from plimsoll.ui.lists import Column, Filter, ListSpec, Row
from plimsoll.ui.shortcuts import page

__all__ = ["gaps", "matrices", "matrix", "matrix_markdown", "matrix_paper", "matrix_pdf"]

STATES = (
    ("not_met", "not met somewhere"),
    ("unknown", "unknown somewhere"),
    ("met", "met somewhere"),
    ("nothing", "nothing answers somewhere"),
)


@require_safe
def matrices(request: HttpRequest, program: str) -> HttpResponseBase:
    """Every framework with clauses, and how its cells stand."""
    actor, found = actor_and_program(request, program)
    columns = [
        Column(key="met", label="Met", sort=("met",), numeric=True),
        Column(key="not_met", label="Not met", sort=("not_met",), numeric=True),
        Column(key="unknown", label="Unknown", sort=("unknown",), numeric=True),
        Column(key="nothing", label="Nothing answers", sort=("nothing",), numeric=True),
    ]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="matrices",
            columns=(
                Column(key="id", label="Id", sort=("id",)),
                Column(key="name", label="Framework", sort=("name",), wide=True),
                Column(key="edition", label="Edition", prose=True),
                Column(key="clauses", label="Clauses", sort=("clauses",), numeric=True),
                *columns,
                Column(key="gaps", label="Gaps"),
            ),
        ),
        entries=[_summary(found.slug, m) for m in selectors.matrices_of(actor, found.id, now=clock.now())],
        title="Requirements and evidence by framework",
        sentence="Clause by clause and system by system: what answers, and how its evidence stands.",
        crumb="Matrix",
    )


def _summary(slug: str, matrix: selectors.Matrix) -> Entry:
    edition, url = matrix.framework, f"/{slug}/matrix/{matrix.framework.id}/"
    states = ("met", "not_met", "unknown", "nothing")
    counts = {"clauses": len(matrix.rows), **{state: matrix.count(state) for state in states}}
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "id": RefLink(edition.id, url, edition.title),
        "name": Link(edition.title, url),
        "edition": Text(edition.edition),
        **{key: Amount(f"{count:,}") for key, count in counts.items()},
        "gaps": Link("what is missing", f"{url}gaps/"),
    }
    return Entry(
        row=lambda: Row(key=edition.id, url=url, cells=cells),
        words=f"{edition.id} {edition.title} {edition.edition}",
        tags={
            "id": [edition.id],
            "name": [edition.title.lower()],
            **{key: [f"{count:08}"] for key, count in counts.items()},
        },
    )


@require_safe
def matrix(request: HttpRequest, program: str, framework: str) -> HttpResponseBase:
    """One framework: clauses in rows, systems in columns, the worst verdict and the evidence in cells."""
    actor, found = actor_and_program(request, program)
    computed = selectors.matrix_of(actor, found.id, framework, now=clock.now())
    edition, base = computed.framework, f"/{found.slug}/matrix/{framework}/"
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="matrix clauses",
            keeps_views=False,
            columns=(
                Column(key="clause", label="Clause"),
                Column(key="title", label="Title", wide=True),
                *(Column(key=s.ref, label=s.name, prose=True) for s in computed.systems),
                Column(key="group", label="In", optional=True),
                Column(key="controls", label="Controls", prose=True, optional=True),
            ),
            filters=(Filter(key="state", label="State", choices=STATES),),
            default_group="group",
        ),
        entries=[_row(found.slug, row, computed) for row in computed.rows],
        title=f"{edition.title}: requirements and evidence",
        sentence=f"Edition {edition.edition}. Each cell has the worst of the requirements that answer the "
        "clause there. Met means that our requirement is proven, not that the clause is.",
        empty="No clause of this edition asks anything.",
        crumb=framework,
        above=[("Matrix", f"/{found.slug}/matrix/")],
        actions=[
            ("What is missing", f"{base}gaps/"),
            ("Print", f"{base}paper/"),
            ("Clauses", f"{catalog_address(found.slug, 'framework', framework)}clauses/"),
        ],
    )


def _row(slug: str, row: selectors.MatrixRow, computed: selectors.Matrix) -> Entry:
    clause, ref = row.entry.clause, row.entry.ref

    def make() -> Row:
        url = catalog_address(slug, "clause", str(ref))
        title = label_of(clause)
        cells: dict[str, Cell | tuple[Cell, ...]] = {
            "clause": RefLink(clause.id, url, clause.title),
            "title": Text(title) if title else Nothing("no label"),
            **{s.ref: _cell(slug, row.cells[s.id]) for s in computed.systems},
            "group": Text(row.group),
            "controls": control_refs(slug, row.entry.controls),
        }
        return Row(key=str(ref).replace(" ", "_"), url=url, cells=cells, group=row.group)

    return Entry(
        row=make,
        words=f"{clause.id} {clause.title} {row.group}",
        tags={"state": sorted(row.states)},
    )


def _cell(slug: str, cell: selectors.MatrixCell) -> Cell | tuple[Cell, ...]:
    if cell.verdict is None:
        return Tag("nothing answers", hatched=True)
    return (VerdictCell(cell.verdict), *(RefLink(ref, address(slug, ref)) for ref in cell.evidence))


# ---------------------------------------------------------------- what is missing


@require_safe
def gaps(request: HttpRequest, program: str, framework: str) -> HttpResponseBase:
    """Requirements that are not proven and clauses that nothing answers, with owner and due date."""
    actor, found = actor_and_program(request, program)
    computed = selectors.matrix_of(actor, found.id, framework, now=clock.now())
    missing = selectors.gaps_in(computed)
    systems = [(s.ref, s.name) for s in computed.systems]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="gaps",
            keeps_views=False,
            columns=(
                Column(key="ref", label="Ref"),
                Column(key="what", label="What is missing", sort=("what",), wide=True),
                Column(key="system", label="System", sort=("system",)),
                Column(key="verdict", label="Proven"),
                Column(key="clauses", label="For clauses", prose=True),
                Column(key="owner", label="Owner", sort=("owner",)),
                Column(key="due", label="Due", sort=("due",)),
                Column(key="why", label="Why", prose=True, optional=True),
            ),
            filters=(
                Filter(
                    key="kind",
                    label="Kind",
                    choices=[
                        ("no evidence", "requirement without evidence"),
                        ("unproven", "requirement whose evidence does not show it"),
                        ("clause", "clause that nothing answers"),
                    ],
                ),
                Filter(key="system", label="System", choices=systems),
            ),
        ),
        entries=[_gap(found.slug, gap) for gap in missing],
        title=f"{computed.framework.title}: what is missing",
        sentence=f"Edition {computed.framework.edition}. Requirements that are not proven, by due date; then "
        "clauses that no requirement in force answers in any system.",
        empty="Nothing is missing that the catalog knows of. That does not show that every clause is met.",
        crumb="Gaps",
        above=[
            ("Matrix", f"/{found.slug}/matrix/"),
            (framework, f"/{found.slug}/matrix/{framework}/"),
        ],
    )


def _gap(slug: str, gap: selectors.Gap) -> Entry:
    first = gap.clauses[0]
    if gap.answering is None:
        url = catalog_address(slug, "clause", str(first.ref))
        title = f"{first.clause.id} {label_of(first.clause)}".strip()
        because = "no control of the catalog maps to it"
        if first.controls:
            because = f"no requirement in force rests on {', '.join(first.controls)}"
        bare: dict[str, Cell | tuple[Cell, ...]] = {
            "ref": Nothing(),
            "what": Link(title, url),
            "system": Nothing("all"),
            "verdict": Tag("nothing answers", hatched=True),
            "clauses": Link(first.clause.id, url),
            "owner": Nothing("nobody"),
            "due": Nothing("no date"),
            "why": Text(because),
        }
        return Entry(
            row=lambda: Row(key=str(first.ref).replace(" ", "_"), url=url, cells=bare),
            words=title,
            tags={"kind": ["clause"], "system": [], "what": [title.lower()], "owner": [""], "due": ["9999"]},
        )
    work, judgement = gap.answering.requirement, gap.answering.proof.judgement
    url = address(slug, work.ref)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(work.ref, url, work.title),
        "what": Link(work.title, url),
        "system": Text(work.system),
        "verdict": VerdictCell(judgement.verdict),
        "clauses": tuple(
            RefLink(c.clause.id, catalog_address(slug, "clause", str(c.ref)), c.clause.title)
            for c in gap.clauses
        ),
        "owner": Person(work.owner),
        "due": Due(work.due_on, clock.today()),
        "why": Text("; ".join(reason.text for reason in judgement.deciding)),
    }
    return Entry(
        row=lambda: Row(key=work.ref, url=url, cells=cells),
        words=f"{work.ref} {work.title} {work.rule} {' '.join(c.clause.id for c in gap.clauses)}",
        tags={
            "kind": [gap.kind],
            "system": [work.system_ref],
            "what": [work.title.lower()],
            "owner": [work.owner.lower()],
            "due": [work.due_on.isoformat()],
        },
    )


# ---------------------------------------------------------------- on paper


def _document(request: HttpRequest, program: str, framework: str) -> tuple[Document, ProgramRow]:
    actor, found = actor_and_program(request, program)
    computed = selectors.matrix_of(actor, found.id, framework, now=clock.now())
    if not computed.systems:
        raise Conflict(f"{found.name} has no system yet.", hint="Describe one first.")
    groups = tuple(
        MatrixGroup(title=title, lines=tuple(_line(found.slug, row, computed) for row in rows))
        for title, rows in groupby(computed.rows, key=lambda row: row.group)
    )
    said = [
        [
            line.clause,
            [[m.verdict.value if m.verdict else "", [r for r, _ in m.evidence]] for m in line.marks],
        ]
        for group in groups
        for line in group.lines
    ]
    facts = MatrixFacts(
        program=found.name,
        framework=computed.framework.title,
        edition=f"{computed.framework.id}@{computed.framework.edition}",
        as_of=clock.now(),
        record=digest_value(said),
        log_position=entry_count(),
        systems=tuple(system.name for system in computed.systems),
        groups=groups,
    )
    return compose_matrix(facts), found


def _line(slug: str, row: selectors.MatrixRow, computed: selectors.Matrix) -> MatrixLine:
    cells = [row.cells[system.id] for system in computed.systems]
    return MatrixLine(
        clause=row.entry.clause.id,
        title=label_of(row.entry.clause),
        marks=tuple(
            MatrixMark(verdict=c.verdict, evidence=tuple((ref, address(slug, ref)) for ref in c.evidence))
            for c in cells
        ),
    )


@require_safe
def matrix_paper(request: HttpRequest, program: str, framework: str) -> HttpResponse:
    document, found = _document(request, program, framework)
    base = f"/{program}/matrix/{framework}"
    return page(
        request,
        "report/brief.html",
        {
            "title": document.title,
            "paper": html.render(document),
            "downloads": [("PDF", f"{base}.pdf"), ("Markdown", f"{base}.md")],
            "crumbs": [
                (found.name, f"/{program}/"),
                ("Matrix", f"/{program}/matrix/"),
                (framework, f"{base}/"),
                ("Paper", ""),
            ],
        },
    )


@require_safe
def matrix_markdown(request: HttpRequest, program: str, framework: str) -> HttpResponse:
    document, _ = _document(request, program, framework)
    return as_markdown(document, f"{program}-{framework}")


@require_safe
def matrix_pdf(request: HttpRequest, program: str, framework: str) -> HttpResponse:
    document, _ = _document(request, program, framework)
    return as_pdf(document, f"{program}-{framework}")
