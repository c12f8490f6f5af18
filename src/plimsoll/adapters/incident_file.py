"""An incident as a file: scope answers, times of trigger events, what was sent and what was closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.clocks import load_clock_law
from plimsoll.adapters.incident_duties import incident_duties
from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.clocks.records import (
    Applies,
    Closing,
    IncidentRecord,
    ScopedDuty,
    Submission,
    Trigger,
)
from plimsoll.engines.clocks.starts import read_point
from plimsoll.engines.scoping.question_set import read_answers
from plimsoll.kernel.errors import BadInput

__all__ = ["IncidentFile", "read_incident"]


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # YAML reads times by itself


_Time = Annotated[str, BeforeValidator(_text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Submission(_Strict):
    obligation: str
    stage: str
    at: _Time


class _Closing(_Strict):
    obligation: str
    stage: str
    at: _Time
    reason: str
    signer: str
    of_start: _Time | None = None
    holds_until: _Time | None = None


class _File(_Strict):
    incident: str = ""
    answers: dict[str, Any] = Field(default_factory=dict)
    obligations: list[str] = Field(default_factory=list)
    classes: dict[str, str] = Field(default_factory=dict)
    triggers: dict[str, _Time | list[_Time]] = Field(default_factory=dict)
    submissions: list[_Submission] = Field(default_factory=list)
    closings: list[_Closing] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFile:
    """What the file says."""

    title: str
    """One line; empty if none is given."""
    duties: tuple[ScopedDuty, ...]
    """The duties that stand to the system."""
    record: IncidentRecord
    """Triggers, submissions and closings."""


def read_incident(content: bytes, *, what: str) -> IncidentFile:
    """The incident in a YAML or JSON document; BadInput names `what` and the first part that is wrong.

    `answers` are scope answers; `obligations` are duties that apply whatever the answers say. A trigger
    may have several times (who learned of it when); the earliest counts.
    """
    file = read_model(content, _File, what=what)
    return IncidentFile(
        title=file.incident,
        duties=_duties(file),
        record=IncidentRecord(
            triggers=tuple(
                Trigger(event=event, at=_instant(time, f"{what}: the time of {event}"))
                for event, times in file.triggers.items()
                for time in (times if isinstance(times, list) else [times])
            ),
            submissions=tuple(
                Submission(duty=s.obligation, stage=s.stage, at=_instant(s.at, f"{what}: a submission"))
                for s in file.submissions
            ),
            closings=tuple(_closing(entry, what) for entry in file.closings),
        ),
    )


def _closing(entry: _Closing, what: str) -> Closing:
    named = f"{what}: a closing"
    return Closing(
        duty=entry.obligation,
        stage=entry.stage,
        at=_instant(entry.at, named),
        reason=entry.reason,
        signer=entry.signer,
        of_start=_instant(entry.of_start, named) if entry.of_start else None,
        holds_until=_instant(entry.holds_until, named) if entry.holds_until else None,
    )


def _duties(file: _File) -> tuple[ScopedDuty, ...]:
    law = load_clock_law()
    named = [law.duty(one).id for one in file.obligations]
    classes = {law.duty(one).id: system_class for one, system_class in file.classes.items()}
    answers = read_answers(load_catalog().question_set, file.answers)
    scoped = {item.duty: item for item in incident_duties(answers, classes=classes)}
    for duty in named:
        scoped[duty] = ScopedDuty(
            duty=duty,
            applies=Applies.CERTAIN,
            because="the file names it",
            system_class=classes.get(duty, ""),
        )
    return tuple(scoped[duty] for duty in law.duties if duty in scoped)


def _instant(text: str, what: str) -> datetime:
    point = read_point(text, what=what)
    if not isinstance(point, datetime):
        raise BadInput(f"{what} is the day {point}.", hint="Give a time with its offset.")
    return point
