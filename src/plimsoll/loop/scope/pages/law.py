"""The law room: what law asks about a system, which classes and duties follow, and from when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.law.classification import Reason, TierFound
from plimsoll.engines.law.fact_sheet import Fact, FactKind, read_date
from plimsoll.engines.law.obligations import DutyFound, Standing
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.scope import selectors, services
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Cell, Link, Mono, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

LAW = ListSpec(
    name="sheets",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="name", label="System", wide=True),
        Column(key="tiers", label="AI Act", prose=True),
        Column(key="applies", label="Duties that apply", numeric=True),
        Column(key="later", label="Later", numeric=True),
        Column(key="open", label="Open", numeric=True),
        Column(key="unknown", label="Not answered", numeric=True),
    ),
)
TIERS = {
    "prohibited": "prohibited practice",
    "high_risk_annex_i": "high risk, Annex I",
    "high_risk_annex_iii": "high risk, Annex III",
    "annex_iii_not_high_risk_art_6_3": "Annex III, not high risk by Art. 6(3)",
    "transparency_art_50": "transparency, Art. 50",
    "gpai": "general-purpose model",
    "gpai_systemic_risk": "general-purpose model with systemic risk",
    "minimal": "minimal risk",
    "out_of_scope": "outside the Act",
}
"""Tiers in words; one that a later edition of the rules adds is shown by its code."""
STANDINGS = (
    Standing.APPLIES,
    Standing.GRACE,
    Standing.OPEN,
    Standing.NOT_YET,
    Standing.VOLUNTARY,
)


@require_safe
def laws(request: HttpRequest, program: str) -> HttpResponseBase:
    """Every system under the law, one row each."""
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows = selectors.systems_of(actor, found.id)
        wanted = [r for r in rows if query.search.lower() in r.name.lower()]
        shown = wanted[query.offset : query.offset + PAGE_SIZE]
        sheets = selectors.law_sheets(actor, shown, as_of=clock.today())
        return [_row(found.slug, sheet) for sheet in sheets], len(wanted)

    return list_page(
        request,
        spec=LAW,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Law", "")],
        listing={
            "title": "Law",
            "sentence": "Which classes and duties follow from what is known of each system, by cited rules.",
            "empty": "No system is described yet. What law asks is answered system by system.",
            "empty_action": ("Scope", f"/{found.slug}/scope/"),
            "actions": [("Calendar of duties", f"/{found.slug}/obligations/")],
            "views": saved_views(actor, found.id, "sheets"),
        },
    )


def _row(slug: str, sheet: selectors.LawSheet) -> Row:
    url = f"/{slug}/law/{sheet.system.ref}/"
    standing = Counter(item.standing for item in sheet.duties.found)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": Mono(sheet.system.ref),
        "name": Link(sheet.system.name, url),
        "tiers": Text(tier_words(sheet)),
        "applies": Amount(str(standing[Standing.APPLIES] + standing[Standing.GRACE])),
        "later": Amount(str(standing[Standing.NOT_YET])),
        "open": Amount(str(standing[Standing.OPEN])),
        "unknown": Amount(str(len(load_duty_rules().sheet.facts) - len(sheet.answered))),
    }
    return Row(key=sheet.system.ref, url=url, cells=cells)


def tier_words(sheet: selectors.LawSheet) -> str:
    """The tiers in words: those that are settled, then how many are still possible."""
    found = sheet.classification
    settled = ", ".join(_tier_words(tier) for tier in found.tiers)
    possible = f"{len(found.open)} still possible" if found.open else ""
    return "; ".join(filter(None, (settled, possible))) or "none"


def _tier_words(tier: str) -> str:
    return TIERS.get(tier, _words(tier))


def _words(code: str) -> str:
    return code.replace("_", " ")


@require_safe
def law(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The law room of one system, for today or another day."""
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    given = request.GET.get("at", "")
    as_of = read_date(given, what="The day") if given else clock.today()
    sheet = selectors.law_sheet(actor, system, as_of=as_of)
    url = f"/{found.slug}/law/{system.ref}/"
    may = actor.may("scope:law:answer", found.id)
    classes = sheet.classification
    return page(
        request,
        "scope/law.html",
        {
            "title": f"What law asks of {system.name}",
            "kind": "Law",
            "ref": system.ref,
            "sentence": system.sentence,
            "url": url,
            "may": may,
            "as_of": as_of,
            "today": clock.today(),
            "groups": _groups(sheet, url),
            "answered": len(sheet.answered),
            "whole": len(load_duty_rules().sheet.facts),
            "act": classes.law,
            "tiers": [_tier(item) for item in classes.found if item.truth is not False],
            "settled": classes.verdict,
            "reasons": [_reason(reason) for reason in classes.reasons],
            "readings": [{"reading": r, "certain": certain} for r, certain in classes.readings],
            "notes": classes.notes,
            "warnings": (*classes.law.warnings(as_of), *sheet.duties.edition.warnings(as_of)),
            "outdated": sheet.outdated,
            "duties": [(s.word, [_duty(d) for d in sheet.duties.standing(s)]) for s in STANDINGS],
            "watched": [_duty(d) for d in sheet.duties.watched],
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (system.name, address(found.slug, system.ref)),
                ("Law", ""),
            ],
        },
    )


def _tier(item: TierFound) -> dict[str, Any]:
    return {
        "label": _tier_words(item.tier),
        "certain": item.truth is True,
        "applies": item.applies,
        "day": item.day,
        "questions": item.questions,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "label": _tier_words(reason.tier),
        "article": reason.article,
        "because": reason.because,
        "facts": reason.facts,
        "applies": reason.applicability.applies,
        "day": reason.applicability.day,
        "roles": [(_words(role), articles) for role, articles in reason.roles.items()],
        "confidence": reason.confidence,
    }


def _duty(item: DutyFound) -> dict[str, Any]:
    duty = item.rule.duty
    return {
        "id": duty.id,
        "title": duty.title,
        "provision": duty.provision,
        "instrument": duty.instrument,
        "facts": item.facts,
        "questions": item.questions,
        "day": item.when.day,
        "holder": duty.duty_holder,
    }


def _groups(sheet: selectors.LawSheet, url: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Headings with their questions: what decides something first, as in the scoping room."""
    deciding: Counter[str] = Counter()
    for tier in sheet.classification.found:
        deciding.update(tier.questions)
    for duty in sheet.duties.found:
        deciding.update(duty.questions)
    facts = load_duty_rules().sheet.facts
    unknown = [fact for fact in facts if fact.id not in sheet.answered]
    settling = sorted((f for f in unknown if deciding[f.id]), key=lambda f: -deciding[f.id])
    named = [
        ("Not answered, most deciding first", settling),
        ("Not answered, decides nothing today", [f for f in unknown if not deciding[f.id]]),
        ("Answered", [f for f in facts if f.id in sheet.answered]),
    ]
    return [
        (heading, [_question(fact, sheet, deciding[fact.id], url) for fact in listed])
        for heading, listed in named
        if listed
    ]


def _question(fact: Fact, sheet: selectors.LawSheet, decides: int, url: str) -> dict[str, Any]:
    answer = sheet.answered.get(fact.id)
    value = answer.value if answer else ""
    chosen = [value] if isinstance(value, str) else value
    meta = [fact.ref] if fact.ref else []
    if answer:
        said = ", ".join(_words(v) for v in chosen)
        when = f"{answer.answered_at:%d %b %Y}".lstrip("0")
        meta.append(f"{said} · {answer.source}, {when}, {answer.law_version}")
    elif decides:
        meta.append(f"decides {decides}")
    return {
        "code": fact.id,
        "url": f"{url}answer/",
        "text": fact.ask,
        "help": fact.help,
        "meta": meta,
        "kind": fact.kind.value,
        "chosen": value if isinstance(value, str) else "",
        "answers": [
            {"value": v, "label": _words(v)[:1].upper() + _words(v)[1:], "chosen": v in chosen}
            for v in (fact.values if fact.kind is not FactKind.DATE else ())
        ],
        "none": chosen == ["none"],
    }


@require_POST
def answer_law(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """Records one answer. Several members of a list come as several values."""
    actor, found = actor_and_program(request, program)
    actor.must("scope:law:answer", found.id)
    system = selectors.system_by_ref(actor, found.id, ref)
    code, given = request.POST.get("question", ""), request.POST.getlist("answer")
    if not code:
        raise BadInput("No question was named.", hint="Answer one in the room.")
    before = selectors.law_sheet(actor, system, as_of=clock.today())
    value: object = given[0] if len(given) == 1 else given or "unknown"
    services.answer_law(actor=actor, system_id=system.id, answers={code: value})
    after = selectors.law_sheet(actor, system, as_of=clock.today())
    messages.success(request, f"{code} is recorded. {_moved(before, after)}")
    return redirect(f"/{found.slug}/law/{system.ref}/")


def _moved(before: selectors.LawSheet, after: selectors.LawSheet) -> str:
    was = {item.rule.duty.id: item.standing for item in before.duties.found}
    moved = sum(was[item.rule.duty.id] is not item.standing for item in after.duties.found)
    classes = {i.tier: i.truth for i in before.classification.found}
    turned = sum(classes[i.tier] is not i.truth for i in after.classification.found)
    parts = [_count(turned, "class", "classes"), _count(moved, "duty", "duties")]
    return f"{' and '.join(filter(None, parts)) or 'Nothing'} moved."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""
