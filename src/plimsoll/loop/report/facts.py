"""Assembles what the brief says, from other stages' selectors, for one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.gates.status import Colour
from plimsoll.engines.incidents.kinds import Sort
from plimsoll.engines.incidents.lesson import Finding
from plimsoll.engines.reports.brief_facts import (
    BriefFacts,
    DecisionFact,
    ExceptionFact,
    ExceptionKind,
    GateFact,
    Measured,
    Movement,
    NotMeasured,
    OptionFact,
    PositionFact,
    RiskFact,
    SystemFact,
    UnknownFact,
)
from plimsoll.engines.reports.inlines import Number, Status
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.units import percent
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import facts as decide_facts
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.respond import selectors as respond
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address

__all__ = ["brief_facts"]

LOOKING_BACK = timedelta(days=14)
"""How far back the movement of risks is measured."""
STATUS = {
    Colour.RED: Status.RED,
    Colour.AMBER: Status.AMBER,
    Colour.GREEN: Status.GREEN,
    Colour.WHITE: Status.WHITE,
}


def brief_facts(actor: Actor, program: ProgramRow, *, now: datetime) -> BriefFacts:
    """What the nine lines say of the program at `now`; Conflict while it has no system."""
    systems = scope.systems_of(actor, program.id)
    if not systems:
        raise Conflict(
            f"{program.name} has no system yet, so there is nothing to brief about.",
            hint="Describe a system first.",
        )
    dossiers = decide_facts.dossiers(actor, program.id, systems, now=now)
    gates = [decide_facts.evaluate_gate(g, dossiers[g.system_id]) for g in decide.gates_of(actor, program.id)]
    decided = {d.gate_id for d in decide.decisions_of(actor, program.id) if d.outcome is not Outcome.DEFER}
    happened = respond.incidents_of(actor, program.id)
    record = digest_value(
        {
            "gates": [g.digest for g in gates],
            "scopes": [d.sheet.scope.confidence for d in dossiers.values()],
            "incidents": [[row.ref, row.sort.value, row.closed_at is None] for row in happened],
            "status": [decide_facts.system_status(d).colour.value for d in dossiers.values()],
        }
    )
    return BriefFacts(
        program=program.name,
        as_of=now,
        record=record,
        log_position=entry_count(),
        systems=tuple(_system(program.slug, d, gates) for d in dossiers.values()),
        risks=_risks(actor, program, systems, dossiers, now),
        unknowns=_unknowns(program.slug, list(dossiers.values())),
        decisions=_decisions(program.slug, gates, decided, dossiers),
        exceptions=_exceptions(program.slug, list(dossiers.values())),
        incidents=_incidents(program.slug, happened, now),
        forecasts=NotMeasured(reason="No forecast has been made and resolved yet"),
        earned=NotMeasured(reason="Loss is not simulated yet, so nothing can be called earned"),
    )


def _incidents(slug: str, rows: Sequence[respond.IncidentRow], now: datetime) -> Measured | NotMeasured:
    """How many happened and nearly did, and in how many of those reviewed the gate had asked."""
    if not rows:
        return NotMeasured(reason="Nobody has declared an incident or a near miss")
    reviews = respond.reviews_of([row.id for row in rows])
    asked = sum(review.finding in HAD_ASKED for review in reviews.values())
    href = f"/{slug}/incidents/"

    def count(sort: Sort) -> Number:
        found = [row for row in rows if row.sort is sort]
        still = sum(row.closed_at is None for row in found)
        return Number(
            value=str(len(found)),
            source=f"Declared by {now:%d %b %Y}",
            interval=f"{still} open" if still else "",
            href=f"{href}?happened={sort.value}",
        )

    caught = Number(
        value=f"{asked} of {len(reviews)}", source="Reviews of incidents", unit="reviewed", href=href
    )
    return Measured(
        figures=(
            ("Incidents", count(Sort.INCIDENT)),
            ("near misses", count(Sort.HAZARD)),
            ("our gate had asked in", caught),
        ),
        sentence=_findings(len(rows), reviews.values()),
    )


HAD_ASKED = (Finding.ANSWERED, Finding.WAIVED, Finding.UNKNOWN, Finding.OVERRULED)
"""The findings by which a criterion of the gate was about the cause."""


def _findings(total: int, reviews: Iterable[respond.ReviewRow]) -> str:
    """What the reviews found, in words, and how many are missing."""
    found = Counter(review.finding for review in reviews)
    parts = [f"{found[f]} {f.value.replace('_', ' ')}" for f in Finding if found[f]]
    missing = total - sum(found.values())
    if missing:
        parts.append(f"{missing} not reviewed yet")
    return f"What the gate said of the cause: {', '.join(parts)}"


def _system(
    slug: str,
    dossier: decide_facts.Dossier,
    gates: Sequence[decide_facts.EvaluatedGate],
) -> SystemFact:
    system = dossier.system
    status = decide_facts.system_status(dossier)
    promise = system.next_promise
    ahead = next(
        (g for g in gates if g.gate.system_id == system.id and promise and g.gate.stage is promise.stage),
        None,
    )
    confidence = dossier.sheet.scope.confidence
    return SystemFact(
        ref=system.ref,
        name=system.name,
        audience=system.sentence or "Nobody has said what it does for whom",
        stage=system.label,
        status=STATUS[status.colour],
        rule=f"{status.because.title}: {status.because.text}"[:140],
        dates=NotMeasured(
            reason="No schedule is simulated yet", missing="three-point durations of the open work"
        ),
        load=NotMeasured(reason="No loss is simulated yet", missing="pooled estimates and a line"),
        gate=_gate(slug, ahead) if ahead else NotMeasured(reason="No gate is open"),
        evidence=Number(
            value=str(dossier.proofs.in_force),
            source="Evidence in force",
            unit="pieces",
            href=f"/{slug}/evidence/?system={system.ref.partition('-')[2]}&validity=valid",
        ),
        scope_confidence=Number(
            value=percent(confidence),
            source="Scope",
            unit="certain",
            href=f"/{slug}/scope/{system.ref}/",
        )
        if confidence is not None
        else NotMeasured(reason="Nothing is answered yet"),
        next_stage=promise.stage if promise else None,
        committed_on=promise.committed_on if promise else None,
        href=address(slug, system.ref),
    )


def _gate(slug: str, gate: decide_facts.EvaluatedGate) -> GateFact:
    href = address(slug, gate.gate.ref)

    def count(verdict: Verdict) -> Number:
        return Number(
            value=str(gate.result.count(verdict)),
            source=f"Criteria of {gate.gate.ref}",
            unit=verdict.word,
            href=href,
        )

    return GateFact(
        ref=gate.gate.ref,
        met=count(Verdict.MET),
        not_met=count(Verdict.NOT_MET),
        unknown=count(Verdict.UNKNOWN),
        href=href,
    )


def _risks(
    actor: Actor,
    program: ProgramRow,
    systems: Sequence[scope.SystemRow],
    dossiers: dict[int, decide_facts.Dossier],
    now: datetime,
) -> tuple[RiskFact, ...]:
    """Risks with the largest estimated loss first; movement is the change in proven requirements."""
    before = prove.proof_sheets(actor, program.id, systems, now=now - LOOKING_BACK)
    rows = sorted(plan.risks_of(actor, program.id), key=_size, reverse=True)
    found = []
    for row in rows:
        then = before.get(row.system_id) if row.system_id else None
        today = dossiers[row.system_id].proofs if row.system_id in dossiers else None
        movement, why = _movement(row, then, today, now)
        found.append(
            RiskFact(
                ref=row.ref,
                sentence=row.title,
                movement=movement,
                why=why,
                exposure=_exposure(program.slug, row),
                href=address(program.slug, row.ref),
            )
        )
    return tuple(found)


def _size(row: plan.RiskRow) -> tuple[bool, Decimal]:
    """For ordering only: best probability × upper end of the loss range."""
    if row.probability is None or row.loss is None:
        return False, Decimal(0)
    return True, Decimal(str(row.probability[1])) * row.loss[1]


def _movement(
    row: plan.RiskRow,
    then: prove.ProofSheet | None,
    today: prove.ProofSheet | None,
    now: datetime,
) -> tuple[Movement | NotMeasured, str]:
    if row.raised_at > now - LOOKING_BACK:
        return Movement.NEW, "raised within the last 14 days"
    if not row.catalog_id or then is None or today is None:
        return NotMeasured(reason="It names no catalog risk"), "no requirement is known to mitigate it"
    before, whole = _proven(row, then)
    after, whole_now = _proven(row, today)
    if not whole_now:
        return NotMeasured(reason="Nothing mitigates it"), "no requirement of the system mitigates it"
    held = f"{after} of {whole_now} mitigating requirements proven"
    if (after, whole_now) == (before, whole):
        return Movement.UNCHANGED, held
    better = after * max(whole, 1) > before * whole_now
    return (Movement.FALLING if better else Movement.RISING), f"{held}, {before} of {whole} two weeks ago"


def _proven(row: plan.RiskRow, sheet: prove.ProofSheet) -> tuple[int, int]:
    mitigating = [r for r in sheet.requirements if r.entry and row.catalog_id in r.entry.risks]
    met = sum(sheet.proofs[r.rule].judgement.verdict is Verdict.MET for r in mitigating)
    return met, len(mitigating)


def _exposure(slug: str, row: plan.RiskRow) -> Number | NotMeasured:
    if row.probability is None or row.loss is None:
        return NotMeasured(reason="Nobody has estimated it")
    low, high = row.loss
    return Number(
        value=f"{percent(row.probability[1])} a year",
        source=f"{row.estimated_by} alone"[:80],
        interval=f"{row.currency} {low:,.0f}–{high:,.0f} if so"[:48],
        href=address(slug, row.ref),
        prior=True,
    )


def _unknowns(slug: str, dossiers: Sequence[decide_facts.Dossier]) -> tuple[UnknownFact, ...]:
    """Unknown questions, those that settle most first."""
    ranked = [(u, d) for d in dossiers for u in d.sheet.unknowns if u.settles_best]
    ranked.sort(key=lambda pair: (-pair[0].settles_worst, -pair[0].settles_best))
    questions = load_catalog().question_set
    found = []
    for unknown, dossier in ranked:
        row = dossier.sheet.open_assumptions.get(unknown.question)
        value = questions[unknown.question].label(row.value) if row and row.value else ""
        found.append(
            UnknownFact(
                ref=row.ref if row else f"{dossier.system.ref} {unknown.question}",
                sentence=f"{dossier.system.name}: {questions[unknown.question].ask.rstrip('?')}",
                assumed=value,
                owner=row.owner if row else "",
                due_on=row.due_on if row else None,
                href=address(slug, row.ref) if row else f"/{slug}/scope/{dossier.system.ref}/",
            )
        )
    return tuple(found)


def _decisions(
    slug: str,
    gates: Sequence[decide_facts.EvaluatedGate],
    decided: set[int],
    dossiers: dict[int, decide_facts.Dossier],
) -> tuple[DecisionFact, ...]:
    """Gates that are promised, not decided, and have their three options written."""
    options = decide.options_of([g.gate.id for g in gates])
    snapshots = decide.latest_snapshots([g.gate.id for g in gates])
    signatures = decide.signatures_on([s.id for s in snapshots.values()])
    found = []
    for gate in gates:
        listed = options.get(gate.gate.id, [])
        promises = dossiers[gate.gate.system_id].system.promises
        promise = next((p for p in promises if p.stage is gate.gate.stage), None)
        if gate.gate.id in decided or promise is None or len(listed) < 3:
            continue
        snapshot = snapshots.get(gate.gate.id)
        against = [
            s
            for s in (signatures.get(snapshot.id, []) if snapshot else [])
            if s.stance in (Stance.DISSENT, Stance.SUPPORT)
        ]
        policy = load_catalog().policies[gate.gate.stage]
        fact = DecisionFact(
            ref=gate.gate.ref,
            question=f"May {gate.gate.system} enter {gate.gate.stage.label}",
            asked_of=" or ".join(policy.deciders),
            options=tuple(_option(slug, gate.gate.ref, o) for o in listed),
            due_on=promise.committed_on,
            positions=tuple(
                PositionFact(person=s.person, stance=s.stance.label, why=s.reason) for s in against
            ),
            href=address(slug, gate.gate.ref),
        )
        found.append((promise.committed_on, fact))
    return tuple(fact for _, fact in sorted(found, key=lambda pair: pair[0]))


def _option(slug: str, gate: str, option: decide.OptionRow) -> OptionFact:
    href = address(slug, gate)
    return OptionFact(
        name=option.label,
        sentence=option.sentence,
        loss=NotMeasured(reason="Loss is not simulated yet"),
        delay=Number(value=str(option.delay_days), unit="days", source=f"Options of {gate}", href=href),
    )


def _exceptions(slug: str, dossiers: Sequence[decide_facts.Dossier]) -> tuple[ExceptionFact, ...]:
    """Waivers in force, ending soonest first."""
    found = [
        ExceptionFact(
            ref=w.ref,
            kind=ExceptionKind.WAIVER,
            sentence=f"{dossier.system.name}: {_title(w.rule)}; meanwhile {w.compensating}",
            owner=w.decided_by,
            expires_on=w.expires_on,
            href=address(slug, w.ref),
        )
        for dossier in dossiers
        for w in dossier.waivers
        if w.state(dossier.today) == "in force"
    ]
    return tuple(sorted(found, key=lambda e: e.expires_on))


def _title(rule: str) -> str:
    catalog = load_catalog()
    entry = catalog.requirements.get(rule) or catalog.baseline.get(rule)
    return entry.title if entry else rule
