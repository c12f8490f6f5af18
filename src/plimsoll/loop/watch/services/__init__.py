"""What watch writes: signed checkpoints of the log, monitors with their runs, signals."""

from plimsoll.loop.watch.services.log import log_signer, log_signers
from plimsoll.loop.watch.services.monitors import (
    NewMonitor,
    ask_monitor,
    declare_monitor,
    note_run,
    pause_monitor,
)
from plimsoll.loop.watch.services.signals import raise_signal, settle_signal
from plimsoll.loop.watch.services.witnesses import ask_witnesses, log_policy

__all__ = [
    "NewMonitor",
    "ask_monitor",
    "ask_witnesses",
    "declare_monitor",
    "log_policy",
    "log_signer",
    "log_signers",
    "note_run",
    "pause_monitor",
    "raise_signal",
    "settle_signal",
]
