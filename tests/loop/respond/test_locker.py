"""The evidence locker: what goes in comes out unchanged, and every hand it passes is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import override_settings

from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Untrusted
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.models import CustodyStep, HeldItem, Incident
from plimsoll.people.actors import Actor
from tests.loop.respond.alarm import declared, faults, last_entry
from tests.voyages import DAY, Voyage

LOG = b"GET /invoice 200\n"
UNTIL = date(2030, 1, 1)


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    storages = {**settings.STORAGES}
    storages["default"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)},
    }  # fmt: skip
    with override_settings(STORAGES=storages):
        yield


def deposit(voyage: Voyage, row: Incident, content: bytes = LOG, **more: object) -> HeldItem:
    given = {
        "file_name": "requests.log",
        "sentence": "Requests of that hour.",
        "retained_until": UNTIL,
        **more,
    }
    return services.deposit_item(
        actor=voyage.crew.actor("eve"),
        incident_id=row.pk,
        content=content,
        **given,  # type: ignore[arg-type]
    )


def withdraw(voyage: Voyage, item: HeldItem, *, by: str = "cal") -> tuple[str, bytes]:
    return services.withdraw_item(
        actor=voyage.crew.actor(by), incident_id=item.incident_id, item_id=item.pk, purpose="for the analyst"
    )


def test_a_file_is_held_under_its_digest_with_how_long_it_is_kept(sloop: Voyage) -> None:
    row = declared(sloop)
    item = deposit(sloop, row)
    digest = digest_bytes(LOG)
    assert (item.digest, item.size, item.retained_until) == (digest, len(LOG), UNTIL)
    assert item.content.name == f"{sloop.program_id}/{digest[:2]}/{digest}"
    kind, payload = last_entry()
    assert kind == "respond:item:deposited"
    assert json.loads(payload)["digest"] == digest
    assert not faults()


def test_what_is_taken_out_is_what_went_in_and_custody_keeps_who_and_why(sloop: Voyage) -> None:
    row = declared(sloop)
    item = deposit(sloop, row)
    with frozen_at(DAY + timedelta(hours=2)):
        assert withdraw(sloop, item) == ("requests.log", LOG)
    (held,) = selectors.items_of(row.pk)
    assert [(s.action, s.person, s.at) for s in held.custody] == [
        ("deposited", "Eve Lund", DAY),
        ("taken out", "Cal Weiss", DAY + timedelta(hours=2)),
    ]
    assert held.custody[1].purpose == "for the analyst"
    assert not faults()


@pytest.mark.parametrize("content", [b"GET /invoice 500\n", None])
def test_a_file_that_was_changed_or_removed_is_not_handed_out_and_that_is_kept(
    sloop: Voyage, content: bytes | None
) -> None:
    item = deposit(sloop, declared(sloop))
    path = Path(default_storage.path(item.content.name))
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Untrusted, match="is not the file that was put into the locker"):
        withdraw(sloop, item)
    assert CustodyStep.objects.filter(item=item).latest("pk").action == "found changed"
    assert last_entry()[0] == "respond:item:altered"


def test_the_same_file_is_held_once_per_incident(sloop: Voyage) -> None:
    row = declared(sloop)
    first = deposit(sloop, row)
    with pytest.raises(Conflict, match="holds this very file already"):
        deposit(sloop, row)
    assert deposit(sloop, declared(sloop)).content.name == first.content.name


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"content": b""}, "The file is empty"),
        ({"content": b"x" * (20 * 2**20 + 1)}, "20,971,521 bytes"),
        ({"file_name": "../etc/passwd"}, "plain name"),
        ({"file_name": ""}, "plain name"),
        ({"sentence": "x"}, "What it is has 1 characters"),
        ({"retained_until": DAY.date()}, "cannot be kept until 2027-01-11"),
        ({"retained_until": date(2099, 1, 1)}, "cannot be kept until 2099-01-01"),
    ],
)
def test_what_cannot_be_held_is_refused(sloop: Voyage, given: dict[str, object], words: str) -> None:
    row = declared(sloop)
    with pytest.raises(BadInput, match=words):
        deposit(sloop, row, **given)  # type: ignore[arg-type]  # wrong on purpose
    assert not HeldItem.objects.exists()


def test_only_those_who_may_touch_the_locker(sloop: Voyage) -> None:
    item = deposit(sloop, declared(sloop))
    with pytest.raises(NotAllowed):
        withdraw(sloop, item, by="odile")
    with pytest.raises(NotFound):
        withdraw(sloop, item, by="mallory")
    with pytest.raises(NotFound, match="has no such file"):
        services.withdraw_item(
            actor=sloop.crew.actor("cal"), incident_id=declared(sloop).pk, item_id=item.pk, purpose="to look"
        )
    with pytest.raises(NotAllowed, match="by a person"):
        services.withdraw_item(
            actor=Actor.of_rule("x"), incident_id=item.incident_id, item_id=item.pk, purpose="to look"
        )
