"""The pages of plan."""

from plimsoll.loop.plan.pages.parts import change_parts, deputies, end_deputy, raci
from plimsoll.loop.plan.pages.tasks import change_tasks, new_task, task, tasks
from plimsoll.loop.plan.pages.worksheets import apply_worksheet, worksheet, worksheet_file

__all__ = [
    "apply_worksheet",
    "change_parts",
    "change_tasks",
    "deputies",
    "end_deputy",
    "new_task",
    "raci",
    "task",
    "tasks",
    "worksheet",
    "worksheet_file",
]
