"""Respond: incidents and clocks; this release only says that it cannot record them yet."""
