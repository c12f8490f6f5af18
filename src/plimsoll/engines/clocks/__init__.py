"""Clocks: when a duty must be done, in plain elapsed time and in the statute's own way of counting.

Table of contents: `duty` (duties and their stages), `rules` (ways of counting, places, calendars),
`working_days` (which days count), `periods` (plain elapsed time), `statutory` (the statute's reading),
`force` (whether it was law at the start), `starts` (times of trigger events, read strictly), `computing`
(one clock), `records` (what people enter), `running` (the clocks of an incident at a moment), `states` (how
one stands), `document` (as JSON), `schema` (the form of the files in `facts/`).
"""
