"""Registers assets by content, and notes when the content has changed."""

from __future__ import annotations

from plimsoll.kernel import clock
from plimsoll.kernel.assets import AssetKind
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.kernel.ids import RefKind, parse_digest
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.scope.models import Asset, AssetVersion
from plimsoll.loop.scope.services.systems import subject, system_for
from plimsoll.loop.scope.services.wording import member, one_line
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref

__all__ = ["note_content", "register_asset", "replace_asset"]


def register_asset(
    *,
    actor: Actor,
    system_id: int,
    kind: str,
    name: str,
    digest: str = "",
    owner_id: int | None = None,
    location: str = "",
    provenance: str = "",
) -> Asset:
    """A new asset of a system. The digest may be missing for what has no bytes of ours (a vendor)."""
    system = system_for(actor, system_id, "scope:asset:register")
    if kind not in list(AssetKind):
        raise BadInput(
            f"“{kind[:30]}” is no kind of asset.",
            hint=f"Choose from {', '.join(AssetKind)}.",
            data={"field": "kind"},
        )
    name = one_line(name, field="name", what="The name of the asset", longest=120)
    digest = parse_digest(digest) if digest else ""
    with writing(system.program_id):
        if Asset.objects.filter(system=system, name=name).exists():
            raise Conflict(
                f"{system.name} already has an asset called {name}.",
                hint="Register a new version of it instead.",
                data={"field": "name"},
            )
        now = clock.now()
        asset = Asset.objects.create(
            program_id=system.program_id,
            system=system,
            number=next_ref(system.program_id, RefKind.ASSET).number,
            kind=kind,
            name=name,
            owner_id=member(owner_id, system.program_id, field="owner", what="The owner")
            if owner_id
            else system.owner_id,
            digest=digest,
            location=_location(location),
            provenance=one_line(
                provenance, field="provenance", what="The provenance", longest=300, required=False
            ),
            registered_at=now,
        )
        version = AssetVersion.objects.create(asset=asset, number=1, digest=digest, registered_at=now)
        append(
            kind=EventKind.ASSET_REGISTERED,
            actor=actor.pseudonym,
            subject=subject(system, f"AST-{asset.number}"),
            payload={"system": system.pk, "kind": kind, "digest": digest},
            program_id=system.program_id,
            records=[asset, version],
        )
    return asset


def _location(location: str) -> str:
    text = one_line(location, field="location", what="The location", longest=300, required=False)
    if text.startswith("/") or ".." in text.split("/") or "\\" in text:
        raise BadInput(
            f"The location “{text[:60]}” does not lie within the asset folder.",
            hint="Give a path relative to it, such as keel/model.skops.",
            data={"field": "location"},
        )
    return text


def replace_asset(*, actor: Actor, asset_id: int, digest: str) -> Asset:
    """A new version of an asset, by content. Evidence about the former version no longer speaks for it."""
    asset = Asset.objects.select_related("system").filter(pk=asset_id).first()
    if asset is None or not actor.sees(asset.program_id):
        raise NotFound("There is no such asset.")
    actor.must("scope:asset:register", asset.program_id)
    return _replace(actor, asset, parse_digest(digest))


def note_content(*, actor: Actor, asset_id: int, digest: str) -> Asset | None:
    """The worker's word that the file of an asset has changed; None if it has not."""
    asset = Asset.objects.select_related("system").get(pk=asset_id)
    if not actor.rule or asset.digest == digest:
        return None
    return _replace(actor, asset, parse_digest(digest))


def _replace(actor: Actor, asset: Asset, digest: str) -> Asset:
    if asset.digest == digest:
        raise Conflict(f"AST-{asset.number} has this content already.")
    with writing(asset.program_id):
        now = clock.now()
        changed = Asset.objects.filter(pk=asset.pk, version=asset.version).update(
            digest=digest, version=asset.version + 1, registered_at=now
        )
        if changed != 1:
            raise Conflict(f"AST-{asset.number} was replaced by somebody else meanwhile.")
        before = asset.digest
        asset.refresh_from_db()
        version = AssetVersion.objects.create(
            asset=asset, number=asset.version, digest=digest, registered_at=now
        )
        append(
            kind=EventKind.ASSET_REPLACED,
            actor=actor.pseudonym,
            subject=subject(asset.system, f"AST-{asset.number}"),
            payload={"system": asset.system_id, "before": before, "digest": digest},
            program_id=asset.program_id,
            records=[asset, version],
        )
    return asset
