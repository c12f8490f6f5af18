"""Answers what law asks about a system. Every answer keeps who gave it, when, and the law as it stood."""

from __future__ import annotations

from collections.abc import Mapping

from plimsoll.adapters.duties import load_duty_rules
from plimsoll.adapters.law import load_act_rules
from plimsoll.engines.law.fact_sheet import read_facts
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed
from plimsoll.kernel.text import unprintable
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key
from plimsoll.loop.scope.models import LawAnswer, System
from plimsoll.loop.scope.services.systems import subject, system_for
from plimsoll.people.actors import Actor

__all__ = ["answer_law"]

LONGEST_SOURCE = 120


def answer_law(*, actor: Actor, system_id: int, answers: Mapping[str, object], source: str = "") -> None:
    """Records answers to facts of the law sheet; "unknown" takes an answer back.

    Facts that are not named keep their answer. BadInput names the fact, the value and what would be
    accepted. An answer is a person's word about facts; which law follows is computed whenever it is read.
    """
    system = system_for(actor, system_id, "scope:law:answer")
    if actor.user_id is None:
        raise NotAllowed("A question of law is answered by a person or on a person's token.")
    if len(source) > LONGEST_SOURCE or unprintable(source):
        raise BadInput(
            "The source of the answer cannot be kept.",
            hint=f"At most {LONGEST_SOURCE} printable characters.",
            data={"field": "source"},
        )
    rules, version = load_duty_rules(), load_act_rules().law.version
    read = read_facts(rules.sheet, answers).given
    with writing(system.program_id):
        System.objects.select_for_update(of=("self",)).get(pk=system.pk)
        before = {row.fact: row for row in LawAnswer.objects.filter(system=system, fact__in=answers)}
        removed = [record_key(before[fact]) for fact in answers if fact in before and fact not in read]
        LawAnswer.objects.filter(system=system, fact__in=[f for f in answers if f not in read]).delete()
        written = [
            LawAnswer.objects.update_or_create(
                system=system,
                fact=fact,
                defaults={
                    "value": value or ["none"],  # an empty list says that none of the members holds
                    "law_version": version,
                    "source": source or f"by {actor.name}",
                    "answered_by_id": actor.user_id,
                    "answered_at": clock.now(),
                },
            )[0]
            for fact, value in read.items()
        ]
        append(
            kind=EventKind.LAW_ANSWERED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={
                "system": system.pk,
                "law": version,
                "answers": {fact: read.get(fact, "unknown") for fact in answers},
            },
            program_id=system.program_id,
            records=written,
            removed=removed,
        )
