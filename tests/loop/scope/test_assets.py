from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel import clock
from plimsoll.kernel.assets import AssetKind
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Asset, AssetVersion
from plimsoll.loop.scope.services import assets as asset_services
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import Voyage

RULE = Actor.of_rule("time")
A, B, C = "a" * 64, "b" * 64, "c" * 64


def register(voyage: Voyage, who: str = "dev", **given: Any) -> Asset:
    asked: dict[str, Any] = {"kind": "model", "name": "Sorter", "digest": A, **given}
    return services.register_asset(actor=voyage.crew.actor(who), system_id=voyage.system.pk, **asked)


def replace(voyage: Voyage, asset: Asset, digest: str, who: str = "dev") -> Asset:
    return services.replace_asset(actor=voyage.crew.actor(who), asset_id=asset.pk, digest=digest)


def row(voyage: Voyage, ref: str = "AST-1") -> selectors.AssetRow:
    return selectors.asset_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


# ------------------------------------------------------------ registering


def test_an_asset_is_registered_by_content_with_owner_and_origin(sloop: Voyage) -> None:
    made = register(
        sloop,
        name=" Mail   sorter ",
        owner_id=sloop.crew.id("eve"),
        location="sloop/model.safetensors",
        provenance="trained by run 12",
    )
    assert str(made) == "AST-1 Mail sorter"
    assert row(sloop) == selectors.AssetRow(
        id=made.pk,
        system_id=sloop.system.pk,
        ref="AST-1",
        kind="model",
        name="Mail sorter",
        owner="Eve Lund",
        digest=A,
        version=1,
        location="sloop/model.safetensors",
        provenance="trained by run 12",
        registered_at=clock.now(),
    )
    entry = newest()
    assert (entry.kind, entry.subject) == ("scope:asset:registered", "halyard/AST-1")
    body = content(entry)
    assert (body["kind"], body["digest"], len(body["records"])) == ("model", A, 2)
    assert str(AssetVersion.objects.get()) == "version 1"


@pytest.mark.parametrize("kind", AssetKind)
def test_every_kind_can_be_registered_without_a_digest_of_its_own(sloop: Voyage, kind: AssetKind) -> None:
    register(sloop, kind=kind.value, digest="")
    assert (row(sloop).kind, row(sloop).digest, row(sloop).owner) == (kind.value, "", "Dev Rao")


@pytest.mark.parametrize("digest", [A, f"sha256:{A}"])
def test_a_digest_is_kept_in_one_form(sloop: Voyage, digest: str) -> None:
    assert register(sloop, digest=digest).digest == A


@pytest.mark.parametrize(
    "digest", ["a" * 63, "a" * 65, "A" * 64, "g" * 64, f"sha256:sha256:{A}", f" {A}", f"{A}\n", "md5:" + A]
)
def test_what_is_no_digest_is_refused(sloop: Voyage, digest: str) -> None:
    with pytest.raises(BadInput) as refused:
        register(sloop, digest=digest)
    assert "is not a SHA-256 digest" in refused.value.message
    assert refused.value.hint == "Give 64 lower-case hexadecimal characters."
    assert not Asset.objects.exists()


@pytest.mark.parametrize(
    ("given", "message", "field"),
    [
        ({"kind": "ship"}, "“ship” is no kind of asset.", "kind"),
        ({"kind": ""}, "“” is no kind of asset.", "kind"),
        ({"name": ""}, "The name of the asset is empty.", "name"),
        ({"name": "x" * 121}, "The name of the asset has 121 characters.", "name"),
        ({"name": "a\x00"}, "The name of the asset contains control characters.", "name"),
        ({"provenance": "x" * 301}, "The provenance has 301 characters.", "provenance"),
        ({"location": "x" * 301}, "The location has 301 characters.", "location"),
        ({"location": "a\x00b"}, "The location contains control characters.", "location"),
        ({"owner_id": 10**9}, "The owner must be a member of the program.", "owner"),
    ],
    ids=ascii,
)
def test_an_asset_that_cannot_be_is_refused(
    sloop: Voyage, given: dict[str, Any], message: str, field: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        register(sloop, **given)
    assert (refused.value.message, refused.value.data) == (message, {"field": field})
    assert not Asset.objects.exists()
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "..",
        "../model.bin",
        "sloop/../../model.bin",
        "sloop/..",
        "a\\..\\b",
        "\\\\server\\share",
        "//server/share",
        " ../model.bin",
    ],
)
def test_a_location_outside_the_asset_folder_is_refused(sloop: Voyage, location: str) -> None:
    with pytest.raises(BadInput) as refused:
        register(sloop, location=location)
    assert "does not lie within the asset folder" in refused.value.message
    assert refused.value.data == {"field": "location"}
    assert not Asset.objects.exists()


@pytest.mark.parametrize("location", ["model.bin", "sloop/model..v2.bin", "...", "a/b/c", ""])
def test_a_location_within_it_is_kept(sloop: Voyage, location: str) -> None:
    assert register(sloop, location=location).location == location


def test_an_outsider_owns_no_asset(sloop: Voyage) -> None:
    with pytest.raises(BadInput, match="must be a member"):
        register(sloop, owner_id=sloop.crew.id("mallory"))


def test_two_assets_of_a_system_have_different_names(sloop: Voyage) -> None:
    register(sloop)
    with pytest.raises(Conflict) as refused:
        register(sloop, name=" Sorter ", kind="dataset")
    assert refused.value.message == "Sloop already has an asset called Sorter."
    assert refused.value.hint == "Register a new version of it instead."
    other = services.describe_system(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        name="Keel",
        sentence="x",
        owner_id=sloop.crew.id("dev"),
    )
    assert register(Voyage(crew=sloop.crew, system=other)).number == 2


@pytest.mark.parametrize(
    ("who", "error"), [("ada", NotAllowed), ("cal", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)]
)
def test_others_register_and_replace_nothing(sloop: Voyage, who: str, error: type[Exception]) -> None:
    asset = register(sloop)
    with pytest.raises(error):
        register(sloop, who, name="Mine")
    with pytest.raises(error):
        replace(sloop, asset, B, who)
    assert row(sloop).digest == A


# ------------------------------------------------------------ a new version


def test_a_new_version_has_the_new_content_and_the_old_one_stays_on_record(sloop: Voyage) -> None:
    asset = register(sloop)
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        replace(sloop, asset, f"sha256:{B}")
        later = clock.now()
    found = row(sloop)
    assert (found.digest, found.version, found.registered_at) == (B, 2, later)
    assert selectors.asset_versions(sloop.crew.actor("odile"), sloop.program_id, found) == [
        (2, B, later),
        (1, A, clock.now()),
    ]
    entry = newest()
    assert entry.kind == "scope:asset:replaced"
    body = content(entry)
    assert (body["before"], body["digest"]) == (A, B)


def test_the_same_content_is_no_new_version(sloop: Voyage) -> None:
    asset = register(sloop)
    for digest in (A, f"sha256:{A}"):
        with pytest.raises(Conflict) as refused:
            replace(sloop, asset, digest)
        assert refused.value.message == "AST-1 has this content already."
    assert row(sloop).version == 1


def test_an_old_content_may_come_back_as_a_new_version(sloop: Voyage) -> None:
    asset = register(sloop)
    replace(sloop, asset, B)
    assert replace(sloop, asset, A).version == 3


@pytest.mark.parametrize("digest", ["", "B" * 64, "x"])
def test_a_new_version_needs_a_digest(sloop: Voyage, digest: str) -> None:
    asset = register(sloop)
    with pytest.raises(BadInput, match="is not a SHA-256 digest"):
        replace(sloop, asset, digest)
    assert row(sloop).version == 1


def test_of_two_who_replace_at_once_the_second_is_told(sloop: Voyage) -> None:
    asset = register(sloop)
    seen_by_both = Asset.objects.select_related("system").get(pk=asset.pk)
    replace(sloop, asset, B)
    with pytest.raises(Conflict) as refused:
        asset_services._replace(sloop.crew.actor("eve"), seen_by_both, C)
    assert refused.value.message == "AST-1 was replaced by somebody else meanwhile."
    assert (row(sloop).digest, row(sloop).version) == (B, 2)


def test_there_is_nothing_to_replace_where_there_is_no_asset(sloop: Voyage) -> None:
    with pytest.raises(NotFound, match="There is no such asset"):
        services.replace_asset(actor=sloop.crew.actor("dev"), asset_id=10**6, digest=A)


# ------------------------------------------------------------ a file that changed


def test_a_changed_file_makes_a_new_version_by_itself(sloop: Voyage) -> None:
    asset = register(sloop, location="sloop/model.bin")
    noted = services.note_content(actor=RULE, asset_id=asset.pk, digest=B)
    assert noted is not None
    assert (noted.digest, noted.version) == (B, 2)
    assert newest().actor == "rule:time"


def test_an_unchanged_file_makes_none(sloop: Voyage) -> None:
    asset = register(sloop)
    entries = Entry.objects.count()
    assert services.note_content(actor=RULE, asset_id=asset.pk, digest=A) is None
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("who", ["tess", "omni", "dev", "odile", "mallory"])
def test_nobody_but_the_product_says_that_a_file_changed(sloop: Voyage, who: str) -> None:
    asset = register(sloop)
    entries = Entry.objects.count()
    assert services.note_content(actor=sloop.crew.actor(who), asset_id=asset.pk, digest=B) is None
    assert (row(sloop).digest, Entry.objects.count()) == (A, entries)


def test_the_worker_looks_at_assets_with_a_location(sloop: Voyage) -> None:
    register(sloop)
    second = register(sloop, name="Prompt", kind="prompt", location="sloop/prompt.txt", digest=B)
    assert selectors.watched_assets() == [(second.pk, "sloop/prompt.txt", B)]


# ------------------------------------------------------------ reading


def test_assets_are_listed_by_number_and_chosen_by_system(
    sloop: Voyage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = services.describe_system(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        name="Keel",
        sentence="x",
        owner_id=sloop.crew.id("eve"),
    )
    register(sloop)
    register(Voyage(crew=sloop.crew, system=other), name="Scorer")
    register(sloop, name="Prompt")
    actor = sloop.crew.actor("odile")
    with django_assert_num_queries(1):
        everything = selectors.assets_of(actor, sloop.program_id)
    assert [(a.ref, a.name, a.owner) for a in everything] == [
        ("AST-1", "Sorter", "Dev Rao"),
        ("AST-2", "Scorer", "Eve Lund"),
        ("AST-3", "Prompt", "Dev Rao"),
    ]
    some = selectors.assets_of(actor, sloop.program_id, system_ids=[other.pk])
    assert [a.name for a in some] == ["Scorer"]


@pytest.mark.parametrize("ref", ["AST-2", "AST-", "SYS-1", "1", "AST-²"])
def test_a_ref_that_names_no_asset_finds_none(sloop: Voyage, ref: str) -> None:
    register(sloop)
    with pytest.raises(NotFound):
        row(sloop, ref)


@pytest.mark.parametrize(
    "broken",
    [
        lambda a: Asset.objects.filter(pk=a.pk).update(kind="ship"),
        lambda a: AssetVersion.objects.create(asset=a, number=1, digest=B, registered_at=clock.now()),
    ],
)
def test_what_no_service_writes_the_database_refuses_too(sloop: Voyage, broken: Any) -> None:
    asset = register(sloop)
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(asset)
