"""RACI: who has which part in each requirement, what is wrong with that, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.engines.raci import Part
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.forms import DeputyForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Link, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import PAGE_SIZE, BulkAction, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

RULES = (("broken", "a rule is broken"), ("kept", "all are kept"))


def _spec(systems: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="parts",
        columns=(
            Column(key="ref", label="Ref"),
            Column(key="title", label="Requirement", wide=True),
            Column(key="wrong", label="What is wrong", prose=True),
            Column(key="accountable", label="Accountable", prose=True),
            *(Column(key=part.value, label=part.value.capitalize(), prose=True) for part in Part),
            Column(key="system", label="System"),
        ),
        filters=(
            Filter(key="system", label="System", choices=systems),
            Filter(key="rules", label="Rules", choices=RULES),
        ),
        bulk=(
            *(
                BulkAction(key=part.value, label=f"Make {part.value}", field=part.value, choices=people)
                for part in Part
            ),
            BulkAction(key="withdraw", label="Take out", field="withdraw", choices=people),
        ),
    )


@require_safe
def raci(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    people = [(str(p.id), p.name) for p in members_of(actor, found.id)]
    rows = selectors.parts_of(actor, found.id, today=clock.today())
    broken = sum(bool(row.violations) for row in rows)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        chosen, text = query.chosen, query.search.lower()
        kept = [
            row
            for row in rows
            if chosen.get("system", "") in ("", row.requirement.system_ref.partition("-")[2])
            and chosen.get("rules", "") in ("", "broken" if row.violations else "kept")
            and text in f"{row.requirement.title} {row.accountable}".lower()
        ]
        shown = kept[query.offset : query.offset + PAGE_SIZE]
        return [_row(found.slug, row) for row in shown], len(kept)

    return list_page(
        request,
        spec=_spec(scope.system_choices(actor, found.id), people),
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("RACI", "")],
        listing={
            "title": "RACI",
            "sentence": f"The owner is accountable. Somebody does it, and somebody else tests it. "
            f"{broken} of {len(rows)} requirements break a rule.",
            "empty": "No requirement is in force. Scope makes the work.",
            "empty_action": ("Scope", f"/{found.slug}/scope/"),
            "actions": [("Deputies", f"/{found.slug}/raci/deputies/")],
            "views": saved_views(actor, found.id, "parts"),
            "bulk_url": f"/{found.slug}/raci/change/"
            if actor.may("plan:requirement:change", found.id)
            else "",
        },
    )


def _row(slug: str, row: selectors.PartRow) -> Row:
    requirement = row.requirement
    url = address(slug, requirement.ref)
    accountable: Cell | tuple[Cell, ...] = Person(row.accountable) if row.accountable else Nothing("nobody")
    if row.stands_in:
        accountable = (Person(row.accountable), Tag(f"for {requirement.owner}"))
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(requirement.ref, url, requirement.title),
        "title": Link(requirement.title, url),
        "system": Text(requirement.system),
        "accountable": accountable,
        "wrong": Text("; ".join(row.violations)) if row.violations else Nothing("nothing"),
    }
    for part, names in row.people.items():
        cells[part.value] = Text(", ".join(names)) if names else Nothing()
    return Row(key=requirement.ref, url=url, cells=cells)


@require_POST
def change_parts(request: HttpRequest, program: str) -> HttpResponse:
    """The bulk bar: gives a person a part in all selected requirements, or takes them out."""
    actor, found = actor_and_program(request, program)
    refs, action = request.POST.getlist("ref"), request.POST.get("action", "")
    if not refs:
        raise BadInput("No requirement was selected.", hint="Tick some rows first.")
    chosen = request.POST.get(action, "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise BadInput("Nobody was chosen.", hint="Choose a member.")
    if action == "withdraw":
        count = services.withdraw_parts(actor=actor, program_id=found.id, refs=refs, person_id=int(chosen))
    else:
        made = services.assign_part(
            actor=actor, program_id=found.id, refs=refs, person_id=int(chosen), part=action
        )
        count = len(made)
    messages.success(request, f"{count} part{'s were' if count != 1 else ' was'} changed.")
    return redirect(f"/{found.slug}/raci/")


@require_http_methods(["GET", "POST"])
def deputies(request: HttpRequest, program: str) -> HttpResponse:
    """Who stands in for whom, from a day to a day."""
    actor, found = actor_and_program(request, program)
    anybody = actor.may("people:member:change", found.id)
    may = actor.may("people:deputy:name", found.id)
    if request.method == "POST":
        actor.must("people:deputy:name", found.id)
    form = DeputyForm(request.POST or None, initial={"person": actor.user_id, "first_on": clock.today()})
    people = [(p.id, p.name) for p in members_of(actor, found.id)]
    with_choices(form, "person", [p for p in people if anybody or p[0] == actor.user_id])
    with_choices(form, "deputy", people)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.name_deputy(
                actor=actor,
                program_id=found.id,
                person_id=int(given["person"]),
                deputy_id=int(given["deputy"]),
                first_on=given["first_on"],
                last_on=given["last_on"],
            ),
        ):
            messages.success(request, "The deputy is named.")
            return redirect(f"/{found.slug}/raci/deputies/")
    return page(
        request,
        "plan/deputies.html",
        {
            "title": "Deputies",
            "slug": found.slug,
            "deputies": [
                (row, row.last_on < clock.today(), anybody or row.person_id == actor.user_id)
                for row in selectors.deputies_of(actor, found.id)
            ],
            "form": form if may else None,
            "crumbs": [(found.name, f"/{found.slug}/"), ("RACI", f"/{found.slug}/raci/"), ("Deputies", "")],
        },
        status=422 if form.errors else 200,
    )


@require_POST
def end_deputy(request: HttpRequest, program: str, deputy: int) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    services.end_deputy(actor=actor, program_id=found.id, deputy_id=deputy)
    messages.success(request, "The deputy is taken back.")
    return redirect(f"/{found.slug}/raci/deputies/")
