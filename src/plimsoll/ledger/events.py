"""Every kind of event that can stand in the log, as stage:thing:past-participle."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Event", "EventKind"]


class EventKind(StrEnum):
    """What happened. The docs list each with its meaning; a test fails if one is missing there."""

    PERSON_JOINED = "people:person:joined"
    CREDENTIAL_CHANGED = "people:credential:changed"
    PERSON_ERASED = "people:person:erased"
    CONTENT_ERASED = "people:content:erased"
    PROGRAM_OPENED = "people:program:opened"
    PROGRAM_REMOVED = "people:program:removed"
    MEMBER_ADDED = "people:member:added"
    MEMBER_REMOVED = "people:member:removed"
    TOKEN_ISSUED = "people:token:issued"  # noqa: S105 - an event, not a password
    TOKEN_REVOKED = "people:token:revoked"  # noqa: S105 - an event, not a password
    COMMENT_WRITTEN = "people:comment:written"
    SYSTEM_DESCRIBED = "scope:system:described"
    SYSTEM_CHANGED = "scope:system:changed"
    STAGE_PROMISED = "scope:stage:promised"
    ASSET_REGISTERED = "scope:asset:registered"
    ASSET_REPLACED = "scope:asset:replaced"
    QUESTIONS_ANSWERED = "scope:questions:answered"
    LAW_ANSWERED = "scope:law:answered"
    FRAMEWORK_IMPORTED = "scope:framework:imported"
    ASSUMPTION_MADE = "scope:assumption:made"
    ASSUMPTION_RESOLVED = "scope:assumption:resolved"
    ASSUMPTION_EXPIRED = "scope:assumption:expired"
    REQUIREMENTS_DERIVED = "plan:requirements:derived"
    REQUIREMENT_ADOPTED = "plan:requirement:adopted"
    REQUIREMENT_CHANGED = "plan:requirement:changed"
    TASK_PLANNED = "plan:task:planned"
    TASK_CHANGED = "plan:task:changed"
    PART_ASSIGNED = "plan:part:assigned"
    PART_WITHDRAWN = "plan:part:withdrawn"
    DEPUTY_NAMED = "plan:deputy:named"
    DEPUTY_ENDED = "plan:deputy:ended"
    WORKSHEET_APPLIED = "plan:worksheet:applied"
    RISK_RAISED = "plan:risk:raised"
    RISK_CHANGED = "plan:risk:changed"
    ISSUE_RAISED = "plan:issue:raised"
    ISSUE_CHANGED = "plan:issue:changed"
    DEPENDENCY_RAISED = "plan:dependency:raised"
    DEPENDENCY_CHANGED = "plan:dependency:changed"
    DEPENDENCY_CONFIRMED = "plan:dependency:confirmed"
    RECORD_CONVERTED = "plan:record:converted"
    KEY_TRUSTED = "prove:key:trusted"
    KEY_REVOKED = "prove:key:revoked"
    EVIDENCE_STORED = "prove:evidence:stored"
    EVIDENCE_REVIEWED = "prove:evidence:reviewed"
    EVIDENCE_EXPIRED = "prove:evidence:expired"
    EVIDENCE_REOPENED = "prove:evidence:reopened"
    GATE_OPENED = "decide:gate:opened"
    GATE_FROZEN = "decide:gate:frozen"
    GATE_TURNED = "decide:gate:turned"
    GATE_SIGNED = "decide:gate:signed"
    GATE_DECIDED = "decide:gate:decided"
    OPTION_CHANGED = "decide:option:changed"
    CONDITION_MET = "decide:condition:met"
    WAIVER_REQUESTED = "decide:waiver:requested"
    WAIVER_RECOMMENDED = "decide:waiver:recommended"
    WAIVER_DECIDED = "decide:waiver:decided"
    WAIVER_REVOKED = "decide:waiver:revoked"
    WAIVER_EXPIRED = "decide:waiver:expired"
    MONITOR_DECLARED = "watch:monitor:declared"
    MONITOR_CHANGED = "watch:monitor:changed"
    MONITOR_RAN = "watch:monitor:ran"
    SIGNAL_RAISED = "watch:signal:raised"
    SIGNAL_SETTLED = "watch:signal:settled"
    LOG_RESTORED = "watch:log:restored"
    STATUS_UPDATED = "decide:status:updated"
    FEED_ISSUED = "report:feed:issued"
    FEED_REVOKED = "report:feed:revoked"
    INCIDENT_DECLARED = "respond:incident:declared"
    INCIDENT_CHANGED = "respond:incident:changed"
    TIME_RECORDED = "respond:time:recorded"
    NOTE_WRITTEN = "respond:note:written"
    INCIDENT_TASK_CHANGED = "respond:task:changed"
    CLOCK_SUBMITTED = "respond:clock:submitted"
    CLOCK_CLOSED = "respond:clock:closed"
    CLOCK_ANNOUNCED = "respond:clock:announced"
    ITEM_DEPOSITED = "respond:item:deposited"
    ITEM_TAKEN_OUT = "respond:item:withdrawn"
    ITEM_FOUND_CHANGED = "respond:item:altered"
    INCIDENT_REVIEWED = "respond:incident:reviewed"
    LESSON_PROPOSED = "respond:lesson:proposed"
    LESSON_ACCEPTED = "respond:lesson:accepted"
    LESSON_DECLINED = "respond:lesson:declined"
    INCIDENT_CLOSED = "respond:incident:closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a subscriber is told after the commit."""

    kind: EventKind
    """What happened."""
    index: int
    """Position in the log."""
    subject: str
    """What it happened to."""
    program_id: int | None
    """The program it belongs to; None outside any."""
    details: dict[str, Any] = field(default_factory=dict)
    """The payload without the states of records."""
