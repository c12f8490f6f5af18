"""What report reads across the stages, and lets others read."""

from plimsoll.loop.report.selectors.answering import Answering, Answers, answers_of, rules_of_risk, worst
from plimsoll.loop.report.selectors.feeds import FeedRow, due_days, feed_of_secret, feeds_of
from plimsoll.loop.report.selectors.matrix import (
    Gap,
    Matrix,
    MatrixCell,
    MatrixRow,
    gaps_in,
    matrices_of,
    matrix_of,
)
from plimsoll.loop.report.selectors.waiting import Waiting, waiting_for

__all__ = [
    "Answering",
    "Answers",
    "FeedRow",
    "Gap",
    "Matrix",
    "MatrixCell",
    "MatrixRow",
    "Waiting",
    "answers_of",
    "due_days",
    "feed_of_secret",
    "feeds_of",
    "gaps_in",
    "matrices_of",
    "matrix_of",
    "rules_of_risk",
    "waiting_for",
    "worst",
]
