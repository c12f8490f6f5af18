"""The worked programs: a fictional company, Halyard, and its three systems.

Table of contents: `company` (people and the program), `story` (the clock of the story and its acts),
`bosun`, `keel`, `lookout` (one system each), `incidents` (what happened), `load` (all of it, in order).
People and facts are invented; verdicts, counts and measured values are computed when the sample is loaded.
"""
