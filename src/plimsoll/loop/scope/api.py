"""Scope over HTTP: systems, answers, the three sets, assets."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Stage
from plimsoll.loop.scope import schemas, selectors, services
from plimsoll.people.requests import actor_and_program, member_id

router = Router(tags=["scope"])


@router.get("/{program}/systems", response=list[schemas.SystemOut])
def systems(request: HttpRequest, program: str) -> Any:
    actor, found = actor_and_program(request, program)
    return [schemas.system_out(row) for row in selectors.systems_of(actor, found.id)]


@router.post("/{program}/systems", response={201: schemas.SystemOut})
def describe(request: HttpRequest, program: str, body: schemas.SystemIn) -> Any:
    actor, found = actor_and_program(request, program)
    if body.stage not in list(Stage):
        raise BadInput(
            f"There is no stage “{body.stage[:20]}”.",
            hint=f"Choose from {', '.join(Stage)}.",
            data={"field": "stage"},
        )
    system = services.describe_system(
        actor=actor,
        program_id=found.id,
        name=body.name,
        sentence=body.sentence,
        owner_id=member_id(actor, found.id, body.owner, field="owner"),
        off_switch_holder_id=member_id(actor, found.id, body.off_switch_holder, field="off_switch_holder")
        if body.off_switch_holder
        else None,
        stage=Stage(body.stage),
    )
    return Status(201, schemas.system_out(selectors.system_by_id(actor, system.pk)))


@router.get("/{program}/systems/{ref}/scope")
def scope(request: HttpRequest, program: str, ref: str) -> Any:
    """The document plimsoll/scope/1, as `plimsoll scope evaluate --json` prints it."""
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    return selectors.sheet_document(selectors.scope_sheet(actor, system, now=clock.now()))


@router.put("/{program}/systems/{ref}/answers", response=schemas.VersionOut)
def answer(request: HttpRequest, program: str, ref: str, body: schemas.AnswersIn) -> Any:
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    version = services.answer_many(
        actor=actor,
        system_id=system.id,
        answers=body.answers,
        source=body.source or f"API, {actor.name}",
    )
    sheet = selectors.scope_sheet(actor, system, now=clock.now())
    return {"version": version, "scope": selectors.sheet_document(sheet)}


@router.get("/{program}/assets", response=list[schemas.AssetOut])
def assets(request: HttpRequest, program: str) -> Any:
    actor, found = actor_and_program(request, program)
    return [schemas.asset_out(row) for row in selectors.assets_of(actor, found.id)]


@router.post("/{program}/systems/{ref}/assets", response={201: schemas.AssetOut})
def register_asset(request: HttpRequest, program: str, ref: str, body: schemas.AssetIn) -> Any:
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    asset = services.register_asset(
        actor=actor,
        system_id=system.id,
        kind=body.kind,
        name=body.name,
        digest=body.sha256,
        location=body.location,
        provenance=body.provenance,
    )
    return Status(201, schemas.asset_out(selectors.asset_by_ref(actor, found.id, f"AST-{asset.number}")))


@router.put("/{program}/assets/{ref}", response=schemas.AssetOut)
def replace_asset(request: HttpRequest, program: str, ref: str, body: schemas.VersionIn) -> Any:
    """Registers a new version of an asset, by content."""
    actor, found = actor_and_program(request, program)
    asset = selectors.asset_by_ref(actor, found.id, ref)
    services.replace_asset(actor=actor, asset_id=asset.id, digest=body.sha256)
    return schemas.asset_out(selectors.asset_by_ref(actor, found.id, ref))
