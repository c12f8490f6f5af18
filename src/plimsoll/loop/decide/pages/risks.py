"""The risk register, and one risk with what holds it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Money, percent
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide.forms import EstimateForm, RiskForm, RiskWordsForm
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Cell, Due, Link, Mono, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt, chosen_day, chosen_owner, with_choices
from plimsoll.ui.lists import BulkAction, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page
from plimsoll.ui.threads import thread_cells

STATES = ("open", "treating", "accepted", "closed")


def _spec(systems: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="risks",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="title", label="Risk", sort=("title",), wide=True),
            Column(key="system", label="System", sort=("system__name",)),
            Column(key="state", label="State", sort=("state",)),
            Column(key="owner", label="Owner", sort=("owner__name",)),
            Column(key="due", label="Plan due", sort=("due_on",)),
            Column(key="chance", label="Chance a year", sort=("probability_best",), numeric=True),
            Column(key="loss", label="Loss, 90 %", sort=("loss_high",), numeric=True),
            Column(key="catalog", label="Catalog", sort=("catalog_id",), optional=True),
        ),
        filters=(
            Filter(key="system", label="System", choices=systems),
            Filter(key="state", label="State", choices=[(s, s) for s in STATES]),
            Filter(key="owner", label="Owner", choices=people),
        ),
        groups=(("system", "System"), ("state", "State"), ("owner", "Owner")),
        default_sort="ref",
        bulk=(
            BulkAction(key="owner", label="Set owner", field="owner", choices=people),
            BulkAction(
                key="state",
                label="Set state",
                field="state",
                choices=[(s, s) for s in STATES if s != "accepted"],
            ),
            BulkAction(key="due", label="Set due date", field="due_on", kind="date"),
        ),
    )


@require_safe
def risks(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    people = [(str(p.id), p.name) for p in members_of(actor, found.id)]
    spec = _spec(scope.system_choices(actor, found.id), people)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = plan.risks_page(actor, found.id, query)
        return [_row(found.slug, row, query.group) for row in rows], total

    may = actor.may("plan:risk:change", found.id)
    new = ("Raise a risk", f"/{found.slug}/risks/new/")
    return list_page(
        request,
        spec=spec,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Risks", "")],
        listing={
            "title": "Risks",
            "sentence": "What may happen, who carries it, and what one person estimates it at.",
            "empty": "No risk is recorded. Raise the first one; the catalog suggests which apply.",
            "empty_action": new if may else None,
            "actions": [*([new] if may else []), ("Spreadsheet", f"/{found.slug}/worksheets/risks/")],
            "views": saved_views(actor, found.id, "risks"),
            "bulk_url": f"/{found.slug}/risks/change/" if may else "",
        },
    )


def _row(slug: str, row: plan.RiskRow, group: str) -> Row:
    url = address(slug, row.ref)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url),
        "title": Link(row.title, url),
        "system": Text(row.system) if row.system else Nothing(),
        "state": Tag(row.state),
        "owner": Person(row.owner),
        "due": Due(row.due_on, clock.today(), done=row.state == "closed") if row.due_on else Nothing(),
        "chance": chance(row),
        "loss": loss(row),
        "catalog": Mono(row.catalog_id) if row.catalog_id else Nothing(),
    }
    groups = {"system": row.system or "No system", "state": row.state, "owner": row.owner}
    return Row(key=row.ref, url=url, cells=cells, group=groups.get(group, ""))


def chance(row: plan.RiskRow) -> Cell:
    """The estimated probability per year with its range."""
    if row.probability is None:
        return Nothing("no estimate")
    low, best, high = row.probability
    return Amount(percent(best), interval=f"{percent(low)} – {percent(high)}")


def loss(row: plan.RiskRow) -> Cell:
    """The 90 % range of loss if it happens."""
    if row.loss is None:
        return Nothing("no estimate")
    low, high = row.loss
    return Amount(f"{low:,.0f}–{high:,.0f}", row.currency)


@require_POST
def change_risks(request: HttpRequest, program: str) -> HttpResponse:
    """The bulk bar: one owner, state or due date for all selected risks."""
    actor, found = actor_and_program(request, program)
    refs, action = request.POST.getlist("ref"), request.POST.get("action", "")
    if not refs:
        raise BadInput("No risk was selected.", hint="Tick some rows first.")
    owner, due = request.POST.get("owner", ""), request.POST.get("due_on", "")
    changed = services.change_risks(
        actor=actor,
        program_id=found.id,
        refs=refs,
        owner_id=chosen_owner(owner) if action == "owner" else None,
        state=request.POST.get("state", "") if action == "state" else None,
        due_on=chosen_day(due) if action == "due" else None,
    )
    count = len(changed)
    messages.success(request, f"{count} risk{'s were' if count != 1 else ' was'} changed.")
    return redirect(f"/{found.slug}/risks/")


@require_http_methods(["GET", "POST"])
def new_risk(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("plan:risk:change", found.id)
    wanted = request.GET.get("catalog", "")
    suggested = load_catalog().risks.get(wanted)
    form = RiskForm(
        request.POST or None,
        initial={
            "owner": actor.user_id,
            "catalog_id": wanted if suggested else "",
            "title": suggested.title if suggested else "",
            "system": request.GET.get("system", ""),
        },
    )
    systems = scope.systems_of(actor, found.id)
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)])
    with_choices(form, "system", [(s.ref, s.name) for s in systems], empty="The whole program")
    with_choices(
        form, "catalog_id", [(r.id, f"{r.id} {r.title}") for r in load_catalog().risks.values()], empty="None"
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _raise(actor, found, form, systems))
        if made:
            messages.success(request, f"RSK-{made} is recorded.")
            return redirect(address(found.slug, f"RSK-{made}"))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Raise a risk",
            "sentence": "Cause, event, consequence: in words that the person who pays would use.",
            "submit": "Raise it",
            "cancel_url": f"/{found.slug}/risks/",
            "crumbs": [(found.name, f"/{found.slug}/"), ("Risks", f"/{found.slug}/risks/"), ("New", "")],
        },
        status=422 if form.errors else 200,
    )


def _raise(actor: Actor, found: ProgramRow, form: RiskForm, systems: Sequence[scope.SystemRow]) -> int:
    given = form.cleaned_data
    ids = {s.ref: s.id for s in systems}
    made = services.raise_risks(
        actor=actor,
        program_id=found.id,
        risks=[
            services.NewRisk(
                title=given["title"],
                cause=given["cause"],
                event=given["event"],
                consequence=given["consequence"],
                system_id=ids.get(given["system"]),
                owner_id=int(given["owner"]),
                catalog_id=given["catalog_id"],
                due_on=given["due_on"],
            )
        ],
    )
    return made[0].number


@require_http_methods(["GET", "POST"])
def risk(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    if request.method == "POST":
        actor.must("plan:risk:change", found.id)
    row = plan.risk_by_ref(actor, found.id, ref)
    form = RiskWordsForm(
        request.POST or None,
        initial={"title": row.title, "cause": row.cause, "event": row.event, "consequence": row.consequence},
    )
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form, lambda: services.describe_risk(actor=actor, risk_id=row.id, **form.cleaned_data)
        )
        if changed is not None:
            messages.success(request, f"{row.ref} was changed.")
            return redirect(address(found.slug, row.ref))
    entry = load_catalog().risks.get(row.catalog_id)
    thread = plan.thread_of(actor, found.id, row.ref)
    return page(
        request,
        "decide/risk.html",
        {
            "record": {
                "title": row.title,
                "ref": row.ref,
                "kind": "Risk",
                "state": [Tag(row.state)],
                "facts": [
                    ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system))
                    if row.system_ref
                    else ("System", Nothing("the whole program")),
                    ("Owner", Person(row.owner)),
                    ("Chance a year", chance(row)),
                    ("Loss, 90 %", loss(row)),
                    ("Estimated by", _single(row)),
                    ("Plan due", Due(row.due_on, clock.today())),
                    ("Thread", thread_cells(found.slug, source=thread.source, results=thread.results)),
                ],
            },
            "row": row,
            "entry": entry,
            "slug": found.slug,
            "holding": _holding(actor, found, row),
            "form": form if actor.may("plan:risk:change", found.id) and row.state != "closed" else None,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Risks", f"/{found.slug}/risks/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
        status=422 if form.errors else 200,
    )


def _single(row: plan.RiskRow) -> Cell | tuple[Cell, ...]:
    if not row.estimated_by:
        return Nothing("nobody yet")
    return (Person(row.estimated_by), Tag("single source", hatched=True))


def _holding(
    actor: Actor, found: ProgramRow, row: plan.RiskRow
) -> list[tuple[plan.RequirementRow, Verdict, str]]:
    """The requirements of the system that mitigate this catalog risk, with how they are proven."""
    if not row.system_ref or not row.catalog_id:
        return []
    system = scope.system_by_ref(actor, found.id, row.system_ref)
    sheet = prove.proof_sheets(actor, found.id, [system], now=clock.now())[system.id]
    return [
        (r, sheet.proofs[r.rule].judgement.verdict, address(found.slug, r.ref))
        for r in sheet.requirements
        if r.entry and row.catalog_id in r.entry.risks
    ]


@require_http_methods(["GET", "POST"])
def estimate_risk(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """One person's range; shown as a single source."""
    actor, found = actor_and_program(request, program)
    actor.must("plan:risk:change", found.id)
    row = plan.risk_by_ref(actor, found.id, ref)
    form = EstimateForm(request.POST or None, initial={"currency": row.currency or "EUR"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.estimate_risk(
                actor=actor,
                risk_id=row.id,
                probability=(
                    given["probability_low"],
                    given["probability_best"],
                    given["probability_high"],
                ),
                loss_low=Money.parse(given["loss_low"], currency=given["currency"], what="The low end"),
                loss_high=Money.parse(given["loss_high"], currency=given["currency"], what="The high end"),
            ),
        ):
            messages.success(request, "Your estimate is recorded. It is a single source.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Estimate {row.ref}",
            "sentence": "Ranges that you would bet on. No gate rests on one person's estimate.",
            "submit": "Record it",
            "cancel_url": address(found.slug, row.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Estimate", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
