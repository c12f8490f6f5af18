"""What report reads across the stages."""

from plimsoll.loop.report.selectors.answering import Answering, Answers, answers_of, rules_of_risk, worst
from plimsoll.loop.report.selectors.waiting import Waiting, waiting_for

__all__ = ["Answering", "Answers", "Waiting", "answers_of", "rules_of_risk", "waiting_for", "worst"]
