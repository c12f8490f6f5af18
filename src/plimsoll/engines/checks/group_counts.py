"""Counts of decisions per group: what a fairness recording holds, and nothing about single rows.

Every common group metric is a function of these counts (true and false positives and negatives per
group), so they are enough to recompute any verdict without the predictions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plimsoll.engines.checks.card import ParameterValue
from plimsoll.kernel.errors import BadInput

__all__ = [
    "MAX_ATTRIBUTES",
    "MAX_GROUPS",
    "MAX_VALUES",
    "AttributeCounts",
    "Confusion",
    "FairnessCounts",
    "Group",
    "asked",
    "canonical_label",
]

MAX_ATTRIBUTES = 5
"""Most protected attributes in one run."""
MAX_VALUES = 200
"""Most values of one attribute; a column with more is no grouping of people."""
MAX_GROUPS = 1000
"""Most groups in the intersection of several attributes."""
_MOST = 2**53 - 1
_WHOLE = re.compile(r"([+-]?[0-9]{1,18})\.0*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often a prediction agreed with the true outcome, in numbers of rows."""

    tp: int
    """Predicted positive, truly positive."""
    fp: int
    """Predicted positive, truly negative."""
    tn: int
    """Predicted negative, truly negative."""
    fn: int
    """Predicted negative, truly positive."""

    @property
    def n(self) -> int:
        """All rows."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """The four counts in the order tp, fp, tn, fn."""
        return self.tp, self.fp, self.tn, self.fn


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows that share one value of each grouping column."""

    values: tuple[str, ...]
    """One value per column of its attribute."""
    counts: Confusion
    """Its rows by outcome and prediction."""

    @property
    def name(self) -> str:
        """Its values as one text; different values never give the same text."""
        return _joined(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCounts:
    """One protected attribute, or the intersection of several, with its groups."""

    columns: tuple[str, ...]
    """The grouping columns; more than one for an intersection."""
    missing: int
    """Used rows that lack a value in one of the columns; they belong to no group."""
    groups: tuple[Group, ...]
    """Sorted by value."""

    @property
    def name(self) -> str:
        """Its columns as one text; different columns never give the same text."""
        return _joined(self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessCounts:
    """All that is kept of a predictions file."""

    form: str
    """How the file was written."""
    rows: int
    """Rows read."""
    without_label: int
    """Rows left out because the true outcome is missing."""
    without_prediction: int
    """Rows left out because the prediction is missing and the true outcome is not."""
    overall: Confusion
    """All used rows."""
    attributes: tuple[AttributeCounts, ...]
    """Each attribute in the order asked, then their intersection if there are several."""

    @property
    def left_out(self) -> int:
        """Rows read and not used."""
        return self.without_label + self.without_prediction

    def to_seen(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The `seen` part of a recording; `question` comes from `asked`."""
        return {
            "asked": dict(question),
            "form": self.form,
            "rows": {
                "read": self.rows,
                "without_label": self.without_label,
                "without_prediction": self.without_prediction,
            },
            "overall": _confusion_json(self.overall),
            "attributes": [
                {
                    "columns": list(attribute.columns),
                    "missing": attribute.missing,
                    "groups": [
                        {"values": list(group.values), **_confusion_json(group.counts)}
                        for group in attribute.groups
                    ],
                }
                for attribute in self.attributes
            ],
        }

    @classmethod
    def from_seen(cls, seen: Mapping[str, Any], question: Mapping[str, Any]) -> FairnessCounts:
        """The counts in a recording, with its groups sorted by value.

        Raises BadInput if a part is missing or malformed, if the counts do not add up to the rows, or if
        the recording answers another question (columns, positive value, threshold) than `question`.
        """
        _keys(seen, {"asked", "form", "rows", "overall", "attributes"}, "The recording")
        recorded = _mapping(seen["asked"], "asked")
        for key, value in question.items():
            if recorded.get(key) != value:
                raise BadInput(
                    f"The recording was made with {key} = {str(recorded.get(key))[:60]}, "
                    f"but is judged with {str(value)[:60]}.",
                    hint="Judge with the parameters of the recording; only limits may differ.",
                )
        rows = _mapping(seen["rows"], "rows")
        _keys(rows, {"read", "without_label", "without_prediction"}, "The recording's rows")
        counts = cls(
            form=_text(seen["form"]),
            rows=_count(rows["read"]),
            without_label=_count(rows["without_label"]),
            without_prediction=_count(rows["without_prediction"]),
            overall=_confusion(seen["overall"], extra=frozenset()),
            attributes=tuple(_attribute(item) for item in _items(seen["attributes"])),
        )
        counts._check(tuple(question["attributes"]))
        return counts

    def _check(self, columns: tuple[str, ...]) -> None:
        expected = [(column,) for column in columns] + ([columns] if len(columns) > 1 else [])
        if [attribute.columns for attribute in self.attributes] != expected:
            raise BadInput("The recording's attributes are not those that were asked for.")
        if self.overall.n + self.left_out != self.rows:
            raise BadInput("The recording's counts do not add up to the rows read.")
        for attribute in self.attributes:
            cells = [group.counts.cells for group in attribute.groups]
            sums = [sum(column) for column in zip(*cells, strict=True)] or [0, 0, 0, 0]
            beyond = any(part > whole for part, whole in zip(sums, self.overall.cells, strict=True))
            if beyond or sum(sums) + attribute.missing != self.overall.n:
                raise BadInput(f"The counts by {attribute.name} do not add up to the rows used.")


def asked(parameters: Mapping[str, ParameterValue]) -> dict[str, Any]:
    """What the parameters ask of the file, as JSON values: the same for collector and judge.

    `parameters` come from `read_parameters`. Raises BadInput unless exactly one of prediction and score
    is given, if a column serves twice, or if there are more than `MAX_ATTRIBUTES` attributes.
    """
    prediction, score = parameters.get("prediction"), parameters.get("score")
    if (prediction is None) == (score is None):
        raise BadInput(
            "The check fairness needs either “prediction” or “score”, and not both.",
            hint="Name the column of predicted classes, or the column of scores and a threshold.",
        )
    attributes = _words(parameters["attribute"])
    if len(attributes) > MAX_ATTRIBUTES:
        raise BadInput(f"There are {len(attributes)} attributes.", hint=f"Give at most {MAX_ATTRIBUTES}.")
    columns = [str(parameters["label"]), str(prediction or score), *attributes]
    for column in columns:
        if columns.count(column) > 1:
            raise BadInput(
                f"The column “{column[:60]}” is named for two purposes.",
                hint="Label, prediction and each attribute are columns of their own.",
            )
    return {
        "label": parameters["label"],
        "prediction": prediction,
        "score": score,
        "threshold": None if score is None else parameters["threshold"],
        "positive": canonical_label(str(parameters["positive"])),
        "attributes": list(attributes),
        "attribute_source": parameters.get("attribute_source", ""),
        "missing": sorted({word.casefold() for word in _words(parameters["missing"])}),
    }


def canonical_label(text: str) -> str:
    """A class as it is compared: trimmed, and 1.0 as 1, because exports write whole numbers both ways."""
    trimmed = " ".join(text.split())
    whole = _WHOLE.fullmatch(trimmed)
    return whole[1] if whole else trimmed


def _joined(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else " & ".join(part.replace("&", "&&") for part in parts)


def _words(value: ParameterValue) -> tuple[str, ...]:
    assert isinstance(value, tuple)  # the card says so, and read_parameters has read it
    return value


def _confusion_json(counts: Confusion) -> dict[str, int]:
    return {"tp": counts.tp, "fp": counts.fp, "tn": counts.tn, "fn": counts.fn}


def _confusion(value: object, *, extra: frozenset[str]) -> Confusion:
    cells = _mapping(value, "counts")
    _keys(cells, {"tp", "fp", "tn", "fn"} | extra, "A group of the recording")
    return Confusion(
        tp=_count(cells["tp"]), fp=_count(cells["fp"]), tn=_count(cells["tn"]), fn=_count(cells["fn"])
    )


def _attribute(value: object) -> AttributeCounts:
    attribute = _mapping(value, "attribute")
    _keys(attribute, {"columns", "missing", "groups"}, "An attribute of the recording")
    columns = tuple(_text(column) for column in _items(attribute["columns"]))
    groups = tuple(sorted((_group(item) for item in _items(attribute["groups"])), key=lambda g: g.values))
    values = {group.values for group in groups}
    if len(values) != len(groups) or any(len(item) != len(columns) for item in values):
        raise BadInput("Each group of a recording needs one value per column, and no group may come twice.")
    return AttributeCounts(columns=columns, missing=_count(attribute["missing"]), groups=groups)


def _group(value: object) -> Group:
    group = _mapping(value, "group")
    counts = _confusion(group, extra=frozenset({"values"}))
    return Group(values=tuple(_text(item) for item in _items(group["values"])), counts=counts)


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(f"A recording's “{what}” must be an object.")
    return value


def _keys(value: Mapping[str, Any], keys: set[str], what: str) -> None:
    if set(value) != keys:
        raise BadInput(f"{what} does not have the keys {', '.join(sorted(keys))}.")


def _items(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple) or len(value) > MAX_GROUPS:
        raise BadInput(f"A list of the recording is missing or has more than {MAX_GROUPS:,} items.")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BadInput(f"A count of the recording is “{str(value)[:40]}”.", hint="Counts are whole numbers.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise BadInput("A name in the recording is not printable text of at most 200 characters.")
    return value
