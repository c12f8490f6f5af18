"""Systems with their stage by facts, owner and promised dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from plimsoll.engines.scoping.promotion import EffectiveStage, effective_stage
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.loop.scope.models import Answer, StagePromise, System
from plimsoll.loop.scope.selectors.seeing import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = ["Promise", "SystemRow", "system_by_id", "system_by_ref", "system_choices", "systems_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    stage: Stage
    committed_on: date
    promised_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRow:
    id: int
    program_id: int
    ref: str
    name: str
    sentence: str
    stage: EffectiveStage
    label: Stage
    owner_id: int
    owner: str
    holder_id: int | None
    holder: str
    real_data_since: date | None
    promises: tuple[Promise, ...]

    @property
    def next_promise(self) -> Promise | None:
        """The earliest promised stage that the system has not entered yet."""
        ahead = [p for p in self.promises if p.stage.order > self.label.order]
        return min(ahead, key=lambda p: p.stage.order, default=None)


def systems_of(actor: Actor, program_id: int) -> list[SystemRow]:
    """All systems of a program, by number; three queries."""
    must_see(actor, program_id)
    rows = System.objects.filter(program_id=program_id).select_related("owner", "off_switch_holder")
    return _system_rows(rows.order_by("number"))


def system_choices(actor: Actor, program_id: int) -> list[tuple[str, str]]:
    """Number and name of each system, for filters; one query."""
    must_see(actor, program_id)
    rows = System.objects.filter(program_id=program_id).order_by("number")
    return [(str(number), name) for number, name in rows.values_list("number", "name")]


def system_by_ref(actor: Actor, program_id: int, ref: str) -> SystemRow:
    must_see(actor, program_id)
    number = number_of(ref, "SYS")
    rows = System.objects.filter(program_id=program_id, number=number)
    found = _system_rows(rows.select_related("owner", "off_switch_holder"))
    if not found:
        raise NotFound(f"There is no system {ref[:20]} in this program.")
    return found[0]


def system_by_id(actor: Actor, system_id: int) -> SystemRow:
    rows = System.objects.filter(pk=system_id).select_related("owner", "off_switch_holder")
    found = _system_rows(rows)
    if not found or not actor.sees(found[0].program_id):
        raise NotFound("There is no such system.")
    return found[0]


def _system_rows(rows: Iterable[System]) -> list[SystemRow]:
    systems = list(rows)
    ids = [row.pk for row in systems]
    facts: dict[int, dict[str, str]] = defaultdict(dict)
    for system_id, question, value in Answer.objects.filter(
        system_id__in=ids, question__in=("D1", "D2")
    ).values_list("system_id", "question", "value"):
        facts[system_id][question] = value
    promises: dict[int, list[Promise]] = defaultdict(list)
    for row in StagePromise.objects.filter(system_id__in=ids).order_by("committed_on"):
        promises[row.system_id].append(
            Promise(stage=Stage(row.stage), committed_on=row.committed_on, promised_to=row.promised_to)
        )
    return [
        SystemRow(
            id=row.pk,
            program_id=row.program_id,
            ref=f"SYS-{row.number}",
            name=row.name,
            sentence=row.sentence,
            stage=effective_stage(Stage(row.stage), facts[row.pk], real_data_since=row.real_data_since),
            label=Stage(row.stage),
            owner_id=row.owner_id,
            owner=row.owner.name,
            holder_id=row.off_switch_holder_id,
            holder=row.off_switch_holder.name if row.off_switch_holder else "",
            real_data_since=row.real_data_since,
            promises=tuple(promises[row.pk]),
        )
        for row in systems
    ]
