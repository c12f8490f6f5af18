"""Incidents: what kind, how long each step took, what to do, and what the gate should have asked.

Table of contents: `kinds` (what it is about, who does what), `timeline` (its moments), `metrics` (times
to detect, acknowledge, contain, resolve), `playbook` (tasks from data), `lesson` (which criterion should
have caught it, and where a new one fits), `schema` (the form of the files in `playbooks/`).
"""
