"""The form of a playbook file. Unknown keys, tasks without order and unguarded containment are errors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from plimsoll.engines.incidents.kinds import Component, Concern, Phase, Role

__all__ = ["CoverageEntry", "PlaybookEdition", "PlaybookFile", "TaskEntry"]

Sentence = Annotated[str, StringConstraints(min_length=8, max_length=300, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
NEEDED = (Phase.TRIAGE, Phase.CONTAINMENT, Phase.RECOVERY, Phase.COMMUNICATION, Phase.REVIEW)
"""Phases that every playbook has a task for."""
WEEK = 7 * 24 * 60


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaybookEdition(_Strict):
    """Which edition of a file this is, and when it was last looked at."""

    id: Slug
    version: str
    checked_at: date
    stale_after_days: int = Field(default=180, ge=1, le=730)
    source: Sentence


class CoverageEntry(_Strict):
    """Kinds of incident: any of the components with any of the concerns."""

    components: list[Component] = Field(min_length=1)
    concerns: list[Concern] = Field(min_length=1)


class TaskEntry(_Strict):
    """One task; `minutes` count from the declaration."""

    id: Slug
    phase: Phase
    title: Sentence
    role: Role
    minutes: int = Field(ge=0, le=8 * WEEK)
    authority: Role | None = None
    evidence_first: list[Sentence] = Field(default_factory=list)
    after: list[Slug] = Field(default_factory=list)


class PlaybookFile(_Strict):
    """One playbook. `covers` is left out for one that is for every incident."""

    edition: PlaybookEdition
    title: Sentence
    covers: list[CoverageEntry] = Field(default_factory=list)
    tasks: list[TaskEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        minutes: dict[str, int] = {}
        for task in self.tasks:
            if task.id in minutes:
                raise ValueError(f"the task {task.id} appears twice")
            minutes[task.id] = task.minutes
        for task in self.tasks:
            for earlier in task.after:
                if earlier not in minutes:
                    raise ValueError(f"{task.id} comes after {earlier}, which is no task")
                # A task that is due before the one it waits for could never be on time.
                if minutes[earlier] > task.minutes or earlier == task.id:
                    raise ValueError(f"{task.id} comes after {earlier}, which is due later")
            if task.phase is Phase.CONTAINMENT and not task.evidence_first:
                raise ValueError(f"{task.id} contains, and names no evidence to take first")
        missing = [phase.value for phase in NEEDED if phase not in {task.phase for task in self.tasks}]
        if missing:
            raise ValueError(f"it has no task for {', '.join(missing)}")
        return self
