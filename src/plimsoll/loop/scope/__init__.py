"""Scope: systems, assets, answers, assumptions; what is certain, open and out."""
