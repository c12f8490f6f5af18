"""Prove: evidence, bound to digests, reviewed, and how it proves requirements."""
