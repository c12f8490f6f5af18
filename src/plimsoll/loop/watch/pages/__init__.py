"""The pages of watch."""

from plimsoll.loop.watch.pages.checkpoints import checkpoint, checkpoint_list, witnesses
from plimsoll.loop.watch.pages.log import entry, export, export_page, leaf, log, proof
from plimsoll.loop.watch.pages.monitors import ask, monitor, monitors, new_monitor, pause
from plimsoll.loop.watch.pages.signals import settle, signal, signals

__all__ = [
    "ask",
    "checkpoint",
    "checkpoint_list",
    "entry",
    "export",
    "export_page",
    "leaf",
    "log",
    "monitor",
    "monitors",
    "new_monitor",
    "pause",
    "proof",
    "settle",
    "signal",
    "signals",
    "witnesses",
]
