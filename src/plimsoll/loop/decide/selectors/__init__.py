"""What decide lets others read, as it was written; what follows from it is computed in `facts`."""

from plimsoll.loop.decide.selectors.decisions import (
    ConditionRow,
    DecisionRow,
    condition_id,
    conditions_of,
    decision_by_ref,
    decisions_of,
    decisions_page,
)
from plimsoll.loop.decide.selectors.gates import (
    GateRow,
    OptionRow,
    SignatureRow,
    SnapshotRow,
    gate_by_id,
    gate_by_ref,
    gates_of,
    last_verdicts,
    latest_snapshots,
    options_of,
    signatures_on,
    snapshot_by_id,
    verdict_history,
)
from plimsoll.loop.decide.selectors.updates import UpdateRow, updates_of
from plimsoll.loop.decide.selectors.waivers import WaiverRow, waiver_by_ref, waivers_of

__all__ = [
    "ConditionRow",
    "DecisionRow",
    "GateRow",
    "OptionRow",
    "SignatureRow",
    "SnapshotRow",
    "UpdateRow",
    "WaiverRow",
    "condition_id",
    "conditions_of",
    "decision_by_ref",
    "decisions_of",
    "decisions_page",
    "gate_by_id",
    "gate_by_ref",
    "gates_of",
    "last_verdicts",
    "latest_snapshots",
    "options_of",
    "signatures_on",
    "snapshot_by_id",
    "updates_of",
    "verdict_history",
    "waiver_by_ref",
    "waivers_of",
]
