"""Which duties stand to a system, by its scope answers, as the clocks of an incident need them."""

from __future__ import annotations

from collections.abc import Mapping

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.records import Applies, ScopedDuty
from plimsoll.engines.clocks.running import INCIDENT_CATEGORIES
from plimsoll.engines.scoping.evaluation import evaluate

__all__ = ["incident_duties"]


def incident_duties(
    answers: Mapping[str, str], *, classes: Mapping[str, str] | None = None
) -> tuple[ScopedDuty, ...]:
    """The duties that an incident of a system with these answers may set off, in the order of the catalog.

    A duty that is out is left out. One that no question decides is kept as “not asked”, with the fact
    that is missing: nobody has said that it does not apply. `classes` names the date of application that
    binds, by duty.
    """
    catalog = load_catalog()
    scope = evaluate(catalog.question_set, catalog.obligation_rules, answers)
    found = {item.rule.id: item for item in scope.items}
    duties: list[ScopedDuty] = []
    for duty in load_clock_law().duties.values():
        if duty.category not in INCIDENT_CATEGORIES:
            continue
        if duty.id in catalog.obligations_not_asked:
            applies = Applies.NOT_ASKED
            because = f"we do not know {catalog.obligations_not_asked[duty.id]}"
        elif (item := found[duty.id]).truth is False:
            continue
        else:
            applies = Applies.CERTAIN if item.truth else Applies.OPEN
            because = "; ".join(item.reasons)
        duties.append(
            ScopedDuty(
                duty=duty.id,
                applies=applies,
                because=because,
                system_class=(classes or {}).get(duty.id, ""),
            )
        )
    return tuple(duties)
