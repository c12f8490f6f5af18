"""Prove over HTTP: the evidence door, and what came through it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from plimsoll.kernel.errors import BadInput, NotAllowed
from plimsoll.loop.prove import schemas, selectors, services
from plimsoll.people.requests import actor_and_program, actor_from

router = Router(tags=["prove"])
door = Router(tags=["prove"])


@door.post("/evidence", response={200: schemas.StoredListOut, 201: schemas.StoredListOut})
def submit(request: HttpRequest, system: str = "") -> Any:
    """Takes a DSSE envelope as `plimsoll check run` writes it, into the token's program.

    201 if it is new, 200 if the same statement was stored before.
    """
    actor = actor_from(request)
    if not actor.grants:
        raise NotAllowed("The token's owner is no longer a member of its program.")
    if not request.body:
        raise BadInput("The request has no body.", hint="Send the file that the check wrote.")
    stored = services.accept_statement(
        actor=actor, program_id=next(iter(actor.grants)), envelope=request.body, system_ref=system
    )
    answer = {
        "evidence": [
            {
                "ref": s.ref,
                "system": s.system_ref,
                "outcome": s.outcome,
                "answer": s.answer,
                "valid_until": s.valid_until,
                "new": s.new,
            }
            for s in stored
        ]
    }
    return Status(201 if any(s.new for s in stored) else 200, answer)


@router.get("/{program}/evidence", response=schemas.EvidenceListOut)
def evidence(request: HttpRequest, program: str, after: str = "", limit: int = 100) -> Any:
    actor, found = actor_and_program(request, program)
    rows, following = selectors.evidence_after(actor, found.id, after=after, limit=limit)
    return {"items": [schemas.evidence_out(row) for row in rows], "next": following}


@router.get("/{program}/evidence/{ref}/statement")
def statement(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The signed statement as it arrived, for anybody to verify."""
    actor, found = actor_and_program(request, program)
    envelope = selectors.envelope_of(actor, found.id, ref)
    return HttpResponse(envelope, content_type="application/vnd.dsse.envelope.v1+json")
