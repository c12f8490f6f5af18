"""Assets and their versions, by content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.models import Asset, AssetVersion
from plimsoll.loop.scope.selectors.seeing import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = ["AssetRow", "asset_by_ref", "asset_versions", "assets_of", "watched_assets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    id: int
    system_id: int
    ref: str
    kind: str
    name: str
    owner: str
    digest: str
    version: int
    location: str
    provenance: str
    registered_at: datetime


def assets_of(actor: Actor, program_id: int, *, system_ids: Iterable[int] = ()) -> list[AssetRow]:
    """Assets of a program, or of some of its systems; one query."""
    must_see(actor, program_id)
    rows = Asset.objects.filter(program_id=program_id).select_related("owner")
    wanted = list(system_ids)
    if wanted:
        rows = rows.filter(system_id__in=wanted)
    return [_asset_row(row) for row in rows.order_by("number")]


def asset_by_ref(actor: Actor, program_id: int, ref: str) -> AssetRow:
    must_see(actor, program_id)
    row = (
        Asset.objects.filter(program_id=program_id, number=number_of(ref, "AST"))
        .select_related("owner")
        .first()
    )
    if row is None:
        raise NotFound(f"There is no asset {ref[:20]} in this program.")
    return _asset_row(row)


def asset_versions(actor: Actor, program_id: int, asset: AssetRow) -> list[tuple[int, str, datetime]]:
    """Number, digest and time of each version, newest first."""
    must_see(actor, program_id)
    rows = AssetVersion.objects.filter(asset_id=asset.id).order_by("-number")
    return list(rows.values_list("number", "digest", "registered_at"))


def watched_assets() -> list[tuple[int, str, str]]:
    """Id, location and digest of every asset with a location, for the worker that looks at files."""
    rows = Asset.objects.exclude(location="").order_by("pk")
    return list(rows.values_list("pk", "location", "digest"))


def _asset_row(row: Asset) -> AssetRow:
    return AssetRow(
        id=row.pk,
        system_id=row.system_id,
        ref=f"AST-{row.number}",
        kind=row.kind,
        name=row.name,
        owner=row.owner.name,
        digest=row.digest,
        version=row.version,
        location=row.location,
        provenance=row.provenance,
        registered_at=row.registered_at,
    )
