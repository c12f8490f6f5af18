"""What the law makes of a system on a day: its classes under the AI Act, and every duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from plimsoll.adapters.duties import load_duty_rules
from plimsoll.adapters.law import load_act_rules
from plimsoll.engines.law.classification import Classification, classify
from plimsoll.engines.law.fact_sheet import FactSheet, read_facts
from plimsoll.engines.law.obligations import Duties, find_duties
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.scope.models import LawAnswer
from plimsoll.loop.scope.selectors.seeing import must_see
from plimsoll.loop.scope.selectors.systems import SystemRow
from plimsoll.people.actors import Actor

__all__ = ["LawAnswerRow", "LawSheet", "law_sheet", "law_sheets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LawAnswerRow:
    """One answer, with whose word it is and the law as it stood."""

    fact: str
    value: str | list[str]
    law_version: str
    source: str
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LawSheet:
    """One system under the law, computed for a day."""

    system: SystemRow
    answered: Mapping[str, LawAnswerRow]
    """Fact → the answer in force that counts."""
    classification: Classification
    duties: Duties
    outdated: tuple[str, ...]
    """Facts whose answer the sheet of today no longer takes; they count as unknown."""


def law_sheet(actor: Actor, system: SystemRow, *, as_of: date) -> LawSheet:
    """The system under the law on the day; one query."""
    return law_sheets(actor, [system], as_of=as_of)[0]


def law_sheets(actor: Actor, systems: Iterable[SystemRow], *, as_of: date) -> list[LawSheet]:
    """The same for many systems of programs that the actor may see; one query."""
    wanted = list(systems)
    for program_id in {system.program_id for system in wanted}:
        must_see(actor, program_id)
    rows: dict[int, dict[str, LawAnswerRow]] = defaultdict(dict)
    found = LawAnswer.objects.filter(system_id__in=[s.id for s in wanted]).select_related("answered_by")
    for row in found.order_by("pk"):
        rows[row.system_id][row.fact] = LawAnswerRow(
            fact=row.fact,
            value=row.value,
            law_version=row.law_version,
            source=row.source,
            answered_by=row.answered_by.name,
            answered_at=row.answered_at,
        )
    return [_sheet(system, rows[system.id], as_of) for system in wanted]


def _sheet(system: SystemRow, answers: Mapping[str, LawAnswerRow], as_of: date) -> LawSheet:
    act, duties = load_act_rules(), load_duty_rules()
    taken = {fact: row for fact, row in answers.items() if _takes(duties.sheet, row)}
    values = {fact: row.value for fact, row in taken.items()}
    asked = {fact: value for fact, value in values.items() if fact in act.sheet}
    return LawSheet(
        system=system,
        answered=taken,
        classification=classify(act, read_facts(act.sheet, asked), as_of),
        duties=find_duties(duties, read_facts(duties.sheet, values), as_of),
        outdated=tuple(fact for fact in answers if fact not in taken),
    )


def _takes(sheet: FactSheet, row: LawAnswerRow) -> bool:
    """Whether the sheet of today still asks this and takes the answer; if not, it counts as unknown."""
    try:
        read_facts(sheet, {row.fact: row.value})
    except BadInput:
        return False
    return True
