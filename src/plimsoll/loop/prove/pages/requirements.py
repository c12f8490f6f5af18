"""Requirements as work, each with how its evidence stands."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.catalog.freshness import freshness
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.prove import selectors
from plimsoll.loop.prove.forms import RequirementForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Due, Link, Mono, Person, RefLink, Tag, Text, VerdictCell
from plimsoll.ui.forms import attempt, chosen_day, chosen_owner, with_choices
from plimsoll.ui.lists import BulkAction, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

PLACES = ("architecture", "data pipeline", "model", "deployment", "operation", "process")
SEVERITIES = ("critical", "high", "medium")


def _spec(systems: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="requirements",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="title", label="Requirement", sort=("title",), wide=True),
            Column(key="system", label="System", sort=("system__name",)),
            Column(key="verdict", label="Proven"),
            Column(key="standing", label="Scope", sort=("standing",)),
            Column(key="place", label="Place", sort=("place",)),
            Column(key="owner", label="Owner", sort=("owner__name",)),
            Column(key="due", label="Due", sort=("due_on",)),
            Column(key="severity", label="Severity", sort=("severity",), optional=True),
            Column(key="because", label="Because", optional=True),
        ),
        filters=(
            Filter(key="system", label="System", choices=systems),
            Filter(key="place", label="Place", choices=[(p, p) for p in PLACES]),
            Filter(key="severity", label="Severity", choices=[(s, s) for s in SEVERITIES]),
            Filter(
                key="standing",
                label="Scope",
                choices=[("certain", "certain"), ("assumed", "assumed"), ("dropped", "dropped")],
            ),
            Filter(key="owner", label="Owner", choices=people),
        ),
        groups=(("system", "System"), ("place", "Place"), ("owner", "Owner")),
        default_sort="due",
        bulk=(
            BulkAction(key="owner", label="Set owner", field="owner", choices=people),
            BulkAction(key="due", label="Set due date", field="due_on", kind="date"),
        ),
    )


@require_safe
def requirements(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    systems = {row.id: row for row in scope.systems_of(actor, found.id)}
    people = [(str(p.id), p.name) for p in members_of(actor, found.id)]
    spec = _spec([(s.ref.partition("-")[2], s.name) for s in systems.values()], people)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = plan.requirements_page(actor, found.id, query)
        shown = [systems[i] for i in dict.fromkeys(row.system_id for row in rows)]
        sheets = selectors.proof_sheets(actor, found.id, shown, now=clock.now())
        return [_row(found.slug, row, sheets[row.system_id], query.group) for row in rows], total

    may = actor.may("plan:requirement:change", found.id)
    return list_page(
        request,
        spec=spec,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Requirements", "")],
        listing={
            "title": "Requirements",
            "sentence": "What must be true, who sees to it, by when, and whether evidence shows it.",
            "empty": "Scope makes the work. Describe a system and answer what you know of it.",
            "empty_action": ("Scope", f"/{found.slug}/scope/"),
            "actions": [("Spreadsheet", f"/{found.slug}/worksheets/requirements/")],
            "views": saved_views(actor, found.id, "requirements"),
            "bulk_url": f"/{found.slug}/requirements/change/" if may else "",
        },
    )


def _row(slug: str, row: plan.RequirementRow, sheet: selectors.ProofSheet, group: str) -> Row:
    url = address(slug, row.ref)
    proof = sheet.proofs.get(row.rule)
    verdict = proof.judgement.verdict if proof else Verdict.UNKNOWN
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url, row.title),
        "title": Link(row.title, url),
        "system": Text(row.system),
        "verdict": VerdictCell(verdict),
        "standing": Tag(row.standing, hatched=row.standing == "assumed"),
        "place": Text(row.place),
        "owner": Person(row.owner),
        "due": Due(row.due_on, clock.today(), done=verdict is Verdict.MET),
        "severity": Text(row.severity),
        "because": Text(row.because),
    }
    groups = {"system": row.system, "place": row.place, "owner": row.owner}
    return Row(key=row.ref, url=url, cells=cells, group=groups.get(group, ""))


@require_POST
def change_requirements(request: HttpRequest, program: str) -> HttpResponse:
    """The bulk bar: one owner or one due date for all selected requirements."""
    actor, found = actor_and_program(request, program)
    refs, action = request.POST.getlist("ref"), request.POST.get("action", "")
    if not refs:
        raise BadInput("No requirement was selected.", hint="Tick some rows first.")
    changed = planning.change_requirements(
        actor=actor,
        program_id=found.id,
        refs=refs,
        owner_id=chosen_owner(request.POST.get("owner", "")) if action == "owner" else None,
        due_on=chosen_day(request.POST.get("due_on", "")) if action == "due" else None,
    )
    count = len(changed)
    messages.success(request, f"{count} requirement{'s were' if count != 1 else ' was'} changed.")
    return redirect(f"/{found.slug}/requirements/")


@require_http_methods(["GET", "POST"])
def requirement(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    if request.method == "POST":
        actor.must("plan:requirement:change", found.id)
    row = plan.requirement_by_ref(actor, found.id, ref)
    form = RequirementForm(
        request.POST or None,
        initial={"owner": row.owner_id, "due_on": row.due_on, "ticket_url": row.ticket_url},
    )
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: planning.change_requirements(
                actor=actor,
                program_id=found.id,
                refs=[row.ref],
                owner_id=int(given["owner"]),
                due_on=given["due_on"],
                ticket_url=given["ticket_url"],
            ),
        ):
            messages.success(request, f"{row.ref} was changed.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "prove/requirement.html",
        {
            **_context(actor, found, row),
            "form": form if actor.may("plan:requirement:change", found.id) else None,
            **record_parts(actor, found, row.ref),
        },
        status=422 if form.errors else 200,
    )


def _context(actor: Actor, found: ProgramRow, row: plan.RequirementRow) -> dict[str, object]:
    system = scope.system_by_ref(actor, found.id, row.system_ref)
    sheet = selectors.proof_sheets(actor, found.id, [system], now=clock.now())[system.id]
    proof = sheet.proofs.get(row.rule)
    catalog = load_catalog()
    entry = row.entry
    return {
        "record": {
            "title": row.title,
            "ref": row.ref,
            "kind": "Requirement",
            "state": [
                VerdictCell(proof.judgement.verdict if proof else Verdict.UNKNOWN),
                Tag(row.standing, hatched=row.standing == "assumed"),
            ],
            "facts": [
                ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                ("Place", Text(row.place)),
                ("Owner", Person(row.owner)),
                ("Due", Due(row.due_on, clock.today())),
                ("Severity", Text(row.severity)),
                ("Rule", Mono(row.rule)),
            ],
        },
        "row": row,
        "entry": entry,
        "proof": proof,
        "slug": found.slug,
        "controls": [catalog.controls[c] for c in entry.controls] if entry else [],
        "risks": [catalog.risks[r] for r in entry.risks] if entry else [],
        "basis": freshness(entry.basis, clock.today()) if entry else None,
        "tasks": [
            (task, address(found.slug, task.ref)) for task in plan.tasks_under(actor, found.id, row.id)
        ],
        "may_plan": row.standing != "dropped" and actor.may("plan:task:change", found.id),
        "may_attest": bool(entry and entry.evidence.attestation)
        and actor.may("prove:evidence:submit", found.id),
        "may_waive": actor.may("decide:waiver:request", found.id),
        "crumbs": [
            (found.name, f"/{found.slug}/"),
            ("Requirements", f"/{found.slug}/requirements/"),
            (row.ref, ""),
        ],
    }
