"""Incidents and hazards as a list, and the forms that declare and change one."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.kernel import clock
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.forms import ChangeForm, DeclareForm, KindFields
from plimsoll.loop.respond.pages.faces import clock_state, deadline
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Instant, Link, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page


def _spec(actor: Actor, program: ProgramRow) -> ListSpec:
    def words(values: type[Component] | type[Concern]) -> list[tuple[str, str]]:
        return [(v.value, v.value.replace("_", " ")) for v in values]

    return ListSpec(
        name="incidents",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="title", label="What happened", sort=("title",), wide=True),
            Column(key="happened", label="Sort", sort=("sort",)),
            Column(key="system", label="System", sort=("system__number",)),
            Column(key="clock", label="Next clock"),
            Column(key="due", label="Plain deadline"),
            Column(key="commander", label="Commander", sort=("commander__name",)),
            Column(key="declared", label="Declared", sort=("declared_at",)),
            Column(key="state", label="State", sort=("closed_at",)),
            Column(key="kind", label="Kind", optional=True, prose=True),
            Column(key="scribe", label="Scribe", optional=True),
        ),
        filters=(
            Filter(key="state", label="State", choices=[("open", "open"), ("closed", "closed")]),
            Filter(key="happened", label="Sort", choices=[(s.value, s.value) for s in Sort]),
            Filter(key="system", label="System", choices=scope.system_choices(actor, program.id)),
            Filter(key="component", label="Where", choices=words(Component)),
            Filter(key="concern", label="What went wrong", choices=words(Concern)),
            Filter(
                key="commander",
                label="Commander",
                choices=[(str(p.id), p.name) for p in members_of(actor, program.id)],
            ),
        ),
        groups=(("happened", "Sort"), ("system", "System"), ("commander", "Commander")),
        default_sort="-ref",
    )


@require_safe
def incidents(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = selectors.incidents_page(actor, found.id, query)
        known = facts.incident_clocks(actor, rows, now=clock.now())
        return [_row(found.slug, item, query.group) for item in known], total

    may = actor.may("respond:incident:declare", found.id)
    new = ("Declare an incident", f"/{found.slug}/incidents/new/")
    return list_page(
        request,
        spec=_spec(actor, found),
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Incidents", "")],
        listing={
            "title": "Incidents",
            "sentence": "What happened, and what nearly did; hazards are counted apart.",
            "empty": "Nothing was declared. That shows that nobody wrote one down, not that there was none.",
            "empty_action": new if may else None,
            "actions": [*([new] if may else []), ("Times of response", f"/{found.slug}/incidents/times/")],
            "views": saved_views(actor, found.id, "incidents"),
        },
    )


def _row(slug: str, item: facts.IncidentClocks, group: str) -> Row:
    row = item.incident
    url = address(slug, row.ref)
    first = item.pending[0] if item.pending and row.closed_at is None else None
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url, row.title),
        "title": Link(row.title, url),
        "happened": Tag(row.sort.value),
        "system": RefLink(row.system_ref, address(slug, row.system_ref), row.system),
        "clock": clock_state(first) if first else Nothing("none open"),
        "due": deadline(first.reading.plain, first.reading.authority) if first else Nothing(),
        "commander": Person(row.commander),
        "declared": Instant(row.declared_at),
        "state": Tag("closed" if row.closed_at else "open"),
        "kind": Text(row.kind_words),
        "scribe": Person(row.scribe) if row.scribe else Nothing("nobody is named"),
    }
    headings = {"happened": row.sort.value, "system": row.system, "commander": row.commander}
    return Row(key=row.ref, url=url, cells=cells, group=headings.get(group, ""))


@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest, program: str) -> HttpResponse:
    """Two clicks from any page: Declare, fill in, Declare it. Only title and system are needed."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:declare", found.id)
    systems = scope.system_choices(actor, found.id)
    form = DeclareForm(
        request.POST or None,
        initial={
            "system": request.GET.get("system", ""),
            "sort": request.GET.get("sort", Sort.INCIDENT.value),
            "aware_at": clock.now(),
        },
    )
    with_choices(form, "system", systems)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _declare(actor, found, form))
        if made is not None:
            messages.success(request, f"{made} is declared. You command it until somebody else does.")
            return redirect(address(found.slug, made))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Declare an incident or hazard",
            "sentence": "One sentence and the system are enough. The rest can be found out later.",
            "submit": "Declare it",
            "cancel_url": f"/{found.slug}/incidents/",
            "help": "When it happened, when we learned of it and when you enter it are three times. "
            "Clocks of law start with what we learned, and when.",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Incidents", f"/{found.slug}/incidents/"),
                ("Declare", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def _declare(actor: Actor, found: ProgramRow, form: DeclareForm) -> str:
    given = form.cleaned_data
    system = scope.system_by_ref(actor, found.id, f"SYS-{given['system']}")
    made = services.declare_incident(
        actor=actor,
        program_id=found.id,
        system_id=system.id,
        title=given["title"],
        sort=Sort(given["sort"]),
        kind=_kind(form),
        aware_at=given["aware_at"],
        occurred_at=given["occurred_at"],
    )
    return f"INC-{made.number}"


def _kind(form: KindFields) -> IncidentKind:
    component, concern = form.cleaned_data["component"], form.cleaned_data["concern"]
    return IncidentKind(
        component=Component(component) if component else None, concern=Concern(concern) if concern else None
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """What it is, and who leads."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:change", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    form = ChangeForm(
        request.POST or None,
        initial={
            "title": row.title,
            "commander": row.commander_id,
            "scribe": row.scribe_id,
            "sort": row.sort.value,
            "component": row.component.value if row.component else "",
            "concern": row.concern.value if row.concern else "",
        },
    )
    people = [(p.id, p.name) for p in members_of(actor, found.id)]
    with_choices(form, "commander", people)
    with_choices(form, "scribe", people, empty="Nobody yet")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.change_incident(
                actor=actor,
                incident_id=row.id,
                title=given["title"],
                sort=Sort(given["sort"]),
                kind=_kind(form),
                commander_id=int(given["commander"]),
                scribe_id=int(given["scribe"]) if given["scribe"] else None,
            ),
        ):
            messages.success(request, f"{row.ref} was changed.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Change {row.ref}",
            "sentence": row.title,
            "cancel_url": address(found.slug, row.ref),
            "help": "When the kind is known, the tasks of the playbooks for it are added.",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Change", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
