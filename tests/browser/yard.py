"""Fills an empty installation with two systems: one that is hit, and one whose first gate is met.

Run as a module with PLIMSOLL_HOME set; it works as people do, through the services.
"""

from __future__ import annotations

from datetime import timedelta

from plimsoll.cli.up import prepare

PASSWORD = "a long test password"
ANSWERS = {
    "K1": "tabular", "S1": "internal", "S2": "no", "S3": "no", "S4": "no", "D1": "none", "D2": "no",
    "D3": "no", "D4": "no", "M1": "ours", "M2": "yes", "M3": "no", "A1": "none", "A2": "no", "A3": "no",
    "P1": "no", "P2": "no", "O1": "yes", "O2": "yes", "O3": "yes", "R1": "no", "R2": "minimal",
    "B1": "no", "B2": "no", "B3": "none",
}  # fmt: skip
LAW = {
    "places": ["EU", "UK"], "established_in_eu": "yes", "personal_data": "ordinary",
    "data_roles": ["controller"], "sec_registrant": "no", "china_operator": "no",
    "us_critical_infrastructure": "no", "frontier_developer": "no", "digital_product": "no",
    "uk_nis_operator": "no", "financial_entity": "no", "nis2_any_size": "no", "size": "small",
    "sectors": ["none"],
}  # fmt: skip


def fill() -> None:
    """One person with every role, one who reviews, a program, and the two systems."""
    from plimsoll.kernel import clock
    from plimsoll.kernel.stages import Stage
    from plimsoll.loop.plan import selectors as plan
    from plimsoll.loop.prove import services as prove
    from plimsoll.loop.scope import services as scope
    from plimsoll.people import selectors, services
    from plimsoll.people.roles import Role

    omni = services.join(email="omni@yard.example", name="Omni Every", password=PASSWORD)
    eve = services.join(email="eve@yard.example", name="Eve Lund", password=PASSWORD)
    program = services.open_program(
        actor=selectors.actor_of(omni), name="Yard", roles=[r for r in Role if r is not Role.AUDITOR]
    )
    services.set_roles(
        actor=selectors.actor_of(omni), program_id=program.pk, email=eve.email, roles=[Role.ENGINEER]
    )
    one, other = selectors.actor_of(omni), selectors.actor_of(eve)
    soon = clock.today() + timedelta(days=60)
    systems = {
        name: scope.describe_system(
            actor=one, program_id=program.pk, name=name, sentence="Sorts the mail of one department",
            owner_id=omni.pk, off_switch_holder_id=eve.pk,
        )
        for name in ("Bosun", "Skiff")
    }  # fmt: skip
    for system in systems.values():
        scope.promise_stage(actor=one, system_id=system.pk, stage=Stage.PROTOTYPE, committed_on=soon)
    scope.answer_law(actor=one, system_id=systems["Bosun"].pk, answers=LAW)
    skiff = systems["Skiff"].pk
    scope.answer_many(actor=one, system_id=skiff, answers=ANSWERS)
    scope.register_asset(actor=one, system_id=skiff, kind="model", name="Sorter", digest="a" * 64)
    for row in plan.requirements_of(one, program.pk, [skiff]):
        if row.entry and row.entry.evidence.attestation and Stage.PROTOTYPE in row.entry.stages:
            made = prove.attest(
                actor=one, program_id=program.pk, requirement_ref=row.ref, file_name=f"{row.rule}.md",
                content=row.rule.encode(), sentence="What the requirement asks for, with names and dates.",
            )  # fmt: skip
            prove.review_evidence(
                actor=other, program_id=program.pk, evidence_ref=f"EVD-{made.number}", meets_intent=True
            )


if __name__ == "__main__":
    prepare()
    fill()
