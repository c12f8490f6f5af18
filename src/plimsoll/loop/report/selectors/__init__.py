"""What report reads across the stages."""

from plimsoll.loop.report.selectors.waiting import Waiting, waiting_for

__all__ = ["Waiting", "waiting_for"]
