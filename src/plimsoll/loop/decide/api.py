"""Decide over HTTP: how gates and systems stand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from plimsoll.kernel import clock
from plimsoll.loop.decide import facts, schemas, selectors
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program

router = Router(tags=["decide"])


@router.get("/{program}/gates")
def gates(request: HttpRequest, program: str) -> Any:
    """Every gate with its verdict, evaluated now."""
    actor, found = actor_and_program(request, program)
    dossiers = facts.dossiers(actor, found.id, scope.systems_of(actor, found.id), now=clock.now())
    return [
        {
            "ref": gate.ref,
            "system": gate.system_ref,
            "stage": gate.stage.value,
            "verdict": facts.evaluate_gate(gate, dossiers[gate.system_id]).result.judgement.verdict.value,
        }
        for gate in selectors.gates_of(actor, found.id)
    ]


@router.get("/{program}/gates/{ref}")
def gate(request: HttpRequest, program: str, ref: str) -> Any:
    """The document plimsoll/gate/1."""
    actor, found = actor_and_program(request, program)
    row = selectors.gate_by_ref(actor, found.id, ref)
    system = scope.system_by_id(actor, row.system_id)
    dossier = facts.dossiers(actor, found.id, [system], now=clock.now())[system.id]
    return schemas.gate_document(facts.evaluate_gate(row, dossier))


@router.get("/{program}/systems/{ref}/status")
def status(request: HttpRequest, program: str, ref: str) -> Any:
    """The computed status of a system with every rule."""
    actor, found = actor_and_program(request, program)
    system = scope.system_by_ref(actor, found.id, ref)
    dossier = facts.dossiers(actor, found.id, [system], now=clock.now())[system.id]
    return schemas.status_document(facts.system_status(dossier))
