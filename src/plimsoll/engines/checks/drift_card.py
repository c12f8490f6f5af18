"""The card of the check `drift`: what it shows, what it does not, and what may be set."""

from __future__ import annotations

from plimsoll.engines.checks.card import CheckCard, Layer, Parameter, ParameterKind
from plimsoll.kernel.units import Days

__all__ = ["DRIFT_CARD"]

_NUMBER = ParameterKind.NUMBER

_PARAMETERS = (
    Parameter(
        name="reference",
        kind=ParameterKind.FILE,
        help="Table that the current one is compared with, such as the training data; it is hashed.",
        required=True,
    ),
    Parameter(
        name="columns",
        kind=ParameterKind.WORDS,
        help="Columns to compare; without it all columns of the reference but dates and nested values.",
    ),
    Parameter(
        name="categories",
        kind=ParameterKind.WORDS,
        help="Columns whose numbers are names, such as codes; they are compared as categories.",
    ),
    Parameter(
        name="model", kind=ParameterKind.FILE, help="Model file that the rows were given to; it is hashed."
    ),
    Parameter(name="monitor", kind=ParameterKind.TEXT, help="Name of the monitor that asks."),
    Parameter(
        name="max_number",
        kind=_NUMBER,
        help="Limit on the Kolmogorov–Smirnov gap of a column of numbers.",
        default=0.05,
        minimum=0.001,
        maximum=0.9,
        looser_when="higher",
    ),
    Parameter(
        name="max_category",
        kind=_NUMBER,
        help="Limit on the total variation of a column of categories.",
        default=0.05,
        minimum=0.001,
        maximum=0.9,
        looser_when="higher",
    ),
    Parameter(
        name="max_missing",
        kind=_NUMBER,
        help="Limit on the change of the share of rows without a value.",
        default=0.02,
        minimum=0.001,
        maximum=0.9,
        looser_when="higher",
    ),
    Parameter(
        name="confidence",
        kind=_NUMBER,
        help="Confidence of all alarms of one comparison together, and of its pass.",
        default=0.95,
        minimum=0.5,
        maximum=0.999,
        looser_when="lower",
    ),
)

DRIFT_CARD = CheckCard(
    id="drift",
    title="Drift of current rows from reference rows, column by column",
    version="1",
    layer=Layer.OPERATIONS,
    subject="The current rows: a Parquet, CSV or JSON lines file. The reference is a parameter.",
    proves=(
        "In each compared column, at the stated confidence, the values of the current rows are distributed "
        "as in the reference but for the limit, as far as the grid and the levels of the reference tell "
        "values apart, and so is the share of missing values."
    ),
    does_not_prove=(
        "That columns relate to each other as before; that the outcome relates to them as before (concept "
        "drift), or that the model still performs; that nothing changed among values too rare for a level; "
        "that the rows are the production data they are said to be."
    ),
    needs=(
        "Rows that were drawn independently. The package extra `watch` (DuckDB) where the data are; "
        "none where the evidence is judged. No network."
    ),
    false_positives=(
        "Seasons and weekdays are drift to it: compare with a reference of the same kind of days. Rows that "
        "belong together (one person, one hour) make it too bold. Each run has its own risk of an alarm; "
        "many runs have more."
    ),
    source=(
        "Smirnov 1939; Hoeffding 1963; Massart 1990 (gaps); Chernoff 1952 (shares); Holm 1979 (correction); "
        "Berger 1982 (intersection–union)."
    ),
    answers=("within limits", "drift", "too few to tell"),
    valid_days=Days(30),
    parameters=_PARAMETERS,
)
"""What the check `drift` is, and what may be set."""
