"""Law: which class of the EU AI Act a system has, and which duties apply, by dated rules over facts.

Table of contents: `condition` (three-valued conditions, decided exactly), `fact_sheet` (what can be asked
and answered), `dates` (from when a rule applies), `edition` (how fresh rules are), `act_rules` (the rules of
the AI Act as values), `classification` (tiers as a set), `obligations` (duties by rules over facts),
`document` (their JSON), `schema` (the form of the files in `facts/`).
"""
