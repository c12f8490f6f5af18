"""What plan lets others read."""

from plimsoll.loop.plan.selectors.parts import DeputyRow, PartRow, deputies_of, parts_of
from plimsoll.loop.plan.selectors.requirements import (
    RequirementRow,
    requirement_by_ref,
    requirements_after,
    requirements_due,
    requirements_in_force,
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
from plimsoll.loop.plan.selectors.tasks import (
    TaskRow,
    task_by_ref,
    tasks_after,
    tasks_due,
    tasks_following,
    tasks_named,
    tasks_of,
    tasks_page,
    tasks_under,
)
from plimsoll.loop.plan.selectors.worksheets import PERMISSIONS_OF, SHEETS, sheet_named, worksheet_records

__all__ = [
    "PERMISSIONS_OF",
    "SHEETS",
    "DeputyRow",
    "PartRow",
    "RequirementRow",
    "RiskRow",
    "TaskRow",
    "deputies_of",
    "parts_of",
    "requirement_by_ref",
    "requirements_after",
    "requirements_due",
    "requirements_in_force",
    "requirements_named",
    "requirements_of",
    "requirements_page",
    "risk_by_ref",
    "risks_after",
    "risks_named",
    "risks_of",
    "risks_page",
    "sheet_named",
    "task_by_ref",
    "tasks_after",
    "tasks_due",
    "tasks_following",
    "tasks_named",
    "tasks_of",
    "tasks_page",
    "tasks_under",
    "worksheet_records",
]
