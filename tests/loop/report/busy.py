"""Bosun with something to say on every line of the brief."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from plimsoll.engines.gates.quorum import Stance
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import services as scope
from plimsoll.people.roles import Role
from tests.loop.decide.bridge import freeze, sign
from tests.loop.decide.test_waivers import granted
from tests.voyages import DAY, Voyage, attested, gate_of

LATER = DAY + timedelta(days=20)
"""The day of the brief: old risks have moved or not, the deadline is near."""


def make_busy(bosun: Voyage) -> Voyage:
    """Three risks, an assumption, a waiver, three options, a dissent, some evidence."""
    crew, tess = bosun.crew, bosun.crew.actor("tess")
    scope.register_asset(actor=tess, system_id=bosun.system.pk, kind="vendor", name="Vendor")
    scope.answer(actor=tess, system_id=bosun.system.pk, question="A1", value="write")
    scope.assume(
        actor=tess,
        system_id=bosun.system.pk,
        question="S2",
        policy=Policy.WORST_CASE,
        owner_id=crew.id("eve"),
        due_on=date(2027, 2, 3),
    )
    risks = plan.raise_risks(
        actor=tess,
        program_id=bosun.program_id,
        risks=[
            plan.NewRisk(
                title="Hidden instructions refund money",
                catalog_id="RSK-MOD-03",
                system_id=bosun.system.pk,
            ),
            plan.NewRisk(
                title="Somebody runs up the bill", catalog_id="RSK-OPS-04", system_id=bosun.system.pk
            ),
            plan.NewRisk(title="The team leaves"),
        ],
    )
    plan.estimate_risk(
        actor=tess,
        risk_id=risks[0].pk,
        probability=(0.10, 0.18, 0.30),
        loss_low=Money(amount=Decimal(40_000), currency="EUR"),
        loss_high=Money(amount=Decimal(1_200_000), currency="EUR"),
    )
    decide.change_options(
        actor=tess,
        gate_id=gate_of(bosun, Stage.PILOT).id,
        options=[
            decide.NewOption(label="A", sentence="As planned"),
            decide.NewOption(label="B", sentence="Two weeks later", delay_days=14),
            decide.NewOption(label="C", sentence="Read-only first", delay_days=4),
        ],
    )
    with frozen_at(LATER - timedelta(days=2)):
        attested(bosun, "threat-model")
        attested(bosun, "tool-allow-list")
        attested(bosun, "indirect-injection-tests")
        granted(bosun, rule="trace-logging", expires_on=date(2027, 3, 1))
        decide.update_status(
            actor=crew.actor("dev"), system_id=bosun.system.pk, sentence="The partner asks for the date."
        )
        freeze(bosun)
        sign(bosun, "xan", Role.EXECUTIVE, Stance.DISSENT, reason="Retention is not settled.")
    with frozen_at(LATER):
        plan.raise_risks(
            actor=tess, program_id=bosun.program_id, risks=[plan.NewRisk(title="The vendor raises prices")]
        )
    return bosun
