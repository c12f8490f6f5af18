"""Reads the law files that are shipped with the package and joins them with the catalog's facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.law.act_rules import ActRules, Ground, LawVersion, Note, Reading
from plimsoll.engines.law.condition import Condition, parse_condition
from plimsoll.engines.law.dates import StartDate
from plimsoll.engines.law.edition import RulesEdition
from plimsoll.engines.law.fact_sheet import Fact, FactKind, FactSheet
from plimsoll.engines.law.schema import ClassificationFile, DateEntry, FactEntry, RuleEdition
from plimsoll.kernel.errors import BadInput

__all__ = [
    "Conditions",
    "law_bytes",
    "load_act_rules",
    "read_act_rules",
    "read_fact",
    "read_law_model",
    "rules_edition",
    "start_dates",
    "unique",
]

_Model = TypeVar("_Model", bound=BaseModel)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: str
    ask: str
    ref: str = ""


class _Asks(BaseModel):
    model_config = ConfigDict(extra="allow")
    tiers: list[str]
    questions: list[_Asked]


class _Source(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: str


class _Sources(BaseModel):
    model_config = ConfigDict(extra="allow")
    sources: list[_Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Parses conditions over one fact sheet and its named conditions."""

    sheet: FactSheet
    """What may be asked."""
    defined: Mapping[str, Condition]
    """Named conditions."""

    def parse(self, value: object, *, what: str) -> Condition:
        """The condition that plain data spells; BadInput names `what`."""
        return parse_condition(
            value, what=what, choices=self.sheet.choices, many=self.sheet.many, defined=self.defined
        )

    def defining(self, definitions: Mapping[str, object]) -> Conditions:
        """The same with further named conditions, each of which may use those before it."""
        found = self
        for name, value in definitions.items():
            found = Conditions(
                sheet=found.sheet, defined={**found.defined, name: found.parse(value, what=name)}
            )
        return found


@cache
def load_act_rules() -> ActRules:
    """The shipped rules of the EU AI Act, read once per process.

    Raises BadInput, naming file and place, if a file is malformed or names what does not exist: half-read
    rules would classify systems wrongly.
    """
    return read_act_rules(law_bytes("law", "ai_act_rules.yaml"))


def read_act_rules(content: bytes) -> ActRules:
    """The rules in `content`, joined with the words of the catalog's questions and checked against it."""
    file = read_model(content, ClassificationFile, what="law/ai_act_rules.yaml")
    asks = read_law_model("catalog", "ai_act_classification.yaml", _Asks)
    asked = {question.id: question for question in asks.questions}
    missing = set(asked) - {entry.id for entry in file.facts}
    if missing or set(file.tiers) != set(asks.tiers):
        raise BadInput(
            f"law/ai_act_rules.yaml leaves out {', '.join(sorted(missing)) or 'a tier of the catalog'}."
        )
    _sources_exist([file.law, *file.grounds, *file.readings])
    sheet = FactSheet(
        id=file.edition.id,
        version=file.edition.version,
        facts=tuple(read_fact(entry, asked.get(entry.id)) for entry in file.facts),
    )
    conditions = Conditions(sheet=sheet, defined={}).defining(file.definitions)
    rules = ActRules(
        law=_law(file),
        sheet=sheet,
        tiers=tuple(file.tiers),
        grounds=_grounds(file, conditions),
        readings=tuple(
            Reading(
                when=conditions.parse(entry.when, what=entry.id),
                concerns=tuple(entry.concerns),
                source=tuple(entry.source),
                **entry.model_dump(exclude={"when", "concerns", "source"}),
            )
            for entry in file.readings
        ),
        notes=tuple(
            Note(when=conditions.parse(entry.when, what=entry.id), **entry.model_dump(exclude={"when"}))
            for entry in file.notes
        ),
        defined=conditions.defined,
    )
    named = [ground.tier for ground in rules.grounds] + [t for r in rules.readings for t in r.concerns]
    if set(named) != set(file.tiers):
        raise BadInput("law/ai_act_rules.yaml has a tier without a ground, or a ground without a tier.")
    return rules


def _law(file: ClassificationFile) -> LawVersion:
    return LawVersion(
        name=file.law.name,
        version=file.law.version,
        in_force_since=file.law.in_force_since,
        source=tuple(file.law.source),
        edition=rules_edition(file.edition),
    )


def rules_edition(entry: RuleEdition) -> RulesEdition:
    """The edition that a file names."""
    return RulesEdition(
        id=entry.id,
        version=entry.version,
        checked_at=entry.checked_at,
        stale_after_days=entry.stale_after_days,
    )


def _grounds(file: ClassificationFile, conditions: Conditions) -> tuple[Ground, ...]:
    unique([entry.id for entry in file.grounds], what="ground")
    return tuple(
        Ground(
            id=entry.id,
            tier=entry.tier,
            article=entry.article,
            because=entry.because,
            when=conditions.parse(entry.when, what=entry.id),
            starts=_starts(file, entry.dates, entry.id, conditions),
            roles=entry.roles,
            source=tuple(entry.source),
            confidence=entry.confidence,
        )
        for entry in file.grounds
    )


def _starts(file: ClassificationFile, dates: str, what: str, conditions: Conditions) -> tuple[StartDate, ...]:
    if dates not in file.dates:
        raise BadInput(f"The ground {what} names the dates {dates}, which law/ai_act_rules.yaml lacks.")
    return start_dates(file.dates[dates], what=what, conditions=conditions)


def start_dates(entries: Iterable[DateEntry], *, what: str, conditions: Conditions) -> tuple[StartDate, ...]:
    """The dates of a file with their conditions parsed."""
    return tuple(
        StartDate(
            day=entry.day,
            when=conditions.parse(entry.when, what=what),
            note=entry.note,
            only_if=entry.only_if,
        )
        for entry in entries
    )


def read_fact(entry: FactEntry, asked: _Asked | None = None) -> Fact:
    """The fact of a file, with the words of the catalog's question if it has one.

    BadInput if it has its words twice or nowhere, or names an answer that it cannot be.
    """
    if (asked is None) == (entry.ask is None):
        raise BadInput(
            f"The fact {entry.id} needs its question in exactly one place: here or in the catalog."
        )
    values = set(entry.values)
    strange = {word for words in entry.accepts.values() for word in words} - values
    strange |= (set(entry.within) | set(entry.within.values())) - values
    if strange:
        raise BadInput(f"The fact {entry.id} names {', '.join(sorted(strange))}, which it cannot be.")
    return Fact(
        id=entry.id,
        kind=FactKind(entry.kind),
        ask=asked.ask if asked else str(entry.ask),
        values=tuple(entry.values),
        ref=asked.ref if asked else "",
        help=" ".join(entry.help.split()),
        accepts={word: tuple(stands_for) for word, stands_for in entry.accepts.items()},
        within=entry.within,
    )


def _sources_exist(entries: Iterable[Any]) -> None:
    known = {source.id for source in read_law_model("catalog", "sources.yaml", _Sources).sources}
    strange = {source for entry in entries for source in entry.source} - known
    if strange:
        raise BadInput(f"law/ai_act_rules.yaml cites {', '.join(sorted(strange))}, which is no source.")


def unique(ids: list[str], *, what: str) -> None:
    """Raises BadInput if an id is used twice: of two with one id the first would vanish without a word."""
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise BadInput(f"The law files have more than one {what} {', '.join(twice)}.")


def law_bytes(engine: str, name: str) -> bytes:
    """The bytes of a shipped file of facts."""
    return resources.files(f"plimsoll.engines.{engine}").joinpath("facts", name).read_bytes()


def read_law_model(engine: str, name: str, model: type[_Model]) -> _Model:
    """A shipped file of facts, checked against its form."""
    return read_model(law_bytes(engine, name), model, what=f"{engine}/{name}")
