"""Keel: tabular credit scoring; high risk under the AI Act, fairness by age, drift to be watched."""

from __future__ import annotations

from decimal import Decimal

from plimsoll.adapters.sample_models import CreditModel, train_credit
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import services as scope
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]

DAY_0 = {
    "K1": "tabular", "S1": "partners", "S2": "yes", "S3": "yes", "S4": "no", "D1": "ordinary",
    "D2": "no", "M1": "ours", "A1": "none", "A2": "no", "A3": "no", "P1": "no", "R1": "yes",
    "R2": "high", "M2": "yes", "B2": "yes", "O1": "yes", "M3": "yes", "B1": "no",
}  # fmt: skip
OWNERS = {
    "threat-model": "ines", "secrets-and-dependency-scan": "ines", "authn-authz-review": "ines",
    "training-data-provenance": "tomas", "model-artefact-scan": "tomas", "fairness-evidence": "tomas",
    "rollback-drill": "priya", "trace-logging": "priya", "dpia": "marc", "log-minimisation": "marc",
    "human-oversight": "tomas", "technical-file": "weiss",
}  # fmt: skip


def acts(story: Story) -> list[Act]:
    """The story of Keel: a first model that is unfair, a second one that is not."""
    return [_scope(story), _models(story), _risks(story), _prove(story)]


def _scope(story: Story) -> Act:
    yield -63
    system = scope.describe_system(
        actor=story.who("noor"),
        program_id=story.program_id,
        name="Keel",
        sentence="Scores loan applications for partner banks; decides alone below 3,000 euros",
        owner_id=story.id("tomas"),
        off_switch_holder_id=story.id("priya"),
        stage=Stage.PILOT,
    )
    story.refs["keel"] = f"SYS-{system.number}"
    scope.promise_stage(
        actor=story.who("noor"), system_id=system.pk, stage=Stage.LIMITED,
        committed_on=story.day(60), promised_to="two partner banks",
    )  # fmt: skip
    scope.answer_many(actor=story.who("noor"), system_id=system.pk, answers=DAY_0, source="kick-off, Noor")
    yield -61
    for question, policy, owner, due in (
        ("D3", Policy.WORST_CASE, "tomas", -9),
        ("P2", Policy.BLOCK_AT_GATE, "weiss", 20),
        ("O2", Policy.WORST_CASE, "priya", 12),
        ("B3", Policy.WORST_CASE, "priya", 15),
    ):
        scope.assume(
            actor=story.who("noor"), system_id=system.pk, question=question, policy=policy,
            owner_id=story.id(owner), due_on=story.day(due),
        )  # fmt: skip
    yield -1
    decide.update_status(
        actor=story.who("tomas"), system_id=system.pk,
        sentence="The second model holds the age limits; the technical file is half written.",
    )  # fmt: skip


def _models(story: Story) -> Act:
    """Trains twice, checks twice; the second version replaces the first, whose evidence stays behind."""
    yield -45
    system_id = story.system("keel").id
    folder = story.assets / "keel"
    first = train_credit(folder, version="1.0", balanced=False)
    second = train_credit(folder, version="1.1", balanced=True)
    current = folder / "model.pkl"
    current.write_bytes(first.model.read_bytes())
    asset = scope.register_asset(
        actor=story.who("tomas"), system_id=system_id, kind="model", name="Scoring model",
        digest=digest_bytes(current.read_bytes()), location="keel/model.pkl",
        provenance="trained by Tomas on drawn applications",
    )  # fmt: skip
    story.check("model-file", current, by="tomas")
    _fairness(story, first)
    yield -12
    current.write_bytes(second.model.read_bytes())
    scope.replace_asset(
        actor=story.who("tomas"), asset_id=asset.pk, digest=digest_bytes(current.read_bytes())
    )
    yield -11
    looked = story.check("model-file", current, by="tomas")
    names = story.imported_names(looked[0].ref)
    yield -10  # of two results made at the same moment the worse would count
    story.check("model-file", current, by="tomas", accept_globals=",".join(names))
    _fairness(story, second)


def _fairness(story: Story, files: CreditModel) -> None:
    story.check(
        "fairness", files.predictions, by="tomas", label="repaid", prediction="approved",
        attribute="age_group", attribute_source="application form", model=str(files.model),
    )  # fmt: skip


def _risks(story: Story) -> Act:
    told = (
        ("Young applicants are refused more often than their risk explains", "RSK-MOD-11", "tomas"),
        ("Brokers steer the training data through their notes", "RSK-DAT-02", "tomas"),
        ("A partner copies the model through the quote interface", "RSK-MOD-04", "ines"),
        ("The model is wrong for months after a bureau field changes meaning", "RSK-OPS-01", "priya"),
    )
    yield -50
    system_id = story.system("keel").id
    made = plan.raise_risks(
        actor=story.who("ines"),
        program_id=story.program_id,
        risks=[
            plan.NewRisk(
                title=title, catalog_id=catalog, owner_id=story.id(owner), system_id=system_id,
                due_on=story.day(40),
            )
            for title, catalog, owner in told
        ],
    )  # fmt: skip
    plan.estimate_risk(
        actor=story.who("tomas"), risk_id=made[0].pk, probability=(0.05, 0.15, 0.35),
        loss_low=Money(amount=Decimal(60_000), currency="EUR"),
        loss_high=Money(amount=Decimal(900_000), currency="EUR"),
    )  # fmt: skip


def _prove(story: Story) -> Act:
    yield -48
    story.own("keel", OWNERS)
    yield -25
    for rule, by, reviewer, says in (
        (
            "threat-model",
            "ines",
            "priya",
            "The diagram with its boundaries, and nine threats with answers.",
        ),
        ("secrets-and-dependency-scan", "ines", "priya", "Both scan reports on the released commit."),
        ("dpia", "marc", "okafor", "The assessment with the officer's advice and its measures."),
        (
            "rollback-drill",
            "priya",
            "ines",
            "The drill's record: 4 minutes 10 seconds to the former model.",
        ),
    ):
        story.attest(
            f"keel/{rule}", by=by, reviewer=reviewer, name=f"keel-{rule}.md",
            text=f"# {rule} of Keel\n{says}\n", says=says,
        )  # fmt: skip
