"""Report: the brief, from one document tree."""
