"""Gates, and the gate room: criteria with reasons, signatures, and what may be decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.engines.gates.facts import CriterionResult
from plimsoll.engines.gates.quorum import Outcome, Stance, allowed_outcomes, own_controls
from plimsoll.engines.gates.snapshot import what_changed
from plimsoll.kernel import clock
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide import facts, selectors, services
from plimsoll.loop.decide.forms import DecideForm, OptionsForm, SignForm
from plimsoll.loop.decide.pages.lines import read_conditions, read_options
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.roles import Role
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Cell, Due, Link, Nothing, RefLink, Tag, VerdictCell
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

GATES = ListSpec(
    name="gates",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="gate", label="Gate", wide=True),
        Column(key="verdict", label="Criteria"),
        Column(key="met", label="Met", numeric=True),
        Column(key="not_met", label="Not met", numeric=True),
        Column(key="unknown", label="Unknown", numeric=True),
        Column(key="promised", label="Promised"),
        Column(key="decided", label="Decided"),
    ),
    filters=(Filter(key="verdict", label="Criteria", choices=[(v.value, v.word) for v in Verdict]),),
)


@require_safe
def gates(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        systems = {s.id: s for s in scope.systems_of(actor, found.id)}
        dossiers = facts.dossiers(actor, found.id, list(systems.values()), now=clock.now())
        decided: dict[int, selectors.DecisionRow] = {}
        for d in selectors.decisions_of(actor, found.id):
            decided.setdefault(d.gate_id, d)
        wanted = query.chosen.get("verdict")
        rows = []
        for row in selectors.gates_of(actor, found.id):
            evaluated = facts.evaluate_gate(row, dossiers[row.system_id])
            verdict = evaluated.result.judgement.verdict
            if (not wanted or verdict.value == wanted) and query.search.lower() in row.system.lower():
                rows.append(_row(found.slug, evaluated, systems[row.system_id], decided.get(row.id)))
        return rows[query.offset : query.offset + 50], len(rows)

    return list_page(
        request,
        spec=GATES,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Gates", "")],
        listing={
            "title": "Gates",
            "sentence": "What each system must show before its next stage, computed from facts now.",
            "empty": "No gate is open. Promise a stage of a system, and its gate opens.",
            "empty_action": ("Scope", f"/{found.slug}/scope/"),
            "views": saved_views(actor, found.id, "gates"),
        },
    )


def _row(
    slug: str,
    gate: facts.EvaluatedGate,
    system: scope.SystemRow,
    decision: selectors.DecisionRow | None,
) -> Row:
    url = address(slug, gate.gate.ref)
    promise = next((p for p in system.promises if p.stage is gate.gate.stage), None)
    result = gate.result
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(gate.gate.ref, url),
        "gate": Link(f"{gate.gate.system} → {gate.gate.stage.label}", url),
        "verdict": VerdictCell(result.judgement.verdict),
        "met": Amount(str(result.count(Verdict.MET))),
        "not_met": Amount(str(result.count(Verdict.NOT_MET))),
        "unknown": Amount(str(result.count(Verdict.UNKNOWN))),
        "promised": Due(promise.committed_on, clock.today(), done=decision is not None)
        if promise
        else Nothing("not promised"),
        "decided": Tag(decision.outcome.label) if decision else Nothing("not yet"),
    }
    return Row(key=gate.gate.ref, url=url, cells=cells)


@require_safe
def gate(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.gate_by_ref(actor, found.id, ref)
    return _room(request, actor, found, row)


def _room(
    request: HttpRequest,
    actor: Actor,
    found: ProgramRow,
    row: selectors.GateRow,
    *,
    sign: SignForm | None = None,
    decide: DecideForm | None = None,
) -> HttpResponse:
    now = clock.now()
    system = scope.system_by_id(actor, row.system_id)
    dossier = facts.dossiers(actor, found.id, [system], now=now)[system.id]
    current = facts.evaluate_gate(row, dossier)
    options = selectors.options_of([row.id]).get(row.id, [])
    turns = selectors.verdict_history(row.id)
    decisions = [d for d in selectors.decisions_of(actor, found.id) if d.gate_id == row.id]
    promise = next((p for p in system.promises if p.stage is row.stage), None)
    signing = _signing(actor, found, row, current, sign)
    may_decide = actor.may("decide:gate:decide", found.id) and bool(signing["snapshot"])
    if may_decide and decide is None:
        decide = DecideForm(initial={"conditions": _condition_lines(current)}, auto_id="decide_%s")
    if decide:
        with_choices(decide, "option", [(o.id, o.label) for o in options], empty="None named")
    bound = (sign and sign.is_bound) or (decide and decide.is_bound)
    signed = signing["signed"]
    return page(
        request,
        "decide/gate.html",
        {
            **_heading(found, row, system, promise),
            "current": current,
            "criteria": [_criterion(found.slug, c) for c in current.result.applicable],
            "outside": [c for c in current.result.criteria if not c.applies],
            "counts": [(v.value, current.result.count(v)) for v in Verdict],
            **signing,
            "allowed": [(o.label, why) for o, why in allowed_outcomes(current.result, signed).items()],
            "decide": decide if may_decide else None,
            "decide_refused": None if may_decide else decide,
            "options": options,
            "may_option": actor.may("decide:option:change", found.id),
            "decisions": decisions,
            "recent": turns[:3],
            "earlier": turns[3:],
            "steps": _steps(
                Prove=current.result.judgement.verdict is Verdict.MET,
                Freeze=bool(signing["snapshot"]) and not signing["stale"],
                Sign=signed.verdict is Verdict.MET,
                Decide=bool(decisions),
            ),
            **record_parts(actor, found, row.ref),
        },
        status=422 if bound else 200,
    )


def _heading(
    found: ProgramRow, row: selectors.GateRow, system: scope.SystemRow, promise: scope.Promise | None
) -> dict[str, Any]:
    return {
        "title": f"May {row.system} enter {row.stage.label}?",
        "kind": "Gate",
        "ref": row.ref,
        "row": row,
        "slug": found.slug,
        "system": system,
        "promise": promise,
        "crumbs": [
            (found.name, f"/{found.slug}/"),
            (row.system, address(found.slug, row.system_ref)),
            (row.ref, ""),
        ],
    }


def _signing(
    actor: Actor,
    found: ProgramRow,
    row: selectors.GateRow,
    current: facts.EvaluatedGate,
    sign: SignForm | None,
) -> dict[str, Any]:
    """The snapshot, who signed it, whether it is stale, and whether the actor may sign or freeze."""
    snapshot = selectors.latest_snapshots([row.id]).get(row.id)
    signatures = selectors.signatures_on([snapshot.id]).get(snapshot.id, []) if snapshot else []
    stale = bool(snapshot and snapshot.digest != current.digest)
    already = any(s.person_id == actor.user_id for s in signatures)
    may_sign = actor.may("decide:gate:sign", found.id) and snapshot is not None and not stale and not already
    if may_sign and sign is None and snapshot:
        sign = SignForm(initial={"digest": snapshot.digest}, auto_id="sign_%s")
    if sign:
        with_choices(sign, "role", _signing_roles(actor, found.id))
    return {
        "snapshot": snapshot,
        "stale": stale,
        "changes": what_changed(snapshot.body, current.body) if snapshot and stale else (),
        "signatures": signatures,
        "signed": services.gate_quorum(row, current.digest),
        "own": own_controls(actor.user_id or 0, current.facts),
        "may_freeze": actor.may("decide:gate:freeze", found.id) and (not snapshot or stale),
        "sign": sign if may_sign else None,
        "sign_refused": None if may_sign else sign,
    }


def _signing_roles(actor: Actor, program_id: int) -> list[tuple[str, str]]:
    order = [r for r in Role if r in actor.roles(program_id)]
    return [(r.value, r.label) for r in order if r not in (Role.AUDITOR, Role.ADMIN)]


def _steps(**done: bool) -> list[dict[str, str]]:
    """Each step by what is true of it; the first that is not done is the current one."""
    current = next((name for name, is_done in done.items() if not is_done), "")
    return [
        {
            "label": name,
            "url": "",
            "state": "done" if is_done else "current" if name == current else "next",
        }
        for name, is_done in done.items()
    ]


def _criterion(slug: str, result: CriterionResult) -> dict[str, Any]:
    links = [
        (source, address(slug, source))
        for source in result.sources
        if source.partition("-")[0] in ("REQ", "EVD", "ASM", "SYS", "AST", "WVR")
    ]
    return {
        "result": result,
        "title": result.spec.title,
        "cell": VerdictCell(result.judgement.verdict, waived=bool(result.waived_by)),
        "reasons": result.judgement.reasons,
        "links": links,
        "waived_by": [(w, address(slug, w)) for w in result.waived_by],
        "plan": result.spec.level.value == "plan",
    }


def _condition_lines(current: facts.EvaluatedGate) -> str:
    """One line to complete for each criterion that is neither met nor waived."""
    return "\n".join(
        f"{c.spec.id} |  |  |  | "
        for c in current.result.applicable
        if c.judgement.verdict is Verdict.UNKNOWN and not c.waived_by
    )


@require_POST
def freeze_gate(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.gate_by_ref(actor, found.id, ref)
    snapshot = services.freeze_gate(actor=actor, gate_id=row.id)
    messages.success(request, f"Frozen as snapshot {snapshot.number}. Earlier signatures do not count on it.")
    return redirect(address(found.slug, row.ref))


@require_POST
def sign_gate(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("decide:gate:sign", found.id)
    row = selectors.gate_by_ref(actor, found.id, ref)
    form = SignForm(request.POST, auto_id="sign_%s")
    with_choices(form, "role", _signing_roles(actor, found.id))
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.sign_gate(
                actor=actor,
                gate_id=row.id,
                role=Role(given["role"]),
                stance=Stance(given["stance"]),
                digest=given["digest"],
                reason=given["reason"],
            ),
        ):
            messages.success(request, f"Signed: {Stance(given['stance']).label}.")
            return redirect(address(found.slug, row.ref))
    return _room(request, actor, found, row, sign=form)


@require_POST
def decide_gate(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("decide:gate:decide", found.id)
    row = selectors.gate_by_ref(actor, found.id, ref)
    form = DecideForm(request.POST, auto_id="decide_%s")
    options = selectors.options_of([row.id]).get(row.id, [])
    with_choices(form, "option", [(o.id, o.label) for o in options], empty="None named")
    if form.is_valid():
        given = form.cleaned_data
        outcome = Outcome(given["outcome"])
        decision = attempt(
            form,
            lambda: services.decide_gate(
                actor=actor,
                gate_id=row.id,
                outcome=outcome,
                reason=given["reason"],
                option_id=int(given["option"]) if given["option"] else None,
                conditions=read_conditions(given["conditions"], members_of(actor, found.id))
                if outcome is Outcome.CONDITIONS
                else (),
            ),
        )
        if decision:
            messages.success(request, f"DEC-{decision.number}: {outcome.label}.")
            return redirect(address(found.slug, f"DEC-{decision.number}"))
    return _room(request, actor, found, row, decide=form)


@require_http_methods(["GET", "POST"])
def options(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The options of a gate, written as lines."""
    actor, found = actor_and_program(request, program)
    actor.must("decide:option:change", found.id)
    row = selectors.gate_by_ref(actor, found.id, ref)
    known = selectors.options_of([row.id]).get(row.id, [])
    form = OptionsForm(request.POST or None, initial={"options": "\n".join(_option_line(o) for o in known)})
    if request.method == "POST" and form.is_valid():
        kept = attempt(
            form,
            lambda: services.change_options(
                actor=actor, gate_id=row.id, options=read_options(form.cleaned_data["options"])
            ),
        )
        if kept is not None:
            messages.success(request, "The options were kept.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Options at {row.ref}",
            "sentence": "Two options are a threat and a wish; a decision compares at least three.",
            "cancel_url": address(found.slug, row.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Options", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def _option_line(option: selectors.OptionRow) -> str:
    cost = f"{option.cost:f}" if option.cost is not None else ""
    parts = [option.label, option.sentence, str(option.delay_days), cost, option.currency, option.cost_source]
    return " | ".join(parts).rstrip(" |")
