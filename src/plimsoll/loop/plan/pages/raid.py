"""RAID: risks, assumptions, issues and dependencies as one list, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Ref
from plimsoll.kernel.units import percent
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.forms import ConfirmForm, ConvertForm, MatterForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Due, Link, Nothing, Person, RefLink, Stamp, Tag, Text
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page
from plimsoll.ui.threads import thread_cells

KINDS = ("risk", "assumption", "issue", "dependency")
RAID = ListSpec(
    name="records",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="title", label="What", wide=True),
        Column(key="kind", label="Kind"),
        Column(key="state", label="State"),
        Column(key="thread", label="Thread"),
        Column(key="owner", label="Owner", prose=True),
        Column(key="due", label="Due"),
        Column(key="system", label="System"),
    ),
    filters=(
        Filter(key="kind", label="Kind", choices=[(k, k) for k in KINDS]),
        Filter(key="ended", label="Ended", choices=[("no", "not ended"), ("yes", "ended")]),
    ),
    groups=(("kind", "Kind"),),
)


@require_safe
def raid(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        chosen, text = query.chosen, query.search.lower()
        kept = [
            row
            for row in selectors.raid_of(actor, found.id, now=clock.now())
            if chosen.get("kind", row.kind) == row.kind
            and chosen.get("ended", "yes" if row.ended else "no") == ("yes" if row.ended else "no")
            and text in f"{row.title} {row.owner} {row.system}".lower()
        ]
        if query.group:
            kept.sort(key=lambda row: KINDS.index(row.kind))
        return [_row(found.slug, row) for row in kept[query.offset : query.offset + PAGE_SIZE]], len(kept)

    new = ("Raise an issue or dependency", f"/{found.slug}/raid/new/")
    may = actor.may("plan:issue:change", found.id)
    return list_page(
        request,
        spec=RAID,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("RAID", "")],
        listing={
            "title": "RAID",
            "sentence": "Risks, assumptions, issues and dependencies, most urgent first; a thread tells what "
            "became of what.",
            "empty": "Nothing is on record. Raise what stands in the way, or what you need from outside.",
            "empty_action": new if may else None,
            "actions": [new] if may else [],
            "views": saved_views(actor, found.id, "records"),
        },
    )


def _row(slug: str, row: selectors.RaidRow) -> Row:
    url = address(slug, row.ref)
    state = Tag(row.state)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url, row.title),
        "title": Link(row.title, url),
        "kind": Text(row.kind),
        "system": Text(row.system) if row.system else Nothing(),
        "state": (state, Tag("unconfirmed", hatched=True)) if row.unconfirmed else state,
        "owner": Person(row.owner),
        "due": Due(row.due_on, clock.today(), done=row.ended) if row.due_on else Nothing(),
        "thread": thread_cells(slug, source=row.thread.source, results=row.thread.results),
    }
    return Row(key=row.ref, url=url, cells=cells, group=row.kind)


def _form(
    request: HttpRequest, actor: Actor, found: ProgramRow, initial: dict[str, Any]
) -> tuple[MatterForm, dict[str, int]]:
    form = MatterForm(request.POST or None, initial=initial)
    systems = scope.systems_of(actor, found.id)
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)])
    with_choices(form, "system", [(s.ref, s.name) for s in systems], empty="The whole program")
    return form, {s.ref: s.id for s in systems}


def _matter(form: MatterForm, systems: dict[str, int], kind: str) -> services.NewMatter:
    given = form.cleaned_data
    return services.NewMatter(
        kind=kind,
        title=given["title"],
        note=given["note"],
        provider=given["provider"],
        system_id=systems.get(given["system"]),
        owner_id=int(given["owner"]),
        state=given["state"],
        due_on=given["due_on"],
    )


@require_http_methods(["GET", "POST"])
def new_matter(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("plan:issue:change", found.id)
    form, systems = _form(request, actor, found, {"owner": actor.user_id, "state": "open"})
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.raise_matter(
                actor=actor, program_id=found.id, matter=_matter(form, systems, form.cleaned_data["kind"])
            ),
        )
        if made:
            messages.success(request, f"{made} is recorded.")
            return redirect(address(found.slug, made))
    return _form_page(
        request,
        found,
        form,
        title="Raise an issue or dependency",
        sentence="What stands in the way, or what we need from somebody outside.",
        submit="Raise it",
    )


def _form_page(
    request: HttpRequest, found: ProgramRow, form: Any, *, title: str, sentence: str, submit: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "sentence": sentence,
        "submit": submit,
        "cancel_url": f"/{found.slug}/raid/",
        "crumbs": [(found.name, f"/{found.slug}/"), ("RAID", f"/{found.slug}/raid/"), (title, "")],
    }
    return page(request, "ui/kinds/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def matter(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """An issue or a dependency."""
    actor, found = actor_and_program(request, program)
    row = selectors.matter_by_ref(actor, found.id, ref)
    permission = f"plan:{row.kind}:change"
    if request.method == "POST":
        actor.must(permission, found.id)
    initial = {
        "kind": row.kind, "title": row.title, "note": row.note, "provider": row.provider,
        "system": row.system_ref, "owner": row.owner_id, "state": row.state, "due_on": row.due_on,
    }  # fmt: skip
    form, systems = _form(request, actor, found, initial)
    del form.fields["kind"]
    if request.method == "POST" and form.is_valid():
        written = attempt(
            form,
            lambda: services.rewrite_matter(
                actor=actor, program_id=found.id, ref=row.ref, matter=_matter(form, systems, row.kind)
            ),
        )
        if written:
            messages.success(request, f"{row.ref} was changed.")
            return redirect(address(found.slug, row.ref))
    may = actor.may(permission, found.id)
    context = {
        "record": _record(found, row, selectors.thread_of(actor, found.id, row.ref)),
        "row": row,
        "slug": found.slug,
        "form": form if may else None,
        "confirm_form": ConfirmForm(auto_id="confirm_%s", initial={"confidence": row.confidence})
        if may and row.kind == "dependency" and row.state == "open"
        else None,
        "crumbs": [(found.name, f"/{found.slug}/"), ("RAID", f"/{found.slug}/raid/"), (row.ref, "")],
        **record_parts(actor, found, row.ref),
    }
    return page(request, "plan/matter.html", context, status=422 if form.errors else 200)


def _record(found: ProgramRow, row: selectors.MatterRow, thread: selectors.Thread) -> dict[str, Any]:
    facts: list[tuple[str, Cell | tuple[Cell, ...]]] = [
        ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system))
        if row.system_ref
        else ("System", Nothing("the whole program")),
        ("Owner", Person(row.owner)),
        ("Due", Due(row.due_on, clock.today(), done=row.state == "closed")),
    ]
    if row.kind == "dependency":
        sure = percent(row.confidence) if row.confidence is not None else "nobody said"
        facts += [
            ("From", Text(row.provider)),
            ("How sure", Text(sure)),
            (
                "Confirmed",
                Due(row.confirmed_on, clock.today(), done=True) if row.confirmed_on else Nothing("never"),
            ),
        ]
    facts += [
        ("Raised", Stamp(row.raised_at)),
        ("Thread", thread_cells(found.slug, source=thread.source, results=thread.results)),
    ]
    unconfirmed = [Tag("unconfirmed", hatched=True)] if row.unconfirmed(clock.today()) else []
    return {
        "title": row.title,
        "ref": row.ref,
        "kind": row.kind.capitalize(),
        "state": [Tag(row.state), *unconfirmed],
        "facts": facts,
    }


@require_POST
def confirm_dependency(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("plan:dependency:change", found.id)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise BadInput("How sure it is was not said.", hint="Write a number from 0 to 1.")
    services.confirm_dependency(
        actor=actor, program_id=found.id, ref=ref, confidence=form.cleaned_data["confidence"]
    )
    messages.success(request, "It is confirmed as of today.")
    return redirect(address(found.slug, ref.upper()))


@require_http_methods(["GET", "POST"])
def convert_record(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """A record becomes another; both stay."""
    actor, found = actor_and_program(request, program)
    actor.must("plan:issue:change", found.id)
    source = Ref.parse(ref)
    possible = selectors.CONVERSIONS.get(source.kind.name.lower(), ())
    if not possible:
        raise BadInput(f"{source} becomes nothing else.", hint=f"Only {', '.join(KINDS)} do.")
    title = services.title_for(actor, found.id, str(source))
    form = ConvertForm(request.POST or None, initial={"title": title})
    with_choices(form, "into", [(kind, f"{'an' if kind == 'issue' else 'a'} {kind}") for kind in possible])
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.convert_record(
                actor=actor, program_id=found.id, ref=str(source), **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, f"{source} became {made}.")
            return redirect(address(found.slug, made))
    return _form_page(
        request,
        found,
        form,
        title=f"Convert {source}",
        sentence="It stays on record, and the new record names it.",
        submit="Convert it",
    )
