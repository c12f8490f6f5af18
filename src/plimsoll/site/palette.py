"""The command palette: finds records and pages, and reads commands such as “RSK-14 owner priya”."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.crosswalk import searchables
from plimsoll.engines.catalog.search import search
from plimsoll.engines.incidents.kinds import Sort
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.ids import Ref, RefKind
from plimsoll.kernel.text import unprintable
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.respond import selectors as respond
from plimsoll.loop.respond import services as responding
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.watch import selectors as watch
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program, actor_from, member_id, standing
from plimsoll.people.selectors import ProgramRow
from plimsoll.site.frame import SETTINGS, SIX, USED
from plimsoll.ui.addresses import address, catalog_address
from plimsoll.ui.shortcuts import page

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    label: str
    kind: str
    url: str
    ref: str = ""


@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """Results for ?q=; a single exact ref leads straight to its page."""
    actor = actor_from(request)
    text = " ".join(request.GET.get("q", "").split())[:100]
    if unprintable(text):
        raise BadInput("The search contains control characters.", hint="Write letters and digits.")
    results: list[Found] = []
    command = None
    for program in standing(request).programs if text else []:
        results += _in_program(actor, program, text)
        command = command or _command(actor, program, text)
    exact = [r for r in results if r.ref and r.ref == text.upper()]
    if len(exact) == 1 and not request.htmx:  # type: ignore[attr-defined]  # set by its middleware
        return redirect(exact[0].url)
    return page(
        request,
        "ui/go.html",
        {
            "q": text,
            "results": results[:MOST],
            "command": command,
            "crumbs": [("Search", "")],
        },
        partial="palette-results",
    )


def _in_program(actor: Actor, program: ProgramRow, text: str) -> list[Found]:
    lower = text.lower()
    pages = [
        Found(label=f"{word} of {program.name}", kind="page", url=f"/{program.slug}/{path}/")
        for word, path, *_ in (*SIX, *USED, *SETTINGS)
        if lower in word.lower()
    ]
    return [
        *_by_ref(actor, program, text),
        *_records(actor, program, lower),
        *pages,
        *_catalog(program, text),
    ]


def _catalog(program: ProgramRow, text: str) -> list[Found]:
    """Entries of the catalog, after the program's own records; three letters at least."""
    if len(text) < 3:
        return []
    return [
        Found(
            label=f"{hit.found.id}: {hit.found.title}" if hit.found.title else hit.found.id,
            kind=f"catalog {hit.found.kind}",
            url=catalog_address(program.slug, hit.found.kind, hit.found.id),
        )
        for hit in search(searchables(), text, limit=MOST)
        if hit.by in ("id", "title") and hit.found.kind != "requirement"
    ]


def _by_ref(actor: Actor, program: ProgramRow, text: str) -> list[Found]:
    try:
        ref = Ref.parse(text.split(" ")[0])
        title = title_of(actor, program, ref)
    except PlimsollError:
        return []
    if not title:
        return []
    return [
        Found(
            label=title,
            kind=ref.kind.name.lower(),
            url=address(program.slug, str(ref)),
            ref=str(ref),
        )
    ]


def title_of(actor: Actor, program: ProgramRow, ref: Ref) -> str:
    """The title of a record, empty for kinds without a page; NotFound if there is no such record."""
    match ref.kind:
        case RefKind.SYSTEM:
            return scope.system_by_ref(actor, program.id, str(ref)).name
        case RefKind.ASSET:
            return scope.asset_by_ref(actor, program.id, str(ref)).name
        case RefKind.ASSUMPTION:
            row = scope.assumption_by_ref(actor, program.id, str(ref), now=clock.now())
            return f"Assumption on {row.question} of {row.system}"
        case RefKind.REQUIREMENT:
            return plan.requirement_by_ref(actor, program.id, str(ref)).title
        case RefKind.TASK:
            return plan.task_by_ref(actor, program.id, str(ref)).title
        case RefKind.ISSUE | RefKind.DEPENDENCY:
            return plan.matter_by_ref(actor, program.id, str(ref)).title
        case RefKind.RISK:
            return plan.risk_by_ref(actor, program.id, str(ref)).title
        case RefKind.GATE:
            gate = decide.gate_by_ref(actor, program.id, str(ref))
            return f"{gate.system} → {gate.stage.label}"
        case RefKind.DECISION:
            made = decide.decision_by_ref(actor, program.id, str(ref))
            return f"{made.outcome.label}: {made.system} → {made.stage.label}"
        case RefKind.MONITOR:
            return watch.monitor_by_ref(actor, program.id, str(ref)).name
        case RefKind.SIGNAL:
            seen = watch.signal_by_ref(actor, program.id, str(ref))
            return seen.reasons[0] if seen.reasons else seen.check
        case RefKind.WAIVER:
            return f"Waiver of {decide.waiver_by_ref(actor, program.id, str(ref)).rule}"
        case RefKind.EVIDENCE:
            return f"Evidence: {prove.evidence_by_ref(actor, program.id, str(ref)).row.subject_name}"
        case RefKind.INCIDENT:
            return respond.incident_by_ref(actor, program.id, str(ref)).title
        case RefKind.CONDITION:
            decide.condition_id(actor, program.id, str(ref))
            return ""


def _records(actor: Actor, program: ProgramRow, lower: str) -> list[Found]:
    systems = [
        Found(label=s.name, kind="system", url=address(program.slug, s.ref), ref=s.ref)
        for s in scope.systems_of(actor, program.id)
        if lower in s.name.lower()
    ]
    risks = [
        Found(label=r.title, kind="risk", url=address(program.slug, r.ref), ref=r.ref)
        for r in plan.risks_named(actor, program.id, lower, most=MOST)
    ]
    tasks = [
        Found(label=t.title, kind=t.kind, url=address(program.slug, t.ref), ref=t.ref)
        for t in plan.tasks_named(actor, program.id, lower, most=MOST)
    ]
    requirements = [
        Found(
            label=f"{r.title} ({r.system})", kind="requirement", url=address(program.slug, r.ref), ref=r.ref
        )
        for r in plan.requirements_named(actor, program.id, lower, most=MOST)
    ]
    incidents = [
        Found(
            label=f"{i.title} ({i.system})",
            kind=i.sort.value,
            url=address(program.slug, i.ref),
            ref=i.ref,
        )
        for i in respond.incidents_named(actor, program.id, lower, most=MOST)
    ]
    return [*systems, *risks, *requirements, *tasks, *incidents]


VERBS = ("owner", "due", "state")
DECLARING = {"declare": Sort.INCIDENT, "hazard": Sort.HAZARD}
"""What is said of a system, such as “SYS-1 declare It refunds twice”."""


def _command(actor: Actor, program: ProgramRow, text: str) -> dict[str, str] | None:
    """A command that the text spells for a record of the program, ready to be confirmed; None otherwise."""
    parts = text.split(" ", 2)
    if len(parts) < 3 or parts[1].lower() not in (*VERBS, *DECLARING):
        return None
    try:
        ref = Ref.parse(parts[0])
        title = title_of(actor, program, ref)
    except PlimsollError:
        return None
    verb = parts[1].lower()
    if verb in DECLARING and (
        ref.kind is not RefKind.SYSTEM or not actor.may("respond:incident:declare", program.id)
    ):
        return None
    if verb in DECLARING:
        label = f"Declare {'a hazard' if verb == 'hazard' else 'an incident'} of {title}: {parts[2]}"
        return {
            "url": f"/{program.slug}/do/",
            "ref": str(ref),
            "verb": verb,
            "value": parts[2],
            "label": label,
        }
    stateless = ref.kind is RefKind.REQUIREMENT and parts[1].lower() == "state"
    if ref.kind not in (RefKind.RISK, RefKind.TASK, RefKind.REQUIREMENT) or stateless:
        return None
    return {
        "url": f"/{program.slug}/do/",
        "ref": str(ref),
        "verb": parts[1].lower(),
        "value": parts[2],
        "label": f"Set the {parts[1].lower()} of {ref} to {parts[2]}",
    }


@require_POST
def do(request: HttpRequest, program: str) -> HttpResponse:
    """Carries out a command of the palette."""
    actor, found = actor_and_program(request, program)
    ref = Ref.parse(request.POST.get("ref", ""))
    verb, value = request.POST.get("verb", ""), request.POST.get("value", "")
    if verb in DECLARING:
        made = responding.declare_incident(
            actor=actor,
            program_id=found.id,
            system_id=scope.system_by_ref(actor, found.id, str(ref)).id,
            title=value,
            sort=DECLARING[verb],
        )
        messages.success(request, f"INC-{made.number} is declared. You command it until somebody else does.")
        return redirect(address(found.slug, f"INC-{made.number}"))
    owner = member_id(actor, found.id, value.lstrip("@"), field="value") if verb == "owner" else None
    due = _day(value) if verb == "due" else None
    if verb not in VERBS:
        known = ", ".join((*VERBS, *DECLARING))
        raise BadInput(f"There is no command “{verb[:20]}”.", hint=f"Commands: {known}.")
    if ref.kind is RefKind.RISK:
        planning.change_risks(
            actor=actor,
            program_id=found.id,
            refs=[str(ref)],
            owner_id=owner,
            due_on=due,
            state=value if verb == "state" else None,
        )
    elif ref.kind is RefKind.TASK:
        planning.change_tasks(
            actor=actor,
            program_id=found.id,
            refs=[str(ref)],
            owner_id=owner,
            due_on=due,
            state=value if verb == "state" else None,
        )
    elif ref.kind is RefKind.REQUIREMENT and verb != "state":
        planning.change_requirements(
            actor=actor, program_id=found.id, refs=[str(ref)], owner_id=owner, due_on=due
        )
    else:
        raise BadInput(
            f"“{verb}” cannot be done to {ref}.", hint="Risks and tasks take owner, due and state."
        )
    messages.success(request, f"{ref}: {verb} is {value}.")
    return redirect(address(found.slug, str(ref)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"“{text[:20]}” is not a day.", hint="Write it like 2027-03-26.") from error
