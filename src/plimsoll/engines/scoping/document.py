"""The scope as one JSON document: the same for command, API and page. docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plimsoll.engines.scoping.chasing import Unknown
from plimsoll.engines.scoping.evaluation import Item, Scope
from plimsoll.engines.scoping.question_set import Answers, QuestionSet

__all__ = ["FORM", "scope_document"]

FORM = "plimsoll/scope/1"


def scope_document(
    question_set: QuestionSet,
    answers: Answers,
    scope: Scope,
    unknowns: Iterable[Unknown],
    further: Mapping[str, Scope],
) -> dict[str, Any]:
    """The three sets with reasons, the confidence, the method and the unknowns in chasing order.

    `further` are scopes over other rules (risks, tiers, obligations), by name. `confidence` is null
    when nothing is certain or open.
    """
    return {
        "form": FORM,
        "question_set": {"id": question_set.id, "version": question_set.version},
        "answered": dict(answers),
        **_three_sets(scope),
        "confidence": scope.confidence,
        "method": scope.method,
        "unknowns": [
            {
                "question": unknown.question,
                "ask": question_set[unknown.question].ask,
                "settles_worst": unknown.settles_worst,
                "settles_best": unknown.settles_best,
                "answers": [
                    {
                        "value": c.value,
                        "settles": c.settles,
                        "added": list(c.added),
                        "removed": list(c.removed),
                    }
                    for c in unknown.consequences
                ],
            }
            for unknown in unknowns
        ],
        **{name: _three_sets(other) for name, other in further.items()},
    }


def _three_sets(scope: Scope) -> dict[str, Any]:
    return {
        "certain": [_item(item) for item in scope.certain],
        "open": [_item(item) for item in scope.open],
        "out": [_item(item) for item in scope.out],
    }


def _item(item: Item) -> dict[str, Any]:
    return {"id": item.rule.id, "title": item.rule.title, "reasons": list(item.reasons)}
