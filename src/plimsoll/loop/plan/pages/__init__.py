"""The pages of plan."""

from plimsoll.loop.plan.pages.tasks import change_tasks, new_task, task, tasks

__all__ = ["change_tasks", "new_task", "task", "tasks"]
