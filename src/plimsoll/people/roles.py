"""Roles, the permissions they carry, and the scopes of tokens.

A permission is stage:thing:action. Everybody in a program may read all of it; strangers see nothing.
What a role may do is decided here and nowhere else; independence (nobody signs for an own control,
the requester of a waiver does not approve it) is decided by the services, because no role lifts it.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["PERMISSIONS", "ROLE_HELP", "TOKEN_SCOPES", "Role"]


class Role(StrEnum):
    TPM = "tpm"
    ENGINEER = "engineer"
    APPROVER = "approver"
    COMPLIANCE = "compliance"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return "TPM" if self is Role.TPM else self.value


ROLE_HELP = {
    Role.TPM: "runs the program: scope, plan, gates, brief",
    Role.ENGINEER: "answers, owns requirements, submits evidence, signs for engineering",
    Role.APPROVER: "signs and decides gates and waivers",
    Role.COMPLIANCE: "answers for law and privacy, reviews evidence, signs for compliance",
    Role.EXECUTIVE: "decides what an approver may not, reads the brief",
    Role.AUDITOR: "reads everything, exports the log, changes nothing",
    Role.ADMIN: "adds and removes members, keys and tokens",
}

_T, _E, _A, _C, _X, _AD = (
    Role.TPM,
    Role.ENGINEER,
    Role.APPROVER,
    Role.COMPLIANCE,
    Role.EXECUTIVE,
    Role.ADMIN,
)

PERMISSIONS: dict[str, frozenset[Role]] = {
    "people:member:change": frozenset({_T, _AD}),
    "people:program:remove": frozenset({_T, _AD}),
    "people:token:issue": frozenset({_T, _E, _C, _AD}),
    "people:comment:write": frozenset({_T, _E, _A, _C, _X, _AD}),
    "scope:system:describe": frozenset({_T, _E}),
    "scope:asset:register": frozenset({_T, _E}),
    "scope:question:answer": frozenset({_T, _E, _C}),
    "scope:law:answer": frozenset({_T, _C}),
    "scope:framework:import": frozenset({_T, _C}),
    "scope:assumption:make": frozenset({_T, _E, _C}),
    "plan:requirement:change": frozenset({_T, _E}),
    "plan:task:change": frozenset({_T, _E, _C}),
    "plan:issue:change": frozenset({_T, _E, _C, _A}),
    "plan:dependency:change": frozenset({_T, _E, _C, _A}),
    "people:deputy:name": frozenset({_T, _E, _A, _C, _X, _AD}),
    "plan:risk:change": frozenset({_T, _E, _C, _A}),
    "prove:key:trust": frozenset({_T, _AD}),
    "prove:evidence:submit": frozenset({_T, _E, _C}),
    "prove:evidence:review": frozenset({_T, _E, _A, _C}),
    "decide:gate:freeze": frozenset({_T}),
    "decide:gate:sign": frozenset({_T, _E, _A, _C, _X}),
    "decide:gate:decide": frozenset({_A, _X}),
    "decide:option:change": frozenset({_T, _E}),
    "decide:condition:close": frozenset({_T, _A}),
    "decide:waiver:request": frozenset({_T, _E}),
    "decide:waiver:recommend": frozenset({_A, _C, _E}),
    "decide:waiver:decide": frozenset({_A, _X}),
    "decide:status:update": frozenset({_T, _E, _A, _C, _X}),
    "watch:monitor:declare": frozenset({_T, _E}),
    "watch:signal:settle": frozenset({_T, _E, _A, _C}),
    "people:feed:issue": frozenset({_T, _E, _A, _C, _X, _AD}),
    "respond:incident:declare": frozenset({_T, _E, _A, _C, _X}),
    "respond:incident:change": frozenset({_T, _E, _A, _C}),
    "respond:clock:submit": frozenset({_T, _A, _C}),
    "respond:clock:close": frozenset({_A, _C, _X}),
    "respond:item:deposit": frozenset({_T, _E, _A, _C}),
    "respond:item:withdraw": frozenset({_T, _E, _A, _C, _X}),
    "respond:incident:review": frozenset({_T, _E, _A, _C}),
    "respond:incident:close": frozenset({_T, _A, _C}),
    "respond:lesson:propose": frozenset({_T, _E, _A, _C}),
    "respond:lesson:decide": frozenset({_T, _A, _X}),
    "watch:log:export": frozenset({_T, _C, _AD, Role.AUDITOR}),
}
"""Permission → the roles that carry it."""

TOKEN_SCOPES = ("read", "scope", "plan", "prove", "decide", "respond")
"""What a token may be limited to: reading, or writing in one stage. Stage = first word of a permission."""
