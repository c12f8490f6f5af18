"""Loads a program in which everything has happened once: what the page and API contracts visit.

Made once for a module and committed; each test runs in a transaction that is rolled back.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.evidence import run_check
from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.engines.tlog.checkpoint import parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.keys import KeyType, Signer
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.policy import parse_policy
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import witnessing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.selectors import entries_of
from plimsoll.loop.decide import facts
from plimsoll.loop.decide import selectors as gates
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import selectors as work
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove import services as prove
from plimsoll.loop.report import services as report
from plimsoll.loop.respond import selectors as incidents
from plimsoll.loop.respond import services as respond
from plimsoll.loop.scope import selectors as scoping
from plimsoll.loop.scope import services as scope
from plimsoll.loop.watch import services as watch
from plimsoll.loop.watch.services import log_signer
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.roles import Role
from tests import personas
from tests.voyages import BOSUN, once

NAME = "North Star Lines"
"""No page that a stranger gets may hold these words."""
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
CI_KEY = Ed25519PrivateKey.from_private_bytes(b"c" * 32)
PREDICTIONS = "y,p,age\n" + "1,1,old\n0,0,old\n1,1,young\n0,1,young\n" * 40


@dataclass(frozen=True, slots=True)
class Laden:
    """A program in which everything has happened once."""

    crew: personas.Crew
    refs: dict[str, str] = field(default_factory=dict)
    """What it is called here → its ref, key or digest."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Name of a token → its secret."""
    envelopes: dict[str, bytes] = field(default_factory=dict)
    """Name of a statement → the statement as a pipeline would push it."""

    @property
    def slug(self) -> str:
        return str(self.crew.program.slug)

    @property
    def program_id(self) -> int:
        return int(self.crew.program.pk)

    def actor(self, name: str) -> Actor:
        return self.crew.actor(name)

    def at(self, path: str) -> str:
        """The address of a path within the program; refs stand in braces, such as gates/{gate}/."""
        return f"/{self.slug}/{path.format(**self.refs)}"


@contextmanager
def committed(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written inside is committed and stays for all tests of a module; then it is emptied."""
    with blocker.unblock():
        try:
            yield
        finally:
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module", name="laden")
def laden_program(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laden]:
    with committed(django_db_blocker):
        yield once("laden", lambda: load(tmp_path_factory.mktemp("laden")))


def load(folder: Path) -> Laden:
    """The whole cast, two systems, and one of everything that pages show."""
    with clock.frozen_at(NOW - timedelta(days=120)):
        here = Laden(crew=personas.board(NAME))
        here.refs.update({f"{name}_id": str(user.pk) for name, user in here.crew.users.items()})
        _a_stranger(here)
        _keys_and_tokens(here)
        _bosun(here)
    with clock.frozen_at(NOW - timedelta(days=100)):
        _old_things(here, folder)
    with clock.frozen_at(NOW - timedelta(days=2)):
        _risks(here)
        _evidence(here, folder)
        _tasks(here)
        _waivers(here)
        _tiller(here)
        _bosun_gate(here)
        _words(here)
        _watched(here, folder)
        _incidents(here)
    with clock.frozen_at(NOW):
        _cosigned(here)
        here.refs["entry"] = str(entries_of(here.program_id)[0][0].index)
    return here


def _cosigned(here: Laden) -> None:
    """A checkpoint that a witness cosigned, and another who could not be reached."""
    made = make_checkpoint(log_signer())
    here.refs["checkpoint"] = str(made.size)
    key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    witness = Signer(name="witness.example/one", key=key, type=KeyType.ED25519_COSIGNATURE)
    state = parse_checkpoint(parse_note(made.note.encode()).body)
    line = cosign(state, witness, int(NOW.timestamp()))
    policy = parse_policy(f"witness one {witness.verifier}\nquorum one\n".encode())
    witnessing.keep_cosignatures(made.note.encode() + line.serialised, policy)
    witnessing.keep_answers(
        witnessing.Answer(witness=name, standing=standing, words=words, asked_at=NOW, size=size)
        for name, standing, words, size in (
            ("one", "cosigned", f"cosigned {made.size} entries", made.size),
            ("two", "unreachable", "could not be reached: no answer within 10 seconds", None),
        )
    )


def _a_stranger(here: Laden) -> None:
    """Mallory runs a program of her own, so that she is a stranger here and not merely nobody."""
    other = people.open_program(actor=here.actor("mallory"), name="Flotsam")
    here.refs["other"] = other.slug


def _keys_and_tokens(here: Laden) -> None:
    tess = here.actor("tess")
    for name, seed in (("key", CI_KEY), ("revoked_key", Ed25519PrivateKey.from_private_bytes(b"r" * 32))):
        row = prove.trust_key(
            actor=tess,
            program_id=here.program_id,
            name=f"The {name}",
            public_key=base64.b64encode(seed.public_key().public_bytes_raw()).decode(),
        )
        here.refs[name] = str(row.pk)
    prove.revoke_key(actor=tess, program_id=here.program_id, key_row_id=int(here.refs["revoked_key"]))
    everything = ("read", "scope", "plan", "prove", "decide", "respond")
    for name, who, scopes, days in (
        ("full", "tess", everything, 200),
        ("read", "tess", ("read",), 200),
        ("write", "tess", ("scope", "plan", "prove"), 200),
        ("expired", "tess", everything, 30),
        ("revoked", "tess", everything, 200),
        ("dev", "dev", everything, 200),
    ):
        row, here.tokens[name] = people.issue_token(
            actor=here.actor(who), program_id=here.program_id, name=f"token {name}", scopes=scopes, days=days
        )
        here.refs[f"token_{name}"] = str(row.pk)
    people.revoke_token(actor=tess, program_id=here.program_id, token_id=int(here.refs["token_revoked"]))
    mallory = here.actor("mallory")
    other = next(iter(mallory.grants))
    _, here.tokens["stranger"] = people.issue_token(
        actor=mallory, program_id=other, name="of Flotsam", scopes=everything, days=200
    )


def _bosun(here: Laden) -> None:
    tess = here.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=here.program_id,
        name="Bosun",
        sentence="Answers customers' questions and refunds small amounts",
        owner_id=here.crew.id("dev"),
        off_switch_holder_id=here.crew.id("eve"),
    )
    here.refs.update({"system": f"SYS-{system.number}", "system_id": str(system.pk)})
    scope.promise_stage(
        actor=tess,
        system_id=system.pk,
        stage=Stage.PILOT,
        committed_on=(NOW + timedelta(days=74)).date(),
        promised_to="the first partner",
    )
    scope.answer_many(actor=tess, system_id=system.pk, answers=BOSUN)
    scope.promise_stage(
        actor=tess, system_id=system.pk, stage=Stage.LIMITED, committed_on=(NOW + timedelta(days=160)).date()
    )
    here.refs["gate"], here.refs["unfrozen"] = (g.ref for g in gates.gates_of(tess, here.program_id))


def _old_things(here: Laden, folder: Path) -> None:
    """What has expired or changed since: an assumption, evidence, a waiver, an answer."""
    dev, system_id = here.actor("dev"), int(here.refs["system_id"])
    soon = (NOW - timedelta(days=90)).date()
    scope.assume(actor=dev, system_id=system_id, question="S2", policy=Policy.WORST_CASE, due_on=soon)
    made = scope.assume(
        actor=dev,
        system_id=system_id,
        question="O3",
        find_out="ask operations",
        due_on=(NOW + timedelta(days=20)).date(),
    )
    here.refs["assumption"] = f"ASM-{made.number}"
    scope.answer(actor=dev, system_id=system_id, question="P2", value="yes", source="the contract")
    scope.answer(actor=dev, system_id=system_id, question="O1", value="not_applicable", reason="out_of_scope")
    model = folder / "old-model.txt"
    model.write_text("weights that were replaced")
    asset = scope.register_asset(
        actor=dev,
        system_id=system_id,
        kind="model",
        name="Router",
        digest=digest_bytes(model.read_bytes()),
        provenance="trained by Dev",
    )
    here.refs["asset"] = f"AST-{asset.number}"
    here.refs["asset_id"] = str(asset.pk)
    here.refs["old_evidence"] = _checked(here, "model-file", model)[0].ref


def _checked(here: Laden, check: str, subject: Path, **parameters: object) -> list[prove.Accepted]:
    ran = run_check(check, subject, parameters, key=CI_KEY, now=clock.now())
    return prove.accept_statement(actor=here.actor("dev"), program_id=here.program_id, envelope=ran.envelope)


def _risks(here: Laden) -> None:
    tess = here.actor("tess")
    made = plan.raise_risks(
        actor=tess,
        program_id=here.program_id,
        risks=[
            plan.NewRisk(
                title="A vendor's document makes it refund",
                catalog_id="RSK-MOD-03",
                cause="anybody writes",
                event="hidden words reach the model",
                consequence="money leaves",
                owner_id=here.crew.id("eve"),
                system_id=int(here.refs["system_id"]),
                due_on=(NOW + timedelta(days=9)).date(),
            ),
            plan.NewRisk(title="The budget is cut"),
            plan.NewRisk(title="Credentials end up in traces", system_id=int(here.refs["system_id"])),
        ],
    )
    here.refs.update({"risk": f"RSK-{made[0].number}", "closed_risk": f"RSK-{made[2].number}"})
    plan.estimate_risk(
        actor=here.actor("eve"),
        risk_id=made[0].pk,
        probability=(0.1, 0.18, 0.3),
        loss_low=Money(amount=Decimal(40_000), currency="EUR"),
        loss_high=Money(amount=Decimal(1_200_000), currency="EUR"),
    )
    plan.change_risks(actor=tess, program_id=here.program_id, refs=[here.refs["closed_risk"]], state="closed")


def _evidence(here: Laden, folder: Path) -> None:
    dev = here.actor("dev")
    model, predictions = folder / "router.safetensors", folder / "held-out.csv"
    model.write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    predictions.write_text(PREDICTIONS)
    scope.replace_asset(
        actor=dev, asset_id=int(here.refs["asset_id"]), digest=digest_bytes(model.read_bytes())
    )
    here.refs["evidence"] = _checked(here, "model-file", model)[0].ref
    here.refs["measured"] = _checked(
        here, "fairness", predictions, label="y", prediction="p", attribute="age", model=str(model)
    )[0].ref
    scope.register_asset(actor=dev, system_id=int(here.refs["system_id"]), kind="vendor", name="Model vendor")
    here.envelopes["new"] = run_check(
        "model-file", model, {}, key=CI_KEY, now=NOW - timedelta(hours=1)
    ).envelope
    for row in work.requirements_of(dev, here.program_id, [int(here.refs["system_id"])]):
        here.refs[row.rule] = row.ref
    here.refs["requirement"] = here.refs["threat-model"]
    attested = prove.attest(
        actor=dev,
        program_id=here.program_id,
        requirement_ref=here.refs["requirement"],
        file_name="threats.md",
        content=b"# Threats\n",
        sentence="Eleven threats with what answers each.",
    )
    here.refs["attested"] = f"EVD-{attested.number}"
    prove.review_evidence(
        actor=here.actor("cal"),
        program_id=here.program_id,
        evidence_ref=here.refs["attested"],
        meets_intent=True,
        sample="all pages",
        period_from=(NOW - timedelta(days=40)).date(),
        period_to=(NOW - timedelta(days=10)).date(),
    )


def _watched(here: Laden, folder: Path) -> None:
    """A monitor that has not looked yet, and a signal from rows that drifted."""
    monitor = watch.declare_monitor(
        actor=here.actor("dev"),
        system_id=int(here.refs["system_id"]),
        new=watch.NewMonitor(
            name="questions",
            reference="bosun/reference.csv",
            current="bosun/current.csv",
            every_hours=24,
            owner_id=here.crew.id("dev"),
        ),
    )
    here.refs["monitor"] = f"MON-{monitor.number}"
    reference, current = folder / "reference.csv", folder / "current.csv"
    reference.write_text("kind\n" + "refund\nadvice\n" * 4_000)
    current.write_text("kind\n" + "refund\n" * 8_000)
    model = folder / "router.safetensors"
    _checked(here, "drift", current, reference=str(reference), model=str(model))
    here.refs["signal"] = "SIG-1"


def _tasks(here: Laden) -> None:
    """Two tasks, one waiting for the other, and a milestone behind both."""
    dev, requirement = here.actor("dev"), here.refs["requirement"]
    first = plan.TaskPlan(
        title="List what can reach the model",
        requirement=requirement,
        owner_id=here.crew.id("dev"),
        starts_on=NOW.date(),
        due_on=(NOW + timedelta(days=5)).date(),
        days=(Decimal("1.5"), Decimal(3), Decimal(6)),
        ticket_url="https://tickets.example/7",
    )
    (made,) = plan.plan_tasks(actor=dev, program_id=here.program_id, tasks=[first])
    here.refs["task"] = f"TSK-{made.number}"
    second = plan.TaskPlan(
        title="Walk through the list with the partner",
        system_id=int(here.refs["system_id"]),
        owner_id=here.crew.id("eve"),
        due_on=(NOW + timedelta(days=12)).date(),
        after=(here.refs["task"],),
    )
    (made,) = plan.plan_tasks(actor=dev, program_id=here.program_id, tasks=[second])
    here.refs["waiting_task"] = f"TSK-{made.number}"
    third = plan.TaskPlan(
        title="The partner starts",
        kind="milestone",
        due_on=(NOW + timedelta(days=80)).date(),
        after=(here.refs["task"], here.refs["waiting_task"]),
    )
    (made,) = plan.plan_tasks(actor=dev, program_id=here.program_id, tasks=[third])
    here.refs["milestone"] = f"TSK-{made.number}"
    for kind, title in (("issue", "The vendor is down"), ("dependency", "Keys of the partner")):
        here.refs[kind] = plan.raise_matter(
            actor=dev,
            program_id=here.program_id,
            matter=plan.NewMatter(
                kind=kind,
                title=title,
                provider="the partner" if kind == "dependency" else "",
                system_id=int(here.refs["system_id"]),
                due_on=(NOW + timedelta(days=8)).date(),
            ),
        )
    plan.assign_part(
        actor=dev,
        program_id=here.program_id,
        refs=[requirement],
        person_id=here.crew.id("eve"),
        part="tester",
    )
    deputy = plan.name_deputy(
        actor=here.actor("tess"),
        program_id=here.program_id,
        person_id=here.crew.id("tess"),
        deputy_id=here.crew.id("ada"),
        first_on=NOW.date(),
        last_on=(NOW + timedelta(days=9)).date(),
    )
    here.refs["deputy"] = str(deputy.pk)
    found = plan.compare_worksheet(
        actor=dev, program_id=here.program_id, name="tasks", content=b"Ref;State\r\nTSK-1;doing\r\n"
    )
    here.refs["worksheet"] = found.digest


def _waivers(here: Laden) -> None:
    """One in each state that a person acts on."""
    for name, steps in (("asked", 0), ("recommended", 1), ("waiver", 2)):
        row = decide.request_waiver(
            actor=here.actor("dev"),
            program_id=here.program_id,
            requirement_ref=here.refs["trace-logging"],
            reason="Full tracing triples the latency.",
            compensating="traces on tool calls",
            exit_plan="The new pipeline traces everything.",
            at_expiry="It counts again.",
            revocation_trigger="an incident",
            expires_on=(NOW + timedelta(days=46)).date(),
        )
        here.refs[name] = f"WVR-{row.number}"
        if steps > 0:
            decide.recommend_waiver(
                actor=here.actor("cal"), program_id=here.program_id, waiver_id=row.pk, recommendation="fix"
            )
        if steps > 1:
            decide.decide_waiver(
                actor=here.actor("ada"), program_id=here.program_id, waiver_id=row.pk, decision="accept"
            )


def _tiller(here: Laden) -> None:
    """A second system, decided on with conditions."""
    tess = here.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=here.program_id,
        name="Tiller",
        sentence="Sorts incoming mail by topic",
        owner_id=here.crew.id("dev"),
        off_switch_holder_id=here.crew.id("eve"),
    )
    scope.promise_stage(
        actor=tess, system_id=system.pk, stage=Stage.PILOT, committed_on=(NOW + timedelta(days=30)).date()
    )
    unknown = {question.id: "unknown" for question in load_catalog().question_set.questions}
    answers = {**unknown, "K1": "tabular", "S1": "internal", "M1": "api", "D1": "none", "B2": "no"}
    scope.answer_many(actor=tess, system_id=system.pk, answers=answers)
    scope.register_asset(
        actor=tess, system_id=system.pk, kind="model", name="Sorter", digest=digest_bytes(b"sorter")
    )
    gate = next(g for g in gates.gates_of(tess, here.program_id) if g.system_id == system.pk)
    here.refs.update({"tiller": f"SYS-{system.number}", "decided_gate": gate.ref})
    snapshot = decide.freeze_gate(actor=tess, gate_id=gate.id)
    for who, role in (("eve", Role.ENGINEER), ("ada", Role.APPROVER)):
        decide.sign_gate(
            actor=here.actor(who), gate_id=gate.id, role=role, stance=Stance.AGREE, digest=snapshot.digest
        )
    decision = decide.decide_gate(
        actor=here.actor("ada"),
        gate_id=gate.id,
        outcome=Outcome.CONDITIONS,
        reason="It reads mail of volunteers only.",
        conditions=_conditions(here, gate),
    )
    here.refs["decision"] = f"DEC-{decision.number}"
    rows = gates.conditions_of(tess, here.program_id, decision_ids=[decision.pk])
    here.refs["condition"] = rows[0].ref


def _conditions(here: Laden, gate: gates.GateRow) -> list[decide.NewCondition]:
    tess = here.actor("tess")
    system = scoping.system_by_id(tess, gate.system_id)
    dossier = facts.dossiers(tess, here.program_id, [system], now=clock.now())[system.id]
    return [
        decide.NewCondition(
            criterion=c.spec.id,
            sentence=f"Show it: {c.spec.title}",
            owner_id=here.crew.id("dev"),
            due_on=(NOW + timedelta(days=20)).date(),
            effect="It goes back to prototype.",
        )
        for c in facts.evaluate_gate(gate, dossier).result.applicable
        if c.judgement.verdict is not Verdict.MET
    ]


def _bosun_gate(here: Laden) -> None:
    """Frozen and signed by some; nobody has decided."""
    tess = here.actor("tess")
    gate = gates.gate_by_ref(tess, here.program_id, here.refs["gate"])
    here.refs["gate_id"] = str(gate.id)
    decide.change_options(
        actor=tess,
        gate_id=gate.id,
        options=[
            decide.NewOption(label="A: as planned", sentence="All tools on, on the promised day"),
            decide.NewOption(
                label="B: wait",
                sentence="Two weeks later, all finished",
                delay_days=14,
                cost=Money(amount=Decimal(44_000), currency="EUR"),
                cost_source="2 weeks at 22,000",
            ),
            decide.NewOption(label="C: read-only", sentence="Answers on the day, refunds later"),
        ],
    )
    snapshot = decide.freeze_gate(actor=tess, gate_id=gate.id)
    here.refs["digest"] = snapshot.digest
    decide.sign_gate(
        actor=here.actor("cal"),
        gate_id=gate.id,
        role=Role.COMPLIANCE,
        stance=Stance.DISSENT,
        digest=snapshot.digest,
        reason="Retention of traces is not settled.",
    )


CLOCK = ("OBL-EU-GDPR-33", "notify")
"""A clock that runs in the laden program."""
CLOSED = ("OBL-UK-GDPR-33", "notify")
"""One that somebody closed."""


def lesson(title: str) -> respond.NewLesson:
    """A criterion for systems whose answers nobody has given, so that an unknown decides."""
    return respond.NewLesson(
        title=title,
        why="An invoice went to another customer.",
        acceptance="A test sends two customers' requests at once.",
        evidence="The report of the test, with dates.",
        severity="high",
        place="deployment",
        required_from=Stage.LIMITED,
        controls=("CTL-GOV-01",),
        answers={"A1": frozenset({"write"})},
    )


def _incidents(here: Laden) -> None:
    """An incident with something of everything, and a hazard."""
    tess, cal, system_id = here.actor("tess"), here.actor("cal"), int(here.refs["system_id"])
    scope.answer_law(
        actor=cal,
        system_id=system_id,
        answers={
            "places": ["EU", "UK"],
            "established_in_eu": "yes",
            "personal_data": "ordinary",
            "data_roles": ["controller"],
        },
    )
    made = respond.declare_incident(
        actor=tess,
        program_id=here.program_id,
        system_id=system_id,
        title="It sent one customer another's invoice",
        kind=IncidentKind(component=Component.MODEL, concern=Concern.SECURITY),
        occurred_at=clock.now() - timedelta(days=3),
    )
    here.refs["incident"], here.refs["incident_id"] = f"INC-{made.number}", str(made.pk)
    respond.change_incident(actor=tess, incident_id=made.pk, scribe_id=here.crew.id("eve"))
    respond.record_trigger(
        actor=tess, incident_id=made.pk, event="aware_personal_data_breach", at=clock.now()
    )
    respond.close_clock(
        actor=cal, incident_id=made.pk, duty=CLOSED[0], stage=CLOSED[1], reason="Nobody there was concerned."
    )
    respond.write_note(actor=here.actor("eve"), incident_id=made.pk, text="The cache was emptied.")
    respond.record_moments(actor=tess, incident_id=made.pk, times={Milestone.CONTAINED: clock.now()})
    first, second, *_ = incidents.tasks_of(made.pk)
    here.refs["incident_task"], here.refs["ticked"] = str(second.id), str(first.id)
    respond.tick_task(actor=tess, incident_id=made.pk, task_id=first.id)
    respond.write_review(
        actor=tess,
        incident_id=made.pk,
        trigger="A cache key without the customer in it.",
        root_causes=["Nobody had tested two customers at once."],
    )
    for name, title in (
        ("lesson", "Two customers are tested at once"),
        ("adopted", "Caches are per customer"),
    ):
        proposed = respond.propose_lesson(actor=tess, incident_id=made.pk, lesson=lesson(title))
        here.refs[name] = str(proposed.pk)
    respond.decide_lesson(actor=tess, incident_id=made.pk, lesson_id=int(here.refs["adopted"]), accept=True)
    held = respond.deposit_item(
        actor=tess,
        incident_id=made.pk,
        file_name="requests.log",
        content=b"GET /invoice\n",
        sentence="Requests of that hour.",
        retained_until=(NOW + timedelta(days=900)).date(),
    )
    here.refs["held"] = str(held.pk)
    near = respond.declare_incident(
        actor=tess,
        program_id=here.program_id,
        system_id=system_id,
        title="A tester nearly got a refund of 9,000",
        sort=Sort.HAZARD,
    )
    here.refs["hazard"] = f"INC-{near.number}"


def _words(here: Laden) -> None:
    decide.update_status(
        actor=here.actor("dev"), system_id=int(here.refs["system_id"]), sentence="The partner asked again."
    )
    people.write_comment(
        actor=here.actor("eve"), program_id=here.program_id, ref=here.refs["gate"], text="@tess look at this"
    )
    feed, _ = report.issue_feed(actor=here.actor("tess"), program_id=here.program_id, reach="mine")
    here.refs["feed"] = str(feed.pk)
    people.save_view(
        actor=here.actor("tess"),
        program_id=here.program_id,
        page="risks",
        name="Open ones",
        query="?state=open",
        shared=True,
    )
