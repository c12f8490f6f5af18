"""The card of the check `fairness`: what it shows, what it does not, and what may be set."""

from __future__ import annotations

from plimsoll.engines.checks.card import CheckCard, Layer, Parameter, ParameterKind
from plimsoll.engines.checks.group_counts import MAX_ATTRIBUTES, MAX_VALUES
from plimsoll.kernel.units import Days

__all__ = ["FAIRNESS_CARD"]

_TEXT, _NUMBER, _WHOLE = ParameterKind.TEXT, ParameterKind.NUMBER, ParameterKind.WHOLE

_PARAMETERS = (
    Parameter(name="label", kind=_TEXT, help="Column of the true outcome.", required=True),
    Parameter(name="prediction", kind=_TEXT, help="Column of the predicted class; or give score."),
    Parameter(name="score", kind=_TEXT, help="Column of scores from 0 to 1; or give prediction."),
    Parameter(
        name="threshold",
        kind=_NUMBER,
        help="A score of at least this much is a positive prediction.",
        default=0.5,
        minimum=0,
        maximum=1,
    ),
    Parameter(
        name="attribute",
        kind=ParameterKind.WORDS,
        help=f"Columns of protected attributes, up to {MAX_ATTRIBUTES}; several are also crossed.",
        required=True,
    ),
    Parameter(name="positive", kind=_TEXT, help="Value of the positive, favourable class.", default="1"),
    Parameter(
        name="missing",
        kind=ParameterKind.WORDS,
        help="Words that stand for no value, in any case; an empty cell always does.",
        default=("nan", "null", "<na>"),
    ),
    Parameter(
        name="model", kind=ParameterKind.FILE, help="Model file that the predictions come from; it is hashed."
    ),
    Parameter(
        name="attribute_source",
        kind=_TEXT,
        help="How the attribute was obtained, such as self-declared or inferred.",
    ),
    Parameter(
        name="minimum_cell",
        kind=_WHOLE,
        help="Groups with fewer rows are shown with their size only and not compared.",
        default=30,
        minimum=1,
        maximum=1_000_000_000,
        looser_when="higher",
    ),
    Parameter(
        name="max_difference",
        kind=_NUMBER,
        help="Limit on the demographic parity difference.",
        default=0.10,
        minimum=0,
        maximum=1,
        looser_when="higher",
    ),
    Parameter(
        name="min_ratio",
        kind=_NUMBER,
        help="Limit on the demographic parity ratio (disparate impact).",
        default=0.80,
        minimum=0,
        maximum=1,
        looser_when="lower",
    ),
    Parameter(
        name="max_equalized_odds_difference",
        kind=_NUMBER,
        help="Limit on the equalized odds difference.",
        default=0.10,
        minimum=0,
        maximum=1,
        looser_when="higher",
    ),
    Parameter(
        name="min_accuracy",
        kind=_NUMBER,
        help="Limit on the accuracy over all rows; without it accuracy only informs.",
        minimum=0,
        maximum=1,
        looser_when="lower",
    ),
    Parameter(
        name="max_missing_share",
        kind=_NUMBER,
        help="Limit on the share of rows without the attribute, and of rows left out.",
        default=0.05,
        minimum=0,
        maximum=1,
        looser_when="higher",
    ),
    Parameter(
        name="bootstrap",
        kind=_WHOLE,
        help="Bootstrap replicates; more are drawn when the confidence needs them.",
        default=2000,
        minimum=200,
        maximum=20_000,
    ),
    Parameter(
        name="seed", kind=_WHOLE, help="Seed of the bootstrap.", default=7, minimum=0, maximum=2**32 - 1
    ),
    Parameter(
        name="confidence",
        kind=_NUMBER,
        help="Confidence with which all judged intervals hold together.",
        default=0.95,
        minimum=0.5,
        maximum=0.99,
        looser_when="lower",
    ),
)

FAIRNESS_CARD = CheckCard(
    id="fairness",
    title="Fairness and performance of a tabular model, from its predictions",
    version="1",
    layer=Layer.MODEL,
    subject="A predictions file with one row per decision: CSV or JSON lines, UTF-8.",
    proves=(
        "On the rows of this file, selection rates and error rates of the compared groups differ by no "
        "more than the limits, and at the stated confidence they would do so among all decisions of which "
        "these rows are a random sample."
    ),
    does_not_prove=(
        "That the predictions came from the named model (its file is hashed, not run); that the rows "
        "resemble the people it will decide about; that the true outcomes are free of bias; that the limits "
        "are lawful or just; anything about groups that were too small to compare or that the file does "
        "not name."
    ),
    needs=(
        "True outcome, predicted class or score, and protected attribute of each row; two classes; rows that "
        f"are independent decisions; up to {MAX_VALUES} values per attribute. No network, no further package."
    ),
    false_positives=(
        "Different base rates between groups move demographic parity without any fault of the model. "
        "Repeated rows of one person make intervals too narrow. The seed moves the ends of an interval a "
        "little, so a value close to its limit can change between unknown and decided."
    ),
    source=(
        "Definitions as in fairlearn 0.15; Hardt, Price, Srebro 2016 (equalized odds); 29 CFR 1607.4 D "
        "(four-fifths rule); Wilson 1927; Newcombe 1998; Zou and Donner 2008; Efron 1979 (bootstrap)."
    ),
    answers=("within limits", "outside limits", "too few to tell"),
    valid_days=Days(90),
    parameters=_PARAMETERS,
    # Held-out rows that no longer look like those in use say nothing about how people are treated now.
    contradicted_by=("drift",),
)
"""What the check `fairness` is, and what may be set."""
