"""The pages of decide."""

from plimsoll.loop.decide.pages.decisions import close_condition, decision, decisions
from plimsoll.loop.decide.pages.gates import (
    decide_gate,
    freeze_gate,
    gate,
    gates,
    options,
    sign_gate,
)
from plimsoll.loop.decide.pages.risks import (
    change_risks,
    estimate_risk,
    new_risk,
    risk,
    risks,
)
from plimsoll.loop.decide.pages.systems import system, update_status
from plimsoll.loop.decide.pages.timeline import timeline
from plimsoll.loop.decide.pages.waivers import (
    decide_waiver,
    recommend_waiver,
    request_waiver,
    revoke_waiver,
    waiver,
    waivers,
)

__all__ = [
    "change_risks",
    "close_condition",
    "decide_gate",
    "decide_waiver",
    "decision",
    "decisions",
    "estimate_risk",
    "freeze_gate",
    "gate",
    "gates",
    "new_risk",
    "options",
    "recommend_waiver",
    "request_waiver",
    "revoke_waiver",
    "risk",
    "risks",
    "sign_gate",
    "system",
    "timeline",
    "update_status",
    "waiver",
    "waivers",
]
