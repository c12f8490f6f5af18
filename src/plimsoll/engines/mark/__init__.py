"""The mark: one drawing per system, its load against the lines of the stages."""

from plimsoll.engines.mark.drawing import draw_mark
from plimsoll.engines.mark.facts import Load, MarkFacts

__all__ = ["Load", "MarkFacts", "draw_mark"]
