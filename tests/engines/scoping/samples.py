"""A small question set, random predicates over it, and the plain definition of the three sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import strategies as st

from plimsoll.engines.scoping.predicate import AllOf, Always, AnyOf, Is, Predicate, atoms
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, Option, Question, QuestionSet, Rule


def question(code: str, *values: str) -> Question:
    return Question(
        id=code,
        ask=f"What about {code}?",
        options=tuple(Option(value=v, label=v.title()) for v in values),
    )


QUESTIONS = QuestionSet(
    id="sample",
    version="1",
    questions=(
        question("K1", "language", "tabular", "vision"),
        question("S1", "internal", "partners", "public"),
        question("S2", "yes", "no"),
        question("D1", "none", "ordinary", "special"),
        question("A1", "none", "read", "write"),
    ),
)


def is_(code: str, *values: str) -> Is:
    return Is(code, frozenset(values))


def rule(name: str, when: Predicate) -> Rule:
    return Rule(id=name, title=name.replace("-", " "), when=when)


def holds(predicate: Predicate, world: Mapping[str, str]) -> bool:
    """The predicate in one world where everything is known: the plain definition."""
    if isinstance(predicate, Always):
        return True
    if isinstance(predicate, Is):
        return world[predicate.question] in predicate.values
    values = [holds(part, world) for part in predicate.parts]
    return all(values) if isinstance(predicate, AllOf) else any(values)


def worlds(answers: Mapping[str, str], codes: frozenset[str]) -> Iterator[dict[str, str]]:
    """Every way in which the questions can turn out that the answers allow."""
    asked = [q for q in QUESTIONS.questions if q.id in codes]
    choices = [[answers[q.id]] if q.id in answers else [option.value for option in q.options] for q in asked]
    for chosen in product(*choices):
        yield {q.id: value for q, value in zip(asked, chosen, strict=True)}


def brute_force(predicate: Predicate, answers: Mapping[str, str]) -> bool | None:
    codes = frozenset(atom.question for atom in atoms(predicate))
    seen = {holds(predicate, world) for world in worlds(answers, codes)}
    return seen.pop() if len(seen) == 1 else None


def matters(predicate: Predicate, answers: Mapping[str, str], code: str) -> bool:
    """Whether some world changes its truth when this unknown question alone turns out otherwise."""
    codes = frozenset(atom.question for atom in atoms(predicate))
    if code in answers or code not in codes:
        return False
    options = [option.value for option in QUESTIONS[code].options]
    return any(
        len({holds(predicate, {**world, code: value}) for value in options}) == 2
        for world in worlds(answers, codes)
    )


def _atoms_of(q: Question) -> st.SearchStrategy[Predicate]:
    return st.sets(st.sampled_from(sorted(q.values)), min_size=1).map(lambda values: is_(q.id, *values))


# Two questions come up more often, so that conditions that hold either way are not rare.
single = st.one_of([_atoms_of(q) for q in (*QUESTIONS.questions, *[QUESTIONS["S2"], QUESTIONS["K1"]] * 3)])
predicates: st.SearchStrategy[Predicate] = st.recursive(
    single | st.just(Always()),
    lambda parts: st.builds(
        lambda kind, chosen: kind(tuple(chosen)),
        st.sampled_from((AllOf, AnyOf)),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=9,
)
answers_given: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {},
    optional={q.id: st.sampled_from([*sorted(q.values), NOT_APPLICABLE]) for q in QUESTIONS.questions},
)
rule_lists: st.SearchStrategy[list[Rule]] = st.lists(predicates, max_size=6).map(
    lambda many: [rule(f"rule-{n}", when) for n, when in enumerate(many)]
)
