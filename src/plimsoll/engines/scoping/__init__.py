"""Scoping: what is certain, open and out for a set of answers, and which unknown to chase first.

Table of contents: `predicate` (conditions over facts), `question_set` (what can be asked and
answered), `evaluation` (the three sets), `chasing` (ranking of unknowns), `assumption` (what is
acted on meanwhile), `difference` (between two versions), `promotion` (prototype or pilot).
"""
