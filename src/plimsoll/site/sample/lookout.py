"""Lookout: vision at the edge that stops a crane; safety, signed updates, rollback."""

from __future__ import annotations

from datetime import timedelta

from plimsoll.adapters.sample_models import train_detector, write_trapped_backbone
from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide import facts
from plimsoll.loop.decide import selectors as gates
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import selectors as scoping
from plimsoll.loop.scope import services as scope
from plimsoll.people.roles import Role
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]

DAY_0 = {
    "K1": "vision", "S1": "internal", "S2": "yes", "S3": "no", "M1": "open_weights", "D3": "no",
    "A2": "no", "P1": "yes", "R1": "yes", "A1": "write", "S4": "yes", "D4": "no", "B3": "high",
}  # fmt: skip
OWNERS = {
    "secrets-and-dependency-scan": "ines", "model-artefact-scan": "tomas", "evasion-tests": "ines",
    "safety-case": "priya", "signed-updates": "priya", "off-switch-drill": "priya",
    "continuity-plan": "priya", "human-oversight": "tomas",
}  # fmt: skip


def acts(story: Story) -> list[Act]:
    """The story of Lookout: a trapped download, a clean detector, a first decision with conditions."""
    return [_scope(story), _model(story), _risks(story), _decide(story)]


def _scope(story: Story) -> Act:
    yield -63
    system = scope.describe_system(
        actor=story.who("noor"),
        program_id=story.program_id,
        name="Lookout",
        sentence="Sees people in the crane zone of six port yards and stops the crane",
        owner_id=story.id("priya"),
        off_switch_holder_id=story.id("priya"),
    )
    story.refs["lookout"] = f"SYS-{system.number}"
    for stage, day in ((Stage.PROTOTYPE, -20), (Stage.PILOT, 38)):
        scope.promise_stage(
            actor=story.who("noor"), system_id=system.pk, stage=stage,
            committed_on=story.day(day), promised_to="the yard in Gdansk",
        )  # fmt: skip
    scope.answer_many(actor=story.who("noor"), system_id=system.pk, answers=DAY_0, source="kick-off, Noor")
    for unknown in scoping.scope_sheet(
        story.who("noor"),
        scoping.system_by_id(story.who("noor"), system.pk),
        now=story.today,
    ).unknowns:
        scope.assume(
            actor=story.who("noor"), system_id=system.pk, question=unknown.question,
            policy=Policy.WORST_CASE if unknown.question in ("D1", "R2") else None,
            owner_id=story.id("tomas" if unknown.settles_best else "noor"),
            due_on=story.day(17 if unknown.settles_best else 30),
        )  # fmt: skip


def _risks(story: Story) -> Act:
    yield -55
    plan.raise_risks(
        actor=story.who("priya"),
        program_id=story.program_id,
        risks=[
            plan.NewRisk(
                title=title,
                catalog_id=catalog,
                owner_id=story.id(owner),
                system_id=story.system("lookout").id,
            )
            for title, catalog, owner in (
                ("A person at dusk is not seen and the crane moves", "RSK-MOD-01", "priya"),
                ("Somebody installs their own model on the cameras", "RSK-DEP-02", "tomas"),
                ("A rollback does not reach devices that are offline", "RSK-OPS-05", "priya"),
            )
        ],
    )
    yield -48
    story.own("lookout", OWNERS)


def _model(story: Story) -> Act:
    yield -57
    system_id = story.system("lookout").id
    folder = story.assets / "lookout"
    trapped = write_trapped_backbone(folder)
    detector = train_detector(folder, version="1.7.9")
    asset = scope.register_asset(
        actor=story.who("tomas"), system_id=system_id, kind="model", name="Detector",
        digest=digest_bytes(trapped.read_bytes()),
        provenance="backbone as downloaded, to be fine-tuned",
    )  # fmt: skip
    story.check("model-file", trapped, by="tomas")
    yield -33
    scope.replace_asset(
        actor=story.who("tomas"), asset_id=asset.pk, digest=digest_bytes(detector.read_bytes())
    )
    story.check("model-file", detector, by="tomas")


def _decide(story: Story) -> Act:
    """The prototype gate: go with a condition for everything that is not known yet."""
    yield -26
    story.attest(
        "lookout/secrets-and-dependency-scan", by="ines", reviewer="tomas",
        name="lookout-scans.md", text="# Scans of the device image\nNothing open.\n",
        says="Both scan reports on the device image, with the decision on each finding.",
    )  # fmt: skip
    noor = story.who("noor")
    gate = next(
        g
        for g in gates.gates_of(noor, story.program_id)
        if g.system_ref == story.refs["lookout"] and g.stage is Stage.PROTOTYPE
    )
    yield -22
    snapshot = decide.freeze_gate(actor=noor, gate_id=gate.id)
    decide.sign_gate(
        actor=story.who("okafor"), gate_id=gate.id, role=Role.APPROVER, stance=Stance.AGREE,
        digest=snapshot.digest,
    )  # fmt: skip
    yield -21
    now = story.today - timedelta(days=21)
    system = scoping.system_by_id(noor, gate.system_id)
    dossier = facts.dossiers(noor, story.program_id, [system], now=now)[system.id]
    unknown = [
        c
        for c in facts.evaluate_gate(gate, dossier).result.applicable
        if c.judgement.verdict is Verdict.UNKNOWN and not c.waived_by
    ]
    decide.decide_gate(
        actor=story.who("okafor"), gate_id=gate.id, outcome=Outcome.CONDITIONS,
        reason="Shadow mode stops nothing; what is not known is settled before the pilot.",
        conditions=[
            decide.NewCondition(
                criterion=c.spec.id, sentence=f"Settle: {c.spec.title}", owner_id=story.id("tomas"),
                due_on=story.day(17), effect="Lookout stays in shadow mode",
            )
            for c in unknown
        ],
    )  # fmt: skip
