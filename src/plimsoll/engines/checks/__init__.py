"""Checks: what each proves, what was recorded, and the judge that turns a recording into a result.

A check is one judge here and one collector in `plimsoll.adapters.collectors`. Table of contents:
`card` (what a check is), `recording` (what a collector saw), `result` (what a judge says),
`parameters` (reading and checking parameters), `registry` (all checks), one module per judge.
"""
