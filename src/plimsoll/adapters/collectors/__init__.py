"""Collectors: one per check. Each touches the world once and returns a Recording; none judges."""
