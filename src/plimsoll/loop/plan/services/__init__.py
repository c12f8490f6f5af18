"""What plan writes."""

from plimsoll.loop.plan.services.adopted import adopt_requirement
from plimsoll.loop.plan.services.parts import assign_part, end_deputy, name_deputy, withdraw_parts
from plimsoll.loop.plan.services.raid import (
    NewMatter,
    confirm_dependency,
    convert_record,
    raise_matter,
    rewrite_matter,
    title_for,
)
from plimsoll.loop.plan.services.requirements import change_requirements, derive_requirements
from plimsoll.loop.plan.services.risks import (
    NewRisk,
    change_risks,
    describe_risk,
    estimate_risk,
    raise_risks,
)
from plimsoll.loop.plan.services.task_plans import TaskPlan
from plimsoll.loop.plan.services.tasks import change_tasks, plan_tasks, rewrite_tasks
from plimsoll.loop.plan.services.worksheets import apply_worksheet, compare_worksheet

__all__ = [
    "NewMatter",
    "NewRisk",
    "TaskPlan",
    "adopt_requirement",
    "apply_worksheet",
    "assign_part",
    "change_requirements",
    "change_risks",
    "change_tasks",
    "compare_worksheet",
    "confirm_dependency",
    "convert_record",
    "derive_requirements",
    "describe_risk",
    "end_deputy",
    "estimate_risk",
    "name_deputy",
    "plan_tasks",
    "raise_matter",
    "raise_risks",
    "rewrite_matter",
    "rewrite_tasks",
    "title_for",
    "withdraw_parts",
]
