"""Conditions over facts: decided exactly in every world that the unknowns allow, and explained.

A world gives each variable the values that it may still have. A fact with one answer is one variable
(Q10: yes or no); a fact with several answers is one variable per member (Q03.provider: yes or no). There
is no budget here, unlike in scoping: the rules are ours, each mentions few variables, and a class under
the law must not depend on how long one cared to look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plimsoll.kernel.errors import BadInput

__all__ = [
    "ALWAYS",
    "AllOf",
    "Always",
    "AnyOf",
    "Condition",
    "Is",
    "Not",
    "Truth",
    "World",
    "decide",
    "deciding_variables",
    "explain",
    "parse_condition",
    "sentence",
    "variables",
]

World = Mapping[str, frozenset[str]]
"""Variable → the values it may still have; a single value once it is known."""
Truth = bool | None
"""True, False, or None for open: it is true in some worlds and false in others."""


@dataclass(frozen=True, slots=True)
class Always:
    """True in every world."""


@dataclass(frozen=True, slots=True)
class Is:
    """True if the variable has one of the values."""

    variable: str
    """A fact, or a fact and a member joined by a dot."""
    values: frozenset[str]
    """Values that make it true; never empty."""


@dataclass(frozen=True, slots=True)
class Not:
    """True if the part is false."""

    part: Condition
    """What must not hold."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if every part is."""

    parts: tuple[Condition, ...]
    """At least one."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if some part is."""

    parts: tuple[Condition, ...]
    """At least one."""


Condition = Always | Is | Not | AllOf | AnyOf
ALWAYS = Always()


def parse_condition(
    value: object,
    *,
    what: str,
    choices: Mapping[str, frozenset[str]],
    many: Mapping[str, frozenset[str]],
    defined: Mapping[str, Condition],
) -> Condition:
    """The condition that plain data spells; BadInput names `what` and the part that is wrong.

    Forms: "always"; {Q10: yes} and {Q02: [no, open_source]} (several facts in one mapping must all hold; of
    a fact in `many`, one listed member suffices); {all: [...]}; {any: [...]}; {not: ...}; {is: NAME} for a
    condition in `defined`. `choices` and `many` hold the values or members of every fact.
    """

    def parse(node: object) -> Condition:
        if node == "always":
            return ALWAYS
        if not isinstance(node, dict) or not node:
            raise _malformed(what, node)
        word, inner = next(iter(node.items()))
        if len(node) > 1 or word not in ("all", "any", "not", "is"):
            atoms = tuple(atom(str(fact), values) for fact, values in node.items())
            return atoms[0] if len(atoms) == 1 else AllOf(atoms)
        if word == "not":
            return Not(parse(inner))
        if word == "is":
            if inner not in defined:
                raise _malformed(what, node)
            return defined[inner]
        if not isinstance(inner, list) or not inner:
            raise _malformed(what, node)
        parts = tuple(parse(part) for part in inner)
        return AllOf(parts) if word == "all" else AnyOf(parts)

    def atom(fact: str, values: object) -> Condition:
        listed = [values] if isinstance(values, str) else values
        allowed = choices.get(fact) or many.get(fact)
        if allowed is None or not isinstance(listed, list) or not listed or not set(listed) <= allowed:
            raise _malformed(what, {fact: values})
        if fact in choices:
            return Is(fact, frozenset(listed))
        members = tuple(Is(f"{fact}.{member}", frozenset(("yes",))) for member in listed)
        return members[0] if len(members) == 1 else AnyOf(members)

    return parse(value)


def _malformed(what: str, value: object) -> BadInput:
    return BadInput(
        f"The condition of {what} is malformed at “{str(value)[:80]}”.",
        hint="Write always, {FACT: [values]}, {all: [...]}, {any: [...]}, {not: ...} or {is: NAME}.",
    )


def variables(condition: Condition) -> Iterator[str]:
    """The variables that the condition mentions, from left to right, with repetitions."""
    if isinstance(condition, Is):
        yield condition.variable
    elif isinstance(condition, Not):
        yield from variables(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from variables(part)


def _residue(condition: Condition, world: World) -> bool | Condition:
    """True or False where Kleene's rules suffice, else the condition without its decided parts."""
    if isinstance(condition, Is):
        possible = world[condition.variable]
        if possible <= condition.values:
            return True
        return condition if possible & condition.values else False
    if isinstance(condition, Always):
        return True
    if isinstance(condition, Not):
        inner = _residue(condition.part, world)
        return not inner if isinstance(inner, bool) else Not(inner)
    decisive = isinstance(condition, AnyOf)
    left: list[Condition] = []
    for part in condition.parts:
        found = _residue(part, world)
        if found is decisive:
            return decisive
        if not isinstance(found, bool):
            left.append(found)
    if not left:
        return not decisive
    return type(condition)(tuple(left))


def decide(condition: Condition, world: World) -> Truth:
    """Whether the condition is true in every world that the unknowns allow, in none, or in some; exact.

    Splits on the first undecided variable, prunes with Kleene's rules and stops when two worlds disagree.
    Variables are taken to be independent.
    """
    left = _residue(condition, world)
    if isinstance(left, bool):
        return left
    return _split(left, _narrowed(world, left))


def _split(left: Condition, world: World) -> Truth:
    variable = next(variables(left))
    seen: set[bool] = set()
    for value in sorted(world[variable]):
        found = _residue(left, {**world, variable: frozenset((value,))})
        truth = found if isinstance(found, bool) else _split(found, world)
        if truth is None:
            return None
        seen.add(truth)
        if len(seen) == 2:
            return None
    return seen.pop()


def _narrowed(world: World, condition: Condition) -> World:
    # Worlds are copied at every split: keep only what the condition mentions.
    return {name: world[name] for name in variables(condition)}


def deciding_variables(condition: Condition, world: World) -> tuple[str, ...]:
    """The unknown variables on which the condition really turns; empty if it is decided.

    A variable counts if two of its values give different results in some world of the others. One that
    is merely mentioned does not: nobody should look for an answer that settles nothing.
    """
    left = _residue(condition, world)
    if isinstance(left, bool):
        return ()
    mentioned = tuple(variables(left))
    if len(set(mentioned)) == len(mentioned):
        # Where each variable occurs once, none can be made idle by another: every one decides somewhere.
        return mentioned
    smaller = _narrowed(world, left)
    return tuple(v for v in smaller if _turns_on(left, smaller, v))


def _turns_on(condition: Condition, world: World, variable: str) -> bool:
    first, *others = (
        _residue(condition, {**world, variable: frozenset((value,))}) for value in sorted(world[variable])
    )
    return any(_differ(first, other, world) for other in others)


def _differ(one: bool | Condition, other: bool | Condition, world: World) -> bool:  # noqa: FBT001 - truth values
    """Whether the two give different results in some world."""
    if one == other:
        return False
    undecided = other if isinstance(one, bool) else one
    if isinstance(undecided, bool):
        return True
    variable = next(variables(undecided))
    worlds = ({**world, variable: frozenset((value,))} for value in sorted(world[variable]))
    return any(_differ(_reduced(one, found), _reduced(other, found), found) for found in worlds)


def _reduced(condition: bool | Condition, world: World) -> bool | Condition:  # noqa: FBT001 - a truth value
    return condition if isinstance(condition, bool) else _residue(condition, world)


def explain(condition: Condition, world: World, turning: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Sentences for why the condition is true or false, or which unknowns keep it open.

    Only facts that bear on the result are named, in the order of the condition. Where each way an unknown
    can turn out leads to the same result, that is said. `turning` are its deciding variables, if they are
    known already.
    """
    truth = decide(condition, world)
    if truth is None:
        unknown = deciding_variables(condition, world) if turning is None else turning
        return tuple(sentence(variable, world) for variable in unknown)
    return tuple(dict.fromkeys(_because(condition, world, truth)))


def _because(condition: Condition, world: World, truth: bool) -> list[str]:  # noqa: FBT001 - a truth value
    if isinstance(condition, Always):
        return ["always"]
    if isinstance(condition, Is):
        return [sentence(condition.variable, world)]
    if isinstance(condition, Not):
        return _because(condition.part, world, not truth)
    parts = condition.parts
    if isinstance(condition, AnyOf) == truth:  # one part suffices: name those that do
        agreeing = tuple(part for part in parts if decide(part, world) is truth)
        if not agreeing:
            mentioned = [v for part in parts if decide(part, world) is None for v in variables(part)]
            known = [sentence(v, world) for v in mentioned if len(world[v]) == 1]
            unknown = dict.fromkeys(v for v in mentioned if len(world[v]) > 1)
            return [*known, f"whatever {' and '.join(unknown)} turns out to be"]
        parts = agreeing
    return [reason for part in parts for reason in _because(part, world, truth)]


def sentence(variable: str, world: World) -> str:
    """What is known of a variable, as a clause: "Q10 is yes", "places includes EU", "Q31 is unknown"."""
    fact, _, member = variable.partition(".")
    possible = world[variable]
    if member.startswith("before "):
        if len(possible) > 1:
            return f"whether {fact} is {member} is unknown"
        return f"{fact} is {'' if 'yes' in possible else 'not '}{member}"
    if member:
        if len(possible) > 1:
            return f"whether {fact} includes {member} is unknown"
        return f"{fact} {'includes' if 'yes' in possible else 'does not include'} {member}"
    if len(possible) == 1:
        return f"{fact} is {next(iter(possible))}"
    if possible == {"yes", "no"}:
        return f"{fact} is unknown"
    return f"{fact} is unknown ({' or '.join(sorted(possible))})"
