"""Drift: two profiles compared column by column, with an effect, a limit and a verdict each.

The effect is a share of rows, for every kind of column, so that a limit can be agreed on in words: the
largest gap between the cumulated shares (Kolmogorov–Smirnov) for numbers, the share of rows that would
have to change their level (total variation) for categories, the change of the share of missing rows.
PSI, Jensen–Shannon and Wasserstein inform and are not judged.

A column is *not met* when its effect is shown to be beyond its limit: the chance of so large an effect
under a true one within the limit, after Holm's correction over all limits judged, is at most
1 − confidence. So the chance of even one false alarm in the comparison is at most that. Holm's and not
Benjamini–Hochberg's, because one column is enough to reopen what rests on the reference, and because
columns depend on each other in unknown ways. It is *met* when the effect is shown to be within the
limit. That needs no correction: a pass claims that all limits hold, and each has been shown by itself
(R. L. Berger, Technometrics 24, 1982: intersection–union tests). Otherwise it is *unknown*.

What it does not establish: that rows were drawn independently (rows of one person, or of one hour, are
not; the bounds are then too bold); anything about columns together, about what the columns mean, or
about looking again and again at new rows: each comparison has its own risk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.engines.monitors import bounds, distances
from plimsoll.engines.monitors.description import Statistics, describe, level_counts, ordered_counts
from plimsoll.engines.monitors.frame import NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Share
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["MOST_REST", "ColumnDrift", "Drift", "Effect", "Limits", "compare"]

MOST_REST = Share(0.5)
"""Where more of the rows than this have a value without a level, a category is not shown to be the same."""
_TWENTIETH, _FIFTIETH, _CONFIDENCE = Share(0.05), Share(0.02), Share(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may change, as shares of rows."""

    number: Share = _TWENTIETH
    """For columns of numbers: the Kolmogorov–Smirnov gap. A normal column moved by 0.125 standard
    deviations has 0.05."""
    category: Share = _TWENTIETH
    """For columns of categories: total variation."""
    missing: Share = _FIFTIETH
    """For all: the change of the share of rows without a value (or, among numbers, with no number)."""
    confidence: Share = _CONFIDENCE
    """Of all alarms of one comparison together, and of its pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One difference against its limit."""

    value: float
    """The observed difference, a share of rows."""
    limit: Share
    """What it may be at most."""
    beyond: float
    """Bound on the chance of so large a value under the limit, after Holm's correction."""
    within: float
    """Bound on the chance of so small a value beyond the limit."""
    judgement: Judgement
    """The verdict with its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """One column of both sides."""

    name: str
    """The column."""
    kind: str
    """"number" or "category"."""
    rows: tuple[int, int]
    """Rows with a value, of the reference and of the current rows."""
    missing: tuple[float, float]
    """Share of rows without one; among numbers also of what is no number."""
    statistics: Statistics | None
    """None if a side has no row with a value."""
    values: Effect | None
    """The change of the distribution; None likewise."""
    absence: Effect | None
    """The change of the share of missing rows; None if a side has no row at all."""
    judgement: Judgement
    """The verdict over both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Two profiles compared."""

    rows: tuple[int, int]
    """Rows of the reference and of the current table."""
    columns: tuple[ColumnDrift, ...]
    """In the order of the profile."""
    comparisons: int
    """How many limits were judged together."""
    judgement: Judgement
    """The verdict over all columns, those that could not be compared included."""


def compare(
    reference: Profile, current: Profile, *, limits: Limits, absent: Mapping[str, str] | None = None
) -> Drift:
    """How the current rows differ from the reference, column by column, and the verdict over all.

    `absent` names the columns of the reference that the current table lacks or holds in another form,
    with the sentence that says so; each is *not met*, because the change was seen. Without any row on a
    side, or without any column, the verdict is unknown. BadInput if the frames differ.
    """
    if reference.frames != current.frames:
        raise BadInput(
            "The two profiles were counted on different frames.", hint="Count both on the frame of one."
        )
    pairs = list(zip(reference.columns, current.columns, strict=True))
    values = [_value_test(a, b, limits) for a, b in pairs]
    absences = [_absence_test(a, b, limits) for a, b in pairs]
    tests = [test for test in (*values, *absences) if test is not None]
    adjusted = bounds.holm([test.beyond for test in tests])
    risk = 1 - limits.confidence
    effects = {
        (test.name, test.what): _effect(test, beyond, risk=risk)
        for test, beyond in zip(tests, adjusted, strict=True)
    }
    columns = tuple(_column(a, b, effects) for a, b in pairs)
    gone = [not_met(sentence, source=name) for name, sentence in (absent or {}).items()]
    return Drift(
        rows=(reference.rows, current.rows),
        columns=columns,
        comparisons=len(tests),
        judgement=all_of(
            [*(column.judgement for column in columns), *gone], nothing="there is no column to compare"
        ),
    )


# ---------------------------------------------------------------- one limit


_VALUES, _ABSENCE = "the distribution", "the share of missing rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """An observed difference with its two bounds, before the correction."""

    name: str
    what: str
    value: float
    limit: Share
    beyond: float
    within: float
    rows: tuple[int, int]
    unseen: str = ""


def _value_test(a: ColumnProfile, b: ColumnProfile, limits: Limits) -> _Test | None:
    n, m = a.valued, b.valued
    if not (n and m):
        return None
    unseen = ""
    if isinstance(a.frame, NumberFrame):
        _, p, q = ordered_counts(a, b)
        effect, _ = distances.kolmogorov_smirnov(p, q)
        limit, beyond = limits.number, bounds.beyond_ordered(effect, limits.number, n, m)
    else:
        p, q = level_counts(a, b)
        effect = distances.total_variation(p, q)
        limit = limits.category
        beyond = bounds.beyond_cells(effect, limit, n, m, cells=len(p))
        rest = max(a.other / n, b.other / m)
        if rest > MOST_REST:
            unseen = (
                f"{a.frame.name}: {rest:.0%} of the rows have values too rare or too many for a level, and "
                "what changes among them is not seen"
            )
    return _Test(
        name=a.frame.name,
        what=_VALUES,
        value=effect,
        limit=limit,
        beyond=beyond,
        within=bounds.within(effect, limit, n, m),
        rows=(n, m),
        unseen=unseen,
    )


def _absence_test(a: ColumnProfile, b: ColumnProfile, limits: Limits) -> _Test | None:
    n, m = a.rows, b.rows
    if not (n and m):
        return None
    hits, limit = (n - a.valued, m - b.valued), limits.missing
    return _Test(
        name=a.frame.name,
        what=_ABSENCE,
        value=abs(hits[0] / n - hits[1] / m),
        limit=limit,
        beyond=bounds.beyond_share(hits, limit, n, m),
        within=bounds.within_share(hits, limit, n, m),
        rows=(n, m),
    )


def _effect(test: _Test, beyond: float, *, risk: float) -> Effect:
    return Effect(
        value=test.value,
        limit=test.limit,
        beyond=beyond,
        within=test.within,
        judgement=_verdict(test, beyond, risk=risk),
    )


def _verdict(test: _Test, beyond: float, *, risk: float) -> Judgement:
    start = f"{test.name}: {test.what} changed by {test.value:.4f}"
    if beyond <= risk:
        return not_met(f"{start}, beyond the limit of {test.limit:g}", source=test.name)
    if test.unseen:
        return unknown(test.unseen, source=test.name)
    if test.within <= risk:
        return met(f"{start}, within the limit of {test.limit:g}", source=test.name)
    n, m = test.rows
    few = f"{start}; {n:,} and {m:,} rows are too few to tell whether that is within {test.limit:g}"
    times = bounds.rows_to_tell(test.value, test.limit, n, m, risk=risk)
    # A gap of nearly the limit would take more rows than anybody has; then the number says nothing.
    if test.what == _VALUES and times is not None and 1 < times <= _MOST_TIMES:
        few += f" (about {math.ceil(times * 10) / 10:g} times as many would tell, if it stayed so)"
    return unknown(few, source=test.name)


_MOST_TIMES = 1000


# ---------------------------------------------------------------- one column


def _column(a: ColumnProfile, b: ColumnProfile, effects: Mapping[tuple[str, str], Effect]) -> ColumnDrift:
    name = a.frame.name
    values, absence = effects.get((name, _VALUES)), effects.get((name, _ABSENCE))
    parts = [effect.judgement for effect in (values, absence) if effect is not None]
    if values is None:
        which = "the reference" if not a.valued else "the current rows"
        parts.insert(0, unknown(f"{name}: no row of {which} has a value", source=name))
    return ColumnDrift(
        name=name,
        kind="number" if isinstance(a.frame, NumberFrame) else "category",
        rows=(a.valued, b.valued),
        missing=_missing(a, b),
        statistics=None if values is None else describe(a, b),
        values=values,
        absence=absence,
        judgement=all_of(parts),
    )


def _missing(a: ColumnProfile, b: ColumnProfile) -> tuple[float, float]:
    first, second = ((side.rows - side.valued) / side.rows if side.rows else 0.0 for side in (a, b))
    return first, second
