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

__all__ = [
    "NewMonitor",
    "ask_monitor",
    "declare_monitor",
    "log_signer",
    "log_signers",
    "note_run",
    "pause_monitor",
    "raise_signal",
    "settle_signal",
]
