"""Bosun: a support assistant with retrieval and a refund tool; language, public, promised to a partner."""

from __future__ import annotations

from decimal import Decimal

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.loop.decide import selectors as gates
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import selectors as scoping
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.roles import Role
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]

DAY_0 = {
    "K1": "language", "S1": "public", "S3": "no", "S4": "no", "D3": "yes", "D4": "no", "M1": "api",
    "M3": "no", "A2": "no", "P1": "no", "R1": "yes", "B1": "yes", "B2": "no", "B3": "some",
    "O2": "no", "D1": "ordinary",
}  # fmt: skip
RESOLVED = ((-60, "A1", "write"), (-59, "D2", "yes"), (-56, "M2", "yes"), (-52, "R2", "transparency"))


def acts(story: Story) -> list[Act]:
    """The story of Bosun up to eleven days before its date."""
    return [_scope(story), _risks(story), _prove(story), _decide(story)]


def _scope(story: Story) -> Act:
    yield -63
    system = scope.describe_system(
        actor=story.who("noor"),
        program_id=story.program_id,
        name="Bosun",
        sentence="Answers support questions of 212 business customers and refunds small amounts",
        owner_id=story.id("dana"),
        off_switch_holder_id=story.id("priya"),
    )
    story.refs["bosun"] = f"SYS-{system.number}"
    scope.promise_stage(
        actor=story.who("noor"),
        system_id=system.pk,
        stage=Stage.PILOT,
        committed_on=story.day(11),
        promised_to="the first partner",
    )
    scope.answer_many(actor=story.who("noor"), system_id=system.pk, answers=DAY_0, source="kick-off, Noor")
    _assets(story, system.pk)
    yield -62
    for question, policy, owner, due in (
        ("P2", Policy.BLOCK_AT_GATE, "weiss", -38),
        ("S2", Policy.WORST_CASE, "ines", 4),
        ("A3", Policy.INCLUDE_ALL, "ines", 6),
        ("O3", Policy.WORST_CASE, "priya", 8),
    ):
        scope.assume(
            actor=story.who("noor"),
            system_id=system.pk,
            question=question,
            policy=policy,
            owner_id=story.id(owner),
            due_on=story.day(due),
        )
    for day, question, value in RESOLVED:
        yield day
        scope.answer(
            actor=story.who("tomas"),
            system_id=system.pk,
            question=question,
            value=value,
            source="design review",
        )
    yield -38
    row = next(
        a
        for a in scoping.assumptions_of(story.who("weiss"), story.program_id, now=story.today)
        if a.question == "P2"
    )
    scope.resolve_assumption(
        actor=story.who("weiss"), assumption_id=row.id, value="yes", source="vendor's contract"
    )


def _assets(story: Story, system_id: int) -> None:
    folder = story.assets / "bosun"
    folder.mkdir(parents=True, exist_ok=True)
    prompt = folder / "system-prompt.txt"
    prompt.write_text(
        "You help customers of Halyard. Use only the retrieved articles. Refund at most 50 EUR.\n"
    )
    for kind, name, location, provenance in (
        ("vendor", "Model vendor", "", "pinned model version by contract"),
        ("prompt", "System prompt", "bosun/system-prompt.txt", "written by Tomas"),
        ("vector store", "Articles", "", "41,000 articles, 3,200 of them from tenants and vendors"),
        ("tool", "Refund tool", "", "own service, limit 50 EUR"),
    ):
        scope.register_asset(
            actor=story.who("tomas"),
            system_id=system_id,
            kind=kind,
            name=name,
            digest=_digest(story, location),
            owner_id=story.id("tomas"),
            location=location,
            provenance=provenance,
        )


def _digest(story: Story, location: str) -> str:
    from plimsoll.adapters.asset_files import AssetFiles

    return AssetFiles(story.assets).digest(location) or "" if location else ""


def _risks(story: Story) -> Act:
    yield -58
    actor = story.who("ines")
    system = scoping.system_by_ref(actor, story.program_id, story.refs["bosun"])
    told = (
        ("A vendor's document makes the assistant refund or disclose", "RSK-MOD-03", "ines",
         "anybody can place text in what is retrieved", "hidden instructions reach the model",
         "money is refunded or data disclosed without a person seeing it"),
        ("One customer sees another customer's tickets", "RSK-DEP-07", "tomas",
         "retrieval filters by query, not by tenant", "an answer quotes another tenant",
         "contracts are broken and customers leave"),
        ("Credentials end up in traces", "RSK-DEP-10", "priya",
         "traces keep whole tool calls", "a token is read from a log", "the refund service is misused"),
        ("The vendor changes the model under us", "RSK-DEP-09", "tomas",
         "the vendor retires the pinned version", "answers change without our tests",
         "wrong promises are made to customers"),
        ("Somebody runs up the bill", "RSK-OPS-04", "priya",
         "the chat is open to the internet", "scripts ask all night", "the month costs a multiple"),
    )  # fmt: skip
    made = plan.raise_risks(
        actor=actor,
        program_id=story.program_id,
        risks=[
            plan.NewRisk(
                title=title, catalog_id=catalog, owner_id=story.id(owner), cause=cause,
                event=event, consequence=consequence, system_id=system.id, due_on=story.day(9),
            )
            for title, catalog, owner, cause, event, consequence in told
        ],
    )  # fmt: skip
    yield -40
    plan.estimate_risk(
        actor=story.who("ines"),
        risk_id=made[0].pk,
        probability=(0.10, 0.18, 0.30),
        loss_low=Money(amount=Decimal(40_000), currency="EUR"),
        loss_high=Money(amount=Decimal(1_200_000), currency="EUR"),
    )
    plan.estimate_risk(
        actor=story.who("tomas"),
        risk_id=made[1].pk,
        probability=(0.01, 0.04, 0.10),
        loss_low=Money(amount=Decimal(20_000), currency="EUR"),
        loss_high=Money(amount=Decimal(600_000), currency="EUR"),
    )


OWNERS = {
    "threat-model": "ines", "secrets-and-dependency-scan": "ines", "authn-authz-review": "ines",
    "direct-injection-tests": "ines", "indirect-injection-tests": "ines", "tool-allow-list": "ines",
    "retrieval-authorisation": "tomas", "cross-tenant-test": "tomas", "rollback-drill": "tomas",
    "trace-logging": "tomas", "vendor-change-notice": "tomas", "off-switch-drill": "tomas",
    "dpia": "marc", "log-minimisation": "marc", "sub-processor-agreement": "weiss",
    "ai-disclosure": "tomas",
}  # fmt: skip


def _prove(story: Story) -> Act:
    yield -48
    story.own("bosun", OWNERS)
    yield -30
    story.attest(
        "bosun/threat-model", by="ines", reviewer="priya", name="bosun-threat-model.md",
        text="# Threat model of Bosun\nTrust boundaries: chat, retrieval, refund service.\n",
        says="The diagram with its boundaries, and eleven threats with what answers each.",
    )  # fmt: skip
    story.attest(
        "bosun/secrets-and-dependency-scan", by="ines", reviewer="priya",
        name="bosun-scans.md", text="# Scans of the released commit\nSecrets: 0. Advisories: 2, decided.\n",
        says="Both scan reports on the released commit, with the decision on each finding.",
    )  # fmt: skip
    yield -16
    story.attest(
        "bosun/dpia", by="marc", reviewer="okafor", name="bosun-dpia.md",
        text="# Data protection impact assessment of Bosun\nVersion 1.\n",
        says="The assessment with the officer's advice and the measures that follow from it.",
    )  # fmt: skip
    story.attest(
        "bosun/tool-allow-list", by="ines", reviewer="priya", verdict=False,
        name="bosun-tools.md", text="# Tools of Bosun\norders:read, refunds:write\n",
        says="The list of tools that the assistant may call, with their rights.",
    )  # fmt: skip
    yield -6
    story.attest(
        "bosun/direct-injection-tests", by="ines", name="bosun-injection-tests.md",
        text="# Injection tests\n500 attacks, 11 succeeded.\n",
        says="The test report with version of the set, pass mark, success rate and tries.",
    )  # fmt: skip


def _decide(story: Story) -> Act:
    yield -20
    noor, system = story.who("noor"), story.refs["bosun"]
    gate = next(g for g in gates.gates_of(noor, story.program_id) if g.system_ref == system)
    waiver = decide.request_waiver(
        actor=story.who("tomas"),
        program_id=story.program_id,
        requirement_ref=story.refs["bosun/trace-logging"],
        reason="Full tracing triples the latency; the pipeline is being rebuilt.",
        compensating="full traces on tool calls, one in five of the rest",
        exit_plan="The new pipeline traces everything from the next release on.",
        at_expiry="The requirement counts again and the gate says so.",
        revocation_trigger="an incident that the missing traces would have explained",
        expires_on=story.day(46),
    )
    yield -19
    decide.recommend_waiver(
        actor=story.who("ines"), program_id=story.program_id, waiver_id=waiver.pk, recommendation="fix"
    )
    yield -18
    decide.decide_waiver(
        actor=story.who("okafor"), program_id=story.program_id, waiver_id=waiver.pk, decision="accept"
    )
    yield -14
    decide.change_options(
        actor=noor,
        gate_id=gate.id,
        options=[
            decide.NewOption(label="A: as planned", sentence="All tools on, on the promised day"),
            decide.NewOption(
                label="B: wait", sentence="Two weeks later, provenance and filters finished",
                delay_days=14, cost=Money(amount=Decimal(44_000), currency="EUR"),
                cost_source="2 weeks at 22,000 a week",
            ),
            decide.NewOption(
                label="C: read-only first", sentence="Answers on the day, refunds two weeks later",
                delay_days=4, cost=Money(amount=Decimal(13_200), currency="EUR"),
                cost_source="30 % of 2 weeks' value",
            ),
        ],
    )  # fmt: skip
    yield from _sign(story, gate)


def _sign(story: Story, gate: gates.GateRow) -> Act:
    yield -4
    snapshot = decide.freeze_gate(actor=story.who("noor"), gate_id=gate.id)
    for handle, role, stance, reason in (
        ("priya", Role.ENGINEER, Stance.AGREE, ""),
        ("okafor", Role.APPROVER, Stance.SUPPORT, "I would wait for provenance of vendors' documents."),
    ):
        yield -3
        decide.sign_gate(
            actor=story.who(handle), gate_id=gate.id, role=role, stance=stance,
            digest=snapshot.digest, reason=reason,
        )  # fmt: skip
    yield -2
    decide.sign_gate(
        actor=story.who("almeida"), gate_id=gate.id, role=Role.EXECUTIVE, stance=Stance.DISSENT,
        digest=snapshot.digest, reason="Retention of traces is not settled; I would have to explain it.",
    )  # fmt: skip
    decide.decide_gate(
        actor=story.who("okafor"), gate_id=gate.id, outcome=Outcome.DEFER,
        reason="Provenance and the tool list are open. We meet again three days before the date.",
    )  # fmt: skip
    system = scoping.system_by_ref(story.who("dana"), story.program_id, story.refs["bosun"])
    decide.update_status(
        actor=story.who("dana"), system_id=system.id, sentence="The partner asked for the date again."
    )
    people.write_comment(
        actor=story.who("ines"), program_id=story.program_id, ref=gate.ref,
        text="@noor vendors' documents are the part nobody asked about: they are not tenants' uploads.",
    )  # fmt: skip
