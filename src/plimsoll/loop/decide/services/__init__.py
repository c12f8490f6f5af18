"""What decide writes."""

from plimsoll.loop.decide.services.decisions import (
    NewCondition,
    close_condition,
    decide_gate,
    gate_quorum,
)
from plimsoll.loop.decide.services.gates import (
    NewOption,
    change_options,
    freeze_gate,
    open_gate,
    reassess,
    sign_gate,
)
from plimsoll.loop.decide.services.updates import update_status
from plimsoll.loop.decide.services.waivers import (
    announce_expired,
    decide_waiver,
    recommend_waiver,
    request_waiver,
    revoke_waiver,
)

__all__ = [
    "NewCondition",
    "NewOption",
    "announce_expired",
    "change_options",
    "close_condition",
    "decide_gate",
    "decide_waiver",
    "freeze_gate",
    "gate_quorum",
    "open_gate",
    "reassess",
    "recommend_waiver",
    "request_waiver",
    "revoke_waiver",
    "sign_gate",
    "update_status",
]
