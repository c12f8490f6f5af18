"""What plan writes."""

from plimsoll.loop.plan.services.adopted import adopt_requirement
from plimsoll.loop.plan.services.requirements import change_requirements, derive_requirements
from plimsoll.loop.plan.services.risks import (
    NewRisk,
    change_risks,
    describe_risk,
    estimate_risk,
    raise_risks,
)

__all__ = [
    "NewRisk",
    "adopt_requirement",
    "change_requirements",
    "change_risks",
    "derive_requirements",
    "describe_risk",
    "estimate_risk",
    "raise_risks",
]
