"""What plan lets others read."""

from plimsoll.loop.plan.selectors.adopted import AdoptedRow, adopted_requirements
from plimsoll.loop.plan.selectors.requirements import (
    RequirementRow,
    requirement_by_ref,
    requirements_after,
    requirements_due,
    requirements_named,
    requirements_of,
    requirements_page,
)
from plimsoll.loop.plan.selectors.risks import (
    RiskRow,
    risk_by_ref,
    risks_after,
    risks_named,
    risks_of,
    risks_page,
)

__all__ = [
    "AdoptedRow",
    "RequirementRow",
    "RiskRow",
    "adopted_requirements",
    "requirement_by_ref",
    "requirements_after",
    "requirements_due",
    "requirements_named",
    "requirements_of",
    "requirements_page",
    "risk_by_ref",
    "risks_after",
    "risks_named",
    "risks_of",
    "risks_page",
]
