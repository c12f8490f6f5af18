"""What can be asked about a system under the law, and answers read strictly against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from plimsoll.engines.law.condition import World
from plimsoll.kernel.errors import BadInput

__all__ = ["Answers", "Fact", "FactKind", "FactSheet", "read_date", "read_facts"]

_UNKNOWN = ("", "unknown", "~", "null", "not_applicable", "not applicable", "n/a")
NONE = "none"
"""The answer to a fact with several answers that says: none of them."""


class FactKind(StrEnum):
    """How a fact is answered."""

    CHOICE = "choice"
    MANY = "many"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that a rule may rest on."""

    id: str
    """Code, such as Q10 or places."""
    kind: FactKind
    """Exactly one of `values`, any number of them, or a date."""
    ask: str
    """The question."""
    values: tuple[str, ...]
    """Answers, members, or for a date "before YYYY-MM-DD", in the order shown."""
    ref: str = ""
    """Article that the question comes from."""
    help: str = ""
    """What to look at, or what the answers mean."""
    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other words for an answer; one that stands for several leaves it open which of them it is."""
    within: Mapping[str, str] = field(default_factory=dict)
    """Member → the member that it lies in: naming the inner one implies the outer one."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of a world that this fact is."""
        if self.kind is FactKind.CHOICE:
            return (self.id,)
        return tuple(f"{self.id}.{value}" for value in self.values)

    @property
    def open_world(self) -> dict[str, frozenset[str]]:
        """What its variables may be while nothing is known."""
        if self.kind is FactKind.CHOICE:
            return {self.id: frozenset(self.values)}
        return dict.fromkeys(self.variables, _EITHER)


_EITHER = frozenset(("yes", "no"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known of a system, and what it says about the world."""

    given: Mapping[str, object]
    """Fact → the answer in its canonical words (text or list of texts); only for what is known."""
    world: World
    """Every variable of the sheet with the values that it may still have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """A versioned list of facts."""

    id: str
    """Name of the sheet."""
    version: str
    """Changes whenever a fact or rule changes."""
    facts: tuple[Fact, ...]
    """In the order they are asked."""

    def __getitem__(self, code: str) -> Fact:
        for fact in self.facts:
            if fact.id == code:
                return fact
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return any(fact.id == code for fact in self.facts)

    @property
    def choices(self) -> dict[str, frozenset[str]]:
        """Facts with exactly one answer, with their values."""
        return {fact.id: frozenset(fact.values) for fact in self.facts if fact.kind is FactKind.CHOICE}

    @property
    def many(self) -> dict[str, frozenset[str]]:
        """Facts with several members, and dates, with their members."""
        return {fact.id: frozenset(fact.values) for fact in self.facts if fact.kind is not FactKind.CHOICE}

    def facts_of(self, variables: Iterable[str]) -> tuple[str, ...]:
        """The ids of the facts that the variables belong to, in the order they are asked."""
        wanted = {variable.partition(".")[0] for variable in variables}
        return tuple(fact.id for fact in self.facts if fact.id in wanted)


def read_facts(sheet: FactSheet, given: Mapping[str, object]) -> Answers:
    """The answers in `given` against the sheet.

    Accepted: a value or another word for it, in any case and with spaces; true and false where the values
    are yes and no; for a fact with several answers a list, a text with commas, or none; for a date an ISO
    date. Null, empty, "unknown" and "not applicable" are unknown: what does not arise decides nothing, and
    if it does after all, it stays open. Of a fact with places within places, an outer place alone
    leaves its inner ones open. BadInput names the fact, the value and what would be accepted.
    """
    strange = [str(code)[:40] for code in given if code not in sheet]
    if strange:
        raise BadInput(
            f"There is no question {', '.join(strange[:5])} in {sheet.id}.",
            hint=f"Questions are {', '.join(fact.id for fact in sheet.facts)}.",
            data={"field": strange[0]},
        )
    known: dict[str, object] = {}
    world: dict[str, frozenset[str]] = {}
    for fact in sheet.facts:
        world |= fact.open_world
        value = given.get(fact.id)
        if value is None or (isinstance(value, str) and value.strip().lower() in _UNKNOWN):
            continue
        known[fact.id], found = _READERS[fact.kind](fact, value)
        world |= found
    return Answers(given=known, world=world)


_Read = tuple[object, dict[str, frozenset[str]]]


def _read_choice(fact: Fact, value: object) -> _Read:
    if isinstance(value, list) and value and fact.accepts:
        found = [_stands_for(fact, item) for item in value]
    else:
        found = [_stands_for(fact, value)]
    if any(one != found[0] for one in found):
        raise _refused(fact, value)
    values = found[0]
    return (values[0] if len(values) == 1 else _word(value)), {fact.id: frozenset(values)}


def _stands_for(fact: Fact, value: object) -> tuple[str, ...]:
    word = _word(value)
    if word in fact.values:
        return (word,)
    if word in fact.accepts:
        return fact.accepts[word]
    raise _refused(fact, value)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    return {"true": "yes", "false": "no"}.get(text, re.sub(r"[ -]+", "_", text))


def _read_many(fact: Fact, value: object) -> _Read:
    items: list[object] = list(value) if isinstance(value, list) else []
    if isinstance(value, str):
        items = [part for part in value.split(",") if part.strip()]
    elif isinstance(value, int) and not isinstance(value, bool):
        items = [value]
    if value is False or (len(items) == 1 and _word(items[0]) in (NONE, "no")):
        return [], dict.fromkeys(fact.variables, frozenset(("no",)))
    if not items:
        raise _refused(fact, value)
    members = {_member(fact, item) for item in items}
    inside = {outer for member in members for outer in _outers(fact, member)}
    open_ = {
        inner
        for inner in fact.within
        if not members & {inner, *_inners(fact, inner)} and _closest(fact, inner, members)
    }
    found = {
        f"{fact.id}.{member}": _EITHER
        if member in open_
        else frozenset(("yes" if member in members | inside else "no",))
        for member in fact.values
    }
    return [member for member in fact.values if member in members], found


def _closest(fact: Fact, inner: str, members: set[str]) -> bool:
    """Whether the place lies in a named place of which nothing inside was named."""
    return any(outer in members and not members & set(_inners(fact, outer)) for outer in _outers(fact, inner))


def _outers(fact: Fact, member: str) -> Iterator[str]:
    while member in fact.within:
        member = fact.within[member]
        yield member


def _inners(fact: Fact, member: str) -> list[str]:
    return [inner for inner in fact.within if member in _outers(fact, inner)]


def _member(fact: Fact, item: object) -> str:
    plain = str(item).strip().lower() if isinstance(item, str | int) and not isinstance(item, bool) else ""
    for value in fact.values:
        if plain in (value.lower(), value.lower().replace("_", " ")):
            return value
    if plain in fact.accepts:
        return fact.accepts[plain][0]
    raise _refused(fact, item)


def _read_day(fact: Fact, value: object) -> _Read:
    day = read_date(value, what=fact.id)
    found = {
        variable: frozenset(("yes" if day < date.fromisoformat(variable[-10:]) else "no",))
        for variable in fact.variables
    }
    return day.isoformat(), found


_READERS = {FactKind.CHOICE: _read_choice, FactKind.MANY: _read_many, FactKind.DATE: _read_day}


def _refused(fact: Fact, value: object) -> BadInput:
    words = ", ".join(dict.fromkeys((*fact.values, *(w for w in fact.accepts if not w.isdecimal()))))
    hint = f"Answer {words} or unknown."
    if fact.kind is FactKind.MANY:
        hint = f"List one or more of {words}, or write none or unknown."
    return BadInput(
        f"{fact.id} ({fact.ask}) cannot be “{str(value)[:60]}”.",
        hint=hint,
        data={"field": fact.id, "value": str(value)[:60]},
    )


def read_date(value: object, *, what: str) -> date:
    """The day that a file gives as a date or as ISO text (2026-12-02); BadInput names `what`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise BadInput(
        f"{what} is “{str(value)[:60]}”, which is no date.",
        hint="Write year, month and day, such as 2026-12-02.",
        data={"field": what, "value": str(value)[:60]},
    )
