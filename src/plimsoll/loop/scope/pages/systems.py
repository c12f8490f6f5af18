"""The inventory, and the forms that describe a system and promise its stages."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.kernel import clock
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import percent
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.forms import PromiseForm, SystemChangeForm, SystemForm
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Cell, Link, Mono, Nothing, Tag, Text
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import PAGE_SIZE, Column, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

SYSTEMS = ListSpec(
    name="systems",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="name", label="System", wide=True),
        Column(key="stage", label="Stage"),
        Column(key="certain", label="Certain", numeric=True),
        Column(key="open", label="Open", numeric=True),
        Column(key="out", label="Out", numeric=True),
        Column(key="confidence", label="Confidence", numeric=True),
        Column(key="unknown", label="Unknown", numeric=True),
        Column(key="tier", label="AI Act", prose=True),
    ),
)


@require_safe
def systems(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows = selectors.systems_of(actor, found.id)
        wanted = [r for r in rows if query.search.lower() in r.name.lower()]
        shown = wanted[query.offset : query.offset + PAGE_SIZE]
        sheets = selectors.scope_sheets(actor, shown, now=clock.now())
        return [_row(found.slug, sheet) for sheet in sheets], len(wanted)

    may = actor.may("scope:system:describe", found.id)
    new = ("Describe a system", f"/{found.slug}/systems/new/")
    return list_page(
        request,
        spec=SYSTEMS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Scope", "")],
        listing={
            "title": "Scope",
            "sentence": "What is certain to be required of each system, what is still open, and what is out.",
            "empty": "No system is described yet. Describe the first one; it takes a minute.",
            "empty_action": new if may else None,
            "actions": [new] if may else [],
            "views": saved_views(actor, found.id, "systems"),
        },
    )


def _row(slug: str, sheet: selectors.ScopeSheet) -> Row:
    system = sheet.system
    url = f"/{slug}/scope/{system.ref}/"
    confidence = sheet.scope.confidence
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": Mono(system.ref),
        "name": Link(system.name, url),
        "stage": stage_cell(system),
        "certain": Amount(str(len(sheet.scope.certain))),
        "open": Amount(str(len(sheet.scope.open))),
        "out": Amount(str(len(sheet.scope.out))),
        "confidence": Amount(percent(confidence)) if confidence is not None else Nothing(),
        "unknown": Amount(str(len(sheet.unknowns))),
        "tier": Text(tier_range(sheet)),
    }
    return Row(key=system.ref, url=url, cells=cells)


def stage_cell(system: selectors.SystemRow) -> Cell | tuple[Cell, ...]:
    """The stage by facts, and the label if it says otherwise."""
    if system.stage.promoted_because:
        return (Text(system.stage.stage.label), Tag(f"labelled {system.label.label}", hatched=True))
    return Text(system.stage.stage.label)


def tier_range(sheet: selectors.ScopeSheet) -> str:
    """The AI Act tiers that are certain or still possible, and what decides them."""
    certain = [i.rule.title.removeprefix("AI Act: ") for i in sheet.tiers.certain]
    possible = [i.rule.title.removeprefix("AI Act: ") for i in sheet.tiers.open]
    if not possible:
        return ", ".join(certain) or "does not apply"
    deciding = sorted({q for item in sheet.tiers.open for q in item.depends_on})
    count = f"{len(deciding)} unknown{'s' if len(deciding) > 1 else ''}"
    return f"{possible[-1]} to {possible[0]}; {count} decide"


@require_http_methods(["GET", "POST"])
def new_system(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("scope:system:describe", found.id)
    form = SystemForm(request.POST or None, initial={"owner": actor.user_id, "stage": "prototype"})
    _people(form, actor, found, "owner", "off_switch_holder")
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _describe(actor, found, form))
        if made is not None:
            messages.success(request, "Described. Now answer what you know; leave the rest unknown.")
            return redirect(f"/{found.slug}/scope/{made}/")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Describe a system",
            "sentence": "Enough to scope it. Everything can be changed later.",
            "submit": "Describe it",
            "cancel_url": f"/{found.slug}/scope/",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Scope", f"/{found.slug}/scope/"),
                ("New system", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def _describe(actor: Actor, found: ProgramRow, form: SystemForm) -> str:
    given = form.cleaned_data
    system = services.describe_system(
        actor=actor,
        program_id=found.id,
        name=given["name"],
        sentence=given["sentence"],
        owner_id=int(given["owner"]),
        off_switch_holder_id=int(given["off_switch_holder"]) if given["off_switch_holder"] else None,
        stage=Stage(given["stage"]),
        promise=services.Promised(
            stage=Stage(given["next_stage"]),
            committed_on=given["committed_on"],
            promised_to=given["promised_to"],
        )
        if given["next_stage"]
        else None,
    )
    return f"SYS-{system.number}"


def _people(form: SystemForm | SystemChangeForm, actor: Actor, found: ProgramRow, *fields: str) -> None:
    people = [(p.id, p.name) for p in members_of(actor, found.id)]
    for field in fields:
        with_choices(form, field, people, empty="Nobody yet" if field != "owner" else "")


@require_http_methods(["GET", "POST"])
def change_system(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("scope:system:describe", found.id)
    system = selectors.system_by_ref(actor, found.id, ref)
    form = SystemChangeForm(
        request.POST or None,
        initial={
            "sentence": system.sentence,
            "owner": system.owner_id,
            "off_switch_holder": system.holder_id,
            "real_data_since": system.real_data_since,
        },
    )
    _people(form, actor, found, "owner", "off_switch_holder")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        holder = given["off_switch_holder"]
        if attempt(
            form,
            lambda: services.change_system(
                actor=actor,
                system_id=system.id,
                sentence=given["sentence"],
                owner_id=int(given["owner"]),
                off_switch_holder_id=int(holder) if holder else None,
                real_data_since=given["real_data_since"],
            ),
        ):
            messages.success(request, f"{system.name} was changed.")
            return redirect(address(found.slug, system.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Change {system.name}",
            "cancel_url": address(found.slug, system.ref),
            "crumbs": _crumbs(found, system, "Change"),
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def promise_stage(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("scope:system:describe", found.id)
    system = selectors.system_by_ref(actor, found.id, ref)
    form = PromiseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.promise_stage(
                actor=actor,
                system_id=system.id,
                stage=Stage(given["stage"]),
                committed_on=given["committed_on"],
                promised_to=given["promised_to"],
            ),
        ):
            messages.success(request, "Promised. Its gate is open; due dates of new work follow it.")
            return redirect(address(found.slug, system.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Promise a stage of {system.name}",
            "sentence": "The date that was named outside. It opens the gate and sets due dates.",
            "submit": "Promise it",
            "cancel_url": address(found.slug, system.ref),
            "crumbs": _crumbs(found, system, "Promise"),
        },
        status=422 if form.errors else 200,
    )


def _crumbs(found: ProgramRow, system: selectors.SystemRow, here: str) -> list[tuple[str, str]]:
    return [
        (found.name, f"/{found.slug}/"),
        (system.name, address(found.slug, system.ref)),
        (here, ""),
    ]
