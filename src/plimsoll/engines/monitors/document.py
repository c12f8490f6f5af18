"""A comparison as one JSON document: the same for command and API. docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plimsoll.engines.monitors.description import Statistics
from plimsoll.engines.monitors.drift import ColumnDrift, Drift, Effect
from plimsoll.kernel.verdict import Judgement

__all__ = ["FORM", "drift_document"]

FORM = "plimsoll/drift/1"


def drift_document(drift: Drift, *, read: Sequence[str] = ()) -> dict[str, Any]:
    """The comparison with its columns, statistics, effects and reasons; `read` says what was looked at."""
    return {
        "form": FORM,
        "verdict": drift.judgement.verdict.value,
        "reasons": _reasons(drift.judgement),
        "rows": {"reference": drift.rows[0], "current": drift.rows[1]},
        "comparisons": drift.comparisons,
        "correction": "holm",
        "columns": [_column(column) for column in drift.columns],
        "read": list(read),
    }


def _column(column: ColumnDrift) -> dict[str, Any]:
    return {
        "column": column.name,
        "kind": column.kind,
        "verdict": column.judgement.verdict.value,
        "reasons": _reasons(column.judgement),
        "rows": {"reference": column.rows[0], "current": column.rows[1]},
        "missing": {"reference": column.missing[0], "current": column.missing[1]},
        "effect": _effect(column.values),
        "missing_effect": _effect(column.absence),
        "statistics": _statistics(column.statistics),
    }


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    return {
        "value": effect.value,
        "limit": effect.limit,
        "verdict": effect.judgement.verdict.value,
        "chance_if_within": effect.beyond,
        "chance_if_beyond": effect.within,
    }


def _statistics(found: Statistics | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "psi": found.psi,
        "jensen_shannon": found.jensen_shannon,
        "total_variation": found.total_variation,
        "ks": found.ks,
        "ks_at_most": found.ks_at_most,
        "wasserstein": found.wasserstein,
        "wasserstein_within": found.wasserstein_within,
        "wasserstein_per_deviation": found.wasserstein_per_deviation,
    }


def _reasons(judgement: Judgement) -> list[dict[str, str]]:
    return [{"verdict": r.verdict.value, "text": r.text, "source": r.source} for r in judgement.reasons]
