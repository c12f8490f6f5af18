"""What watch lets others read."""

from plimsoll.loop.watch.selectors.monitors import (
    MonitorRow,
    RunRow,
    due_monitors,
    monitor_by_ref,
    monitors_of,
    runs_of,
)
from plimsoll.loop.watch.selectors.signals import SignalRow, signal_by_ref, signals_of

__all__ = [
    "MonitorRow",
    "RunRow",
    "SignalRow",
    "due_monitors",
    "monitor_by_ref",
    "monitors_of",
    "runs_of",
    "signal_by_ref",
    "signals_of",
]
