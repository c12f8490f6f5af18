"""Plimsoll runs the security of AI programs as a program discipline.

Nine rooms: kernel, engines, adapters, ledger, people, ui, loop, site, cli.
Things above may use things below; ARCHITECTURE.md says how.
"""

__version__ = "0.1.0"
