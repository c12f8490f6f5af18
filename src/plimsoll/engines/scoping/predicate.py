"""Conditions over facts, evaluated three-valued, with the explanation made by the same code.

A world gives each question the set of values it may still have: one value if it is answered, all
options if it is not. An atom `Is(question, values)` is true if every possible value is among
`values`, false if none is, and open otherwise. Connectives are Kleene's; `decide` sharpens the
result to the exact one by splitting on open questions (see ADR 0003).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plimsoll.kernel.errors import BadInput

__all__ = [
    "AllOf",
    "Always",
    "AnyOf",
    "Budget",
    "Is",
    "Predicate",
    "Truth",
    "World",
    "atoms",
    "decide",
    "kleene",
    "parse_predicate",
    "support",
]

World = Mapping[str, frozenset[str]]
"""Question → the values it may still have; a single value once it is answered."""
Truth = bool | None
"""True, False, or None for open."""


@dataclass(frozen=True, slots=True)
class Always:
    """True in every world."""


@dataclass(frozen=True, slots=True)
class Is:
    """True if the question's answer is one of the values."""

    question: str
    """Code of the question."""
    values: frozenset[str]
    """Answers that make it true; never empty."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if every part is."""

    parts: tuple[Predicate, ...]
    """At least one."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if some part is."""

    parts: tuple[Predicate, ...]
    """At least one."""


Predicate = Always | Is | AllOf | AnyOf


def parse_predicate(value: object, *, what: str) -> Predicate:
    """The predicate that plain data spells; BadInput names `what` and the part that is wrong.

    Forms: "always"; {K1: [language, vision]} (several questions in one mapping must all hold);
    {all: [...]}; {any: [...]}.
    """
    if value == "always":
        return Always()
    if not isinstance(value, dict) or not value:
        raise _malformed(what, value)
    if len(value) == 1 and next(iter(value)) in ("all", "any"):
        (word, parts), *_ = value.items()
        if not isinstance(parts, list) or not parts:
            raise _malformed(what, value)
        parsed = tuple(parse_predicate(part, what=what) for part in parts)
        return AllOf(parsed) if word == "all" else AnyOf(parsed)
    atoms = tuple(_atom(question, values, what) for question, values in value.items())
    return atoms[0] if len(atoms) == 1 else AllOf(atoms)


def _atom(question: object, values: object, what: str) -> Is:
    listed = [values] if isinstance(values, str) else values
    if (
        not isinstance(question, str)
        or not isinstance(listed, list)
        or not listed
        or not all(isinstance(item, str) for item in listed)
    ):
        raise _malformed(what, {question: values})
    return Is(question, frozenset(listed))


def _malformed(what: str, value: object) -> BadInput:
    return BadInput(
        f"The condition of {what} is malformed at “{str(value)[:80]}”.",
        hint="Write always, {QUESTION: [answers]}, {all: [...]} or {any: [...]}.",
    )


def support(predicate: Predicate) -> frozenset[str]:
    """The questions that the predicate mentions."""
    return frozenset(atom.question for atom in atoms(predicate))


def atoms(predicate: Predicate) -> Iterator[Is]:
    """The atoms of the predicate, from left to right."""
    if isinstance(predicate, Is):
        yield predicate
    elif isinstance(predicate, AllOf | AnyOf):
        for part in predicate.parts:
            yield from atoms(part)


def kleene(predicate: Predicate, world: World) -> Truth:
    """Kleene truth in the world. True and False are exact; None may hide a tautology."""
    if isinstance(predicate, Always):
        return True
    if isinstance(predicate, Is):
        possible = world[predicate.question]
        if possible <= predicate.values:
            return True
        return None if possible & predicate.values else False
    values = [kleene(part, world) for part in predicate.parts]
    decisive = isinstance(predicate, AnyOf)
    if decisive in values:
        return decisive
    return None if None in values else not decisive


@dataclass(slots=True)
class Budget:
    """How many worlds may still be looked at before the answer stays Kleene's."""

    left: int
    """Counts down with every split."""

    def spend(self) -> bool:
        """Whether one more split was affordable."""
        self.left -= 1
        return self.left >= 0


def decide(predicate: Predicate, world: World, budget: Budget) -> tuple[Truth, bool]:
    """Truth in every world that the unknowns allow, and whether that is exact.

    Splits on the first open question of the predicate and prunes with Kleene's rule, so only the
    variables that occur are enumerated. When the budget runs out before two worlds disagree, the
    answer is (None, False): open as far as was looked.
    """
    truth = kleene(predicate, world)
    if truth is not None:
        return truth, True
    open_question = next(a.question for a in atoms(predicate) if _undecided(a, world))
    seen: set[bool] = set()
    exact = True
    for value in sorted(world[open_question]):
        if not budget.spend():
            return None, False
        branch, branch_exact = decide(predicate, {**world, open_question: frozenset((value,))}, budget)
        if branch is None and branch_exact:
            return None, True
        exact = exact and branch_exact
        if branch is not None:
            seen.add(branch)
        if len(seen) == 2:
            return None, True
    return (seen.pop(), True) if exact else (None, False)


def _undecided(atom: Is, world: World) -> bool:
    possible = world[atom.question]
    return bool(possible & atom.values) and not possible <= atom.values
