"""One time axis for everything that has a day: gates, milestones, tasks, requirements."""

from plimsoll.engines.timeline.drawing import draw_timeline
from plimsoll.engines.timeline.items import Item, ItemKind, Span, span_of, when_done

__all__ = ["Item", "ItemKind", "Span", "draw_timeline", "span_of", "when_done"]
