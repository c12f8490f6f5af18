"""The pages of plan."""

from plimsoll.loop.plan.pages.tasks import change_tasks, new_task, task, tasks
from plimsoll.loop.plan.pages.worksheets import apply_worksheet, worksheet, worksheet_file

__all__ = [
    "apply_worksheet",
    "change_tasks",
    "new_task",
    "task",
    "tasks",
    "worksheet",
    "worksheet_file",
]
