"""Collects counts per group from a predictions file: one pass, bounded memory, no row is kept."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from plimsoll.adapters.tables import Table, open_regular
from plimsoll.engines.checks.card import ParameterValue
from plimsoll.engines.checks.fairness_card import FAIRNESS_CARD
from plimsoll.engines.checks.group_counts import (
    MAX_GROUPS,
    MAX_VALUES,
    AttributeCounts,
    Confusion,
    FairnessCounts,
    Group,
    asked,
    canonical_label,
)
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

__all__ = ["collect"]

_LONGEST_VALUE = 100
_MOST_SPELLINGS = 50_000
_ABOVE, _BELOW = "at least the threshold", "below the threshold"
_CELLS = ("tp", "fp", "tn", "fn")
_NO_LABEL, _NO_PREDICTION = "no label", "no prediction"

Row = tuple[str, ...]


def collect(subject: Path, parameters: Mapping[str, ParameterValue]) -> Recording:
    """The recording of a predictions file: columns, rows read and left out, counts per group.

    It holds no row and no value but the names of groups. A model file given as a parameter is hashed and
    becomes the second subject. BadInput names what is wrong with the file, the column or the value: a
    label with a third value, an attribute with more values than people can be grouped by, a score outside
    0 to 1, and all that `Table` refuses.
    """
    given = read_parameters(FAIRNESS_CARD, parameters)
    question = asked(given)
    name = _shown(subject)
    with open_regular(subject, what="The predictions file") as stream:
        columns = [question["label"], question["prediction"] or question["score"], *question["attributes"]]
        table = Table(stream, name=name, wanted=columns)
        tally = _Tally(question, name=name)
        tally.add(table if question["score"] is None else _by_threshold(table, question, name))
        counts = tally.counts(table.form)
        subjects = [Subject(name=name, digest=table.digest, size=table.size)]
    if "model" in given:
        subjects.append(_model(Path(str(given["model"]))))
    return Recording(
        check=FAIRNESS_CARD.id,
        version=FAIRNESS_CARD.version,
        subjects=tuple(subjects),
        seen=counts.to_seen(question),
        tools={"python": platform.python_version()},
    )


def _by_threshold(rows: Iterable[Row], question: Mapping[str, Any], name: str) -> Iterator[Row]:
    """The rows with the score replaced by a prediction."""
    threshold, missing = question["threshold"], question["missing"]
    for number, (label, score, *attributes) in enumerate(rows, start=1):
        try:
            value = float(score)
        except ValueError:
            value = math.nan
        if 0 <= value <= 1:
            yield (label, _ABOVE if value >= threshold else _BELOW, *attributes)
        elif not score.strip() or score.strip().casefold() in missing:
            yield (label, "", *attributes)
        else:
            raise BadInput(
                f"{name} has the score “{score[:40]}” in row {number:,}.",
                hint="A score is a number from 0 to 1.",
            )


class _Tally:
    """Counts rows by outcome, prediction and group, and refuses what is no such thing."""

    def __init__(self, question: Mapping[str, Any], *, name: str) -> None:
        self._question = question
        self._name = name
        self._spellings: dict[Row, int] = {}
        self._meanings: dict[Row, tuple[str, Row]] = {}
        self._negatives: set[str] = set()
        self._values: list[set[str]] = [set() for _ in question["attributes"]]

    def add(self, rows: Iterable[Row]) -> None:
        """Counts the rows. A spelling is examined once, when first seen, so that a row costs one look-up."""
        spellings = self._spellings
        for row in rows:
            try:
                spellings[row] += 1
            except KeyError:
                self._meanings[row] = self._meaning(row)
                spellings[row] = 1

    def counts(self, form: str) -> FairnessCounts:
        """What was counted, with the intersection of the attributes if there are several."""
        meant: Counter[tuple[str, Row]] = Counter()
        for row, times in self._spellings.items():
            meant[self._meanings[row]] += times
        by_cell: Counter[str] = Counter()
        for (cell, _), times in meant.items():
            by_cell[cell] += times
        columns = self._question["attributes"]
        places = [(place,) for place in range(len(columns))]
        crossed = [tuple(range(len(columns)))] if len(columns) > 1 else []
        return FairnessCounts(
            form=form,
            rows=by_cell.total(),
            without_label=by_cell[_NO_LABEL],
            without_prediction=by_cell[_NO_PREDICTION],
            overall=_confusion(by_cell),
            attributes=tuple(self._attribute(meant, columns, chosen) for chosen in [*places, *crossed]),
        )

    def _attribute(
        self, meant: Counter[tuple[str, Row]], columns: Sequence[str], places: tuple[int, ...]
    ) -> AttributeCounts:
        groups: dict[Row, Counter[str]] = {}
        missing = 0
        for (cell, values), times in meant.items():
            key = tuple(values[place] for place in places)
            if cell not in _CELLS:
                continue
            if "" in key:
                missing += times
            else:
                groups.setdefault(key, Counter())[cell] += times
        if len(groups) > MAX_GROUPS:
            raise BadInput(
                f"{self._name} has {len(groups):,} groups when {' and '.join(columns)} are crossed.",
                hint=f"At most {MAX_GROUPS:,} are compared; give fewer attributes.",
            )
        return AttributeCounts(
            columns=tuple(columns[place] for place in places),
            missing=missing,
            groups=tuple(
                Group(values=key, counts=_confusion(cells)) for key, cells in sorted(groups.items())
            ),
        )

    def _meaning(self, row: Row) -> tuple[str, Row]:
        """The cell and the group values that a row counts for; "" is a missing value."""
        if len(self._spellings) >= _MOST_SPELLINGS:
            raise BadInput(
                f"{self._name} has more than {_MOST_SPELLINGS:,} different rows in the columns read.",
                hint="Round or group the attributes, or give fewer.",
            )
        label, prediction, *attributes = row
        values = tuple(self._group_value(place, text) for place, text in enumerate(attributes))
        truth = self._class(label)
        if self._question["score"] is None:
            chosen = self._class(prediction)
        else:
            chosen = None if prediction == "" else prediction == _ABOVE
        if truth is None:
            return _NO_LABEL, values
        if chosen is None:
            return _NO_PREDICTION, values
        return ("tp" if truth else "fp") if chosen else ("fn" if truth else "tn"), values

    def _class(self, text: str) -> bool | None:
        """Whether the text is the positive class; None if it is missing."""
        if self._is_missing(text):
            return None
        value = canonical_label(text)
        if value == self._question["positive"]:
            return True
        self._negatives.add(value)
        if len(self._negatives) > 1:
            found = ", ".join(f"“{item[:40]}”" for item in sorted(self._negatives))
            raise BadInput(
                f"{self._name} has more than two classes: “{self._question['positive'][:40]}”, {found}.",
                hint="The parameter “positive” names the positive class; there may be one other.",
            )
        return False

    def _group_value(self, place: int, text: str) -> str:
        """The text as the name of a group, spaces and composed letters made alike; "" if missing."""
        value = unicodedata.normalize("NFC", " ".join(text.split()))
        if self._is_missing(value):
            return ""
        column, known = self._question["attributes"][place], self._values[place]
        known.add(value)
        if len(value) > _LONGEST_VALUE or not value.isprintable():
            raise BadInput(
                f"The column “{column}” of {self._name} holds a value that cannot name a group.",
                hint=f"A group is named by printable text of at most {_LONGEST_VALUE} characters.",
            )
        if len(known) > MAX_VALUES:
            raise BadInput(
                f"The column “{column}” of {self._name} has more than {MAX_VALUES} different values.",
                hint="A protected attribute has few; put numbers such as ages into bands.",
            )
        return value

    def _is_missing(self, text: str) -> bool:
        trimmed = text.strip()
        return not trimmed or trimmed.casefold() in self._question["missing"]


def _confusion(cells: Mapping[str, int]) -> Confusion:
    return Confusion(**{cell: cells.get(cell, 0) for cell in _CELLS})


def _model(path: Path) -> Subject:
    with open_regular(path, what="The model file") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Subject(name=_shown(path), digest=Digest(digest), size=stream.tell())


def _shown(path: Path) -> str:
    # a file name is bytes; those that are no text are replaced, because a recording is text
    return os.fsencode(path.name).decode("utf-8", "replace")
