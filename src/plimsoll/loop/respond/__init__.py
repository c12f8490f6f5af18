"""Respond: incidents and hazards with their clocks, times, tasks, evidence and lessons."""
