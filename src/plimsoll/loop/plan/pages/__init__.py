"""The pages of plan."""

from plimsoll.loop.plan.pages.parts import change_parts, deputies, end_deputy, raci
from plimsoll.loop.plan.pages.raid import confirm_dependency, convert_record, matter, new_matter, raid
from plimsoll.loop.plan.pages.tasks import change_tasks, new_task, task, tasks
from plimsoll.loop.plan.pages.worksheets import apply_worksheet, worksheet, worksheet_file

__all__ = [
    "apply_worksheet",
    "change_parts",
    "change_tasks",
    "confirm_dependency",
    "convert_record",
    "deputies",
    "end_deputy",
    "matter",
    "new_matter",
    "new_task",
    "raci",
    "raid",
    "task",
    "tasks",
    "worksheet",
    "worksheet_file",
]
