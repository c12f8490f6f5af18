"""Decide: gates, snapshots, signatures, decisions, conditions, waivers, status."""
