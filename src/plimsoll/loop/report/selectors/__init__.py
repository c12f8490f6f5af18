"""What report lets others read."""

from plimsoll.loop.report.selectors.feeds import FeedRow, due_days, feed_of_secret, feeds_of
from plimsoll.loop.report.selectors.waiting import Waiting, waiting_for

__all__ = ["FeedRow", "Waiting", "due_days", "feed_of_secret", "feeds_of", "waiting_for"]
