"""Monitors: whether current rows still look like reference rows, from counts alone.

Table of contents: `frame` (where a column is cut, fixed by the reference), `profile` (counts under a
frame, which add up), `distances` (PSI, Jensen–Shannon, Wasserstein, Kolmogorov–Smirnov, total
variation), `bounds` (what a difference of counts shows about a limit; Holm's correction), `description`
(the statistics of one column), `drift` (two profiles compared, with verdicts), `observation` (what a
collector saw), `recorded` (reading it back), `document` (the comparison as JSON).
"""
