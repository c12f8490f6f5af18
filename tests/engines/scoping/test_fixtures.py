"""The shipped question set and rules against the project's reference rule set.

The vectors in tests/vectors/scoping hold what the reference says of its own rules and of the worked systems.
Where the reference itself lies beside the checkout, it is run and everything is compared again, on random
answers too.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from plimsoll.adapters.catalog import Catalog, load_catalog
from plimsoll.engines.scoping.chasing import Unknown, rank_unknowns
from plimsoll.engines.scoping.evaluation import EXACT, Item, evaluate
from plimsoll.engines.scoping.predicate import support
from plimsoll.engines.scoping.question_set import read_answers
from tests import shared

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "scoping"
REFERENCE_RULES = json.loads((VECTORS / "reference_rules.json").read_text(encoding="utf-8"))
SYSTEMS = json.loads((VECTORS / "worked_systems.json").read_text(encoding="utf-8"))["systems"]
CATALOG = load_catalog()
RANDOM_SYSTEMS = 300

Answers = Mapping[str, str]
each_system = pytest.mark.parametrize("system", SYSTEMS, ids=[s["name"] for s in SYSTEMS])


@cache
def reference() -> ModuleType:
    """The reference module, run once with its printing caught; skips the test where it is absent."""
    spec = importlib.util.spec_from_file_location("reference_scoping", shared.path("fixtures/scoping.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(module)
    return module


def titles(items: tuple[Item, ...]) -> list[str]:
    return [item.rule.title for item in items]


def three_sets(answers: Answers, catalog: Catalog = CATALOG) -> tuple[list[str], list[str], list[str]]:
    scope = evaluate(catalog.question_set, catalog.rules, answers)
    return titles(scope.certain), titles(scope.open), titles(scope.out)


def ranking(answers: Answers) -> list[tuple[Any, ...]]:
    return [row(unknown) for unknown in rank_unknowns(CATALOG.question_set, CATALOG.rules, answers)]


def row(unknown: Unknown) -> tuple[Any, ...]:
    branches = [(c.value, c.settles, c.adds) for c in unknown.consequences]
    return unknown.settles_worst, unknown.settles_best, unknown.question, branches


def random_answers(count: int, seed: int = 4) -> Iterator[dict[str, str]]:
    """Answer sets with every share of unknowns, from none known to all known."""
    dice = random.Random(seed)
    for _ in range(count):
        known = dice.random()
        yield {
            question.id: dice.choice(question.options).value
            for question in CATALOG.question_set.questions
            if dice.random() < known
        }


class Watched(dict[str, str]):
    """Answers that note which questions were looked up."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.looked_up: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.looked_up.add(key)
        return super().get(key, default)


def exact_truth(rule: Callable[[Answers], bool | None], answers: Answers) -> bool | None:
    """Truth of a reference rule by looking at every world that the unknowns allow."""
    watched = Watched(answers)
    rule(watched)
    unknown = sorted(watched.looked_up - answers.keys())
    options = [[option.value for option in CATALOG.question_set[code].options] for code in unknown]
    seen = {rule({**answers, **dict(zip(unknown, world, strict=True))}) for world in product(*options)}
    assert None not in seen
    return seen.pop() if len(seen) == 1 else None


# ---- against the vectors


def test_the_questions_are_those_of_the_reference() -> None:
    ours = [
        {"id": q.id, "ask": q.ask, "options": [option.value for option in q.options]}
        for q in CATALOG.question_set.questions
    ]
    assert ours == REFERENCE_RULES["questions"]
    assert len(ours) == 25


def test_the_rules_have_the_titles_of_the_reference_in_its_order() -> None:
    assert [rule.title for rule in CATALOG.rules] == REFERENCE_RULES["rules"]
    assert len(CATALOG.rules) == 37


@each_system
def test_every_worked_system_gives_the_three_sets_of_the_reference(system: dict[str, Any]) -> None:
    answers = read_answers(CATALOG.question_set, system["answers"])
    assert three_sets(answers) == (system["certain"], system["open"], system["out"])


@each_system
def test_every_worked_system_ranks_its_unknowns_like_the_reference(system: dict[str, Any]) -> None:
    expected = [
        (
            u["settles_worst"],
            u["settles_best"],
            u["question"],
            [(a["value"], a["settles"], a["adds"]) for a in u["answers"]],
        )
        for u in system["unknowns"]
    ]
    assert ranking(system["answers"]) == expected


@pytest.mark.parametrize(
    ("name", "answered", "counts"),
    [
        ("Bosun day 0", 16, (15, 12, 10)),
        ("Keel day 0", 19, (20, 4, 13)),
        ("Lookout day 0", 13, (14, 12, 11)),
        ("Bosun after four answers", 20, (20, 4, 13)),
    ],
)
def test_the_worked_systems_have_the_promised_counts(
    name: str, answered: int, counts: tuple[int, int, int]
) -> None:
    (answers,) = [system["answers"] for system in SYSTEMS if system["name"] == name]
    assert len(answers) == answered
    certain, open_, out = three_sets(answers)
    assert (len(certain), len(open_), len(out)) == counts


def test_four_answers_lead_from_day_0_to_the_later_bosun() -> None:
    day_0, _, _, later = (system["answers"] for system in SYSTEMS)
    assert later == day_0 | {"A1": "write", "D2": "yes", "M2": "yes", "R2": "transparency"}


def test_the_unknown_that_settles_nothing_is_ranked_last() -> None:
    (bosun,) = [system["answers"] for system in SYSTEMS if system["name"] == "Bosun day 0"]
    assert ranking(bosun)[-1][:3] == (0, 0, "O1")


# ---- against the reference itself


def test_the_vectors_are_what_the_reference_says() -> None:
    module = reference()
    assert REFERENCE_RULES["rules"] == list(module.R)
    assert REFERENCE_RULES["questions"] == [
        {"id": code, "ask": ask, "options": options} for code, (ask, options) in module.Q.items()
    ]
    assert [system["name"] for system in SYSTEMS[:3]] == list(module.cases)
    for system in SYSTEMS:
        answers = system["answers"]
        assert answers == module.cases.get(system["name"], answers)
        assert (system["certain"], system["open"], system["out"]) == module.scope(answers)


def test_random_systems_give_the_three_sets_and_the_ranking_of_the_reference() -> None:
    module = reference()
    for answers in random_answers(RANDOM_SYSTEMS):
        assert three_sets(answers) == tuple(module.scope(answers)), answers
        assert ranking(answers) == module.impact(answers), answers


def test_random_systems_are_decided_as_by_looking_at_every_world() -> None:
    module = reference()
    for answers in random_answers(RANDOM_SYSTEMS):
        scope = evaluate(CATALOG.question_set, CATALOG.rules, answers)
        assert scope.method == EXACT
        for item, rule in zip(scope.items, module.R.values(), strict=True):
            assert item.truth is exact_truth(rule, answers), (item.rule.id, answers)
            by_kleene = rule(answers)
            assert by_kleene is None or by_kleene is item.truth, (item.rule.id, answers)


def test_every_rule_asks_only_what_the_reference_asks() -> None:
    for rule, theirs in zip(CATALOG.rules, reference().R.values(), strict=True):
        watched = Watched({})
        theirs(watched)
        assert support(rule.when) == watched.looked_up, rule.id


def test_rules_and_reference_agree_in_every_world_of_every_rule() -> None:
    for rule, theirs in zip(CATALOG.rules, reference().R.values(), strict=True):
        codes = sorted(support(rule.when))
        options = [[option.value for option in CATALOG.question_set[code].options] for code in codes]
        for world in product(*options):
            answers = dict(zip(codes, world, strict=True))
            (item,) = evaluate(CATALOG.question_set, [rule], answers).items
            assert item.truth is theirs(answers), (rule.id, answers)
